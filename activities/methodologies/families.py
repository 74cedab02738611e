"""The registry of methodology families: pure functions over columns, chosen by name in a published version."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies import (
    carpool,
    distance_shift,
    energy,
    parameters,
    per_day,
    per_item,
    per_ride,
    spend,
    steps,
)
from activities.methodologies.columns import Columns, Integers
from activities.methodologies.measure import Measure, weigh
from config.problems import Problem


class ParametersInvalid(Problem):
    status, code, title = 422, "parameters_invalid", _("The methodology's parameters are not valid.")


@dataclass(frozen=True, slots=True)
class Family:
    """A form of quantification: its name and formula in words, its parameters, and what it measures."""

    name: Any
    formula: Any
    parameters: type[parameters.Parameters]
    measure: Callable[[Any, Columns], Measure]


FAMILIES: dict[str, Family] = {
    "distance_shift": Family(
        _("distance shift"), distance_shift.FORMULA, distance_shift.Parameters, distance_shift.measure
    ),
    "carpool": Family(_("carpool"), carpool.FORMULA, carpool.Parameters, carpool.measure),
    "per_ride": Family(_("per ride"), per_ride.FORMULA, per_ride.Parameters, per_ride.measure),
    "per_day": Family(_("per day"), per_day.FORMULA, per_day.Parameters, per_day.measure),
    "per_item": Family(_("per item"), per_item.FORMULA, per_item.Parameters, per_item.measure),
    "energy": Family(_("energy"), energy.FORMULA, energy.Parameters, energy.measure),
    "spend": Family(_("spend"), spend.FORMULA, spend.Parameters, spend.measure),
    "steps": Family(_("steps"), steps.FORMULA, steps.Parameters, steps.measure),
}

Ranges = Mapping[str, tuple[str, str]]
"""Dotted path of a parameter to the least and the most its factor may be."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Milligrams of each activity: with all uncertain factors at their worse end, as they are, at their better end."""

    low_mg: Integers
    reduction_mg: Integers
    high_mg: Integers


def parse(family: str, given: Any) -> Any:
    """The family's checked parameters. Raises ParametersInvalid, naming the parameter and its bounds."""
    if family not in FAMILIES:
        raise ParametersInvalid(f"family {family!r} is none of {', '.join(sorted(FAMILIES))}")
    try:
        parsed = msgspec.convert(given, FAMILIES[family].parameters)
        parameters.check(parsed)
    except (msgspec.ValidationError, ValueError) as error:
        raise ParametersInvalid(str(error)) from error
    return parsed


def quantify(family: str, given: Any, columns: Columns) -> Integers:
    """Milligrams of CO2e for each activity; -1 where an input is missing. Raises ParametersInvalid."""
    parsed = parse(family, given)
    return weigh(FAMILIES[family].measure(parsed, columns), parsed, columns)


def fixed_points(family: str, given: Any, columns: Columns) -> Integers:
    """Points of each activity that do not follow from grams: none in most versions. Raises ParametersInvalid."""
    parsed = parse(family, given)
    measure = FAMILIES[family].measure(parsed, columns)
    return np.where(measure.missing, 0, measure.count * parsed.fixed_points)


def estimate(family: str, given: Any, ranges: Ranges, columns: Columns) -> Estimate:
    """The reductions between those of the worse and of the better end of every factor that has a range."""
    struct = FAMILIES[family].parameters
    ends = []
    for better in (False, True):
        moved = msgspec.convert(_move(family, given, ranges, better), struct)
        ends.append(weigh(FAMILIES[family].measure(moved, columns), moved, columns))
    middle = quantify(family, given, columns)
    return Estimate(np.minimum(ends[0], middle), middle, np.maximum(ends[1], middle))


def _move(family: str, given: Any, ranges: Ranges, better: bool) -> Any:
    """The parameters with every number that has a range at one end of it."""
    moved = msgspec.json.decode(msgspec.json.encode(given))
    for path, (least, most) in ranges.items():
        bounds = parameters.bounds_at(FAMILIES[family].parameters, path)
        effect = bounds.effect if bounds else 0
        if effect:
            *steps_to, last = path.split(".")
            place = moved
            for step in steps_to:
                place = place[int(step)] if step.isdigit() else place[step]
            place[last] = most if better == (effect > 0) else least
    return moved
