"""One reduction taken apart: the terms of its formula, what was taken off, the caps, and the range of its factors."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from activities.methodologies import factors, families
from activities.methodologies.columns import EVIDENCE, Columns
from activities.methodologies.distance import ByDistance, credit_distance
from activities.methodologies.measure import Term
from activities.methodologies.parameters import bounds_at, numbers
from activities.models import Methodology

LIMITS = {
    "distance_max_m": "distance_m",
    "energy_max_wh": "energy_wh",
    "items_max": "quantity",
    "rides_max": "quantity",
    "steps_max": "quantity",
    "mass_max_g": "mass_g",
    "amount_max_fen": "amount_fen",
    "occupants_max": "occupants",
}
"""The parameter that limits an input, and the input."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit of the version, and whether this reduction reached it. `label` says what it limits, in the language."""

    parameter: str
    label: Any
    limit: Decimal
    unit: str
    applied: bool


@dataclass(frozen=True, slots=True)
class Factor:
    """A number of the version that moves the result; `source` holds what the library knew of it at publication."""

    parameter: str
    label: Any
    value: str
    unit: str
    source: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Reckoning:
    """`reduction_mg` is None where an input is missing; `low_mg` and `high_mg` where no factor has a range."""

    parameters: Any
    terms: list[Term]
    distance_m: int | None
    grade: str
    share: Decimal
    leakage: Decimal
    caps: list[Cap]
    factors: list[Factor]
    reduction_mg: int | None
    low_mg: int | None
    high_mg: int | None
    fixed_points: int


def reckon(version: Methodology, columns: Columns, left_mg: int = -1) -> Reckoning:
    """The reckoning of one activity (columns of length 1), of which the day's limit left `left_mg` (-1: all).

    Raises ParametersInvalid.
    """
    family = families.FAMILIES[version.family]
    parameters = families.parse(version.family, version.parameters)
    ranges = factors.ranges(version)
    estimate = families.estimate(version.family, version.parameters, ranges, columns)
    full_mg, low_mg, high_mg = (
        int(amounts[0]) for amounts in (estimate.reduction_mg, estimate.low_mg, estimate.high_mg)
    )
    left_mg = full_mg if left_mg < 0 else left_mg
    grade = int(columns.evidence[0])
    return Reckoning(
        parameters,
        [term for term in family.measure(parameters, columns).terms if term.quantity[0]],
        int(credit_distance(parameters, columns)[0]) if isinstance(parameters, ByDistance) else None,
        EVIDENCE[grade],
        parameters.evidence.in_order()[grade],
        parameters.leakage,
        _caps(version.family, parameters, columns, full_mg, left_mg < full_mg),
        factors_of(version, parameters),
        min(full_mg, left_mg) if full_mg >= 0 else None,
        min(low_mg, left_mg) if ranges else None,
        min(high_mg, left_mg) if ranges else None,
        int(families.fixed_points(version.family, version.parameters, columns)[0]),
    )


def factors_of(version: Methodology, parameters: Any) -> list[Factor]:
    """The numbers of a version that move the result."""
    return [
        Factor(
            path,
            _label(parameters, path, bounds.label),
            f"{Decimal(value).normalize():f}",
            bounds.unit,
            version.factors.get(path),
        )
        for path, value, bounds in numbers(parameters)
        if bounds.effect
    ]


def _label(parameters: Any, path: str, label: Any) -> Any:
    """With the code or name of the class, item, sector or mode that it is of: `classes.0.g_per_km` of `fuel`."""
    first, *rest = path.split(".")
    if not rest or not rest[0].isdigit():
        return label
    part = getattr(parameters, first)[int(rest[0])]
    names = [getattr(part, name) for name in ("code", "name", "mode") if hasattr(part, name)]
    return f"{label} ({names[0]})" if names else label


def uncapped_mg(reckoning: Reckoning) -> Fraction:
    """The exact sum before caps and rounding."""
    total = sum((int(term.quantity[0]) * term.mg_per_unit for term in reckoning.terms), Fraction(0))
    return total * Fraction(reckoning.share) * (1 - Fraction(reckoning.leakage))


def _caps(family: str, parameters: Any, columns: Columns, full_mg: int, day_reached: bool) -> list[Cap]:
    caps = [
        _cap(family, parameters, name, int(getattr(columns, column)[0]) > getattr(parameters, name))
        for name, column in LIMITS.items()
        if hasattr(parameters, name)
    ]
    if parameters.activity_max_g is not None:
        reached = full_mg == int(parameters.activity_max_g * 1000)
        caps.append(_cap(family, parameters, "activity_max_g", reached))
    if parameters.day_max_g is not None:
        caps.append(_cap(family, parameters, "day_max_g", day_reached))
    return caps


def _cap(family: str, parameters: Any, name: str, applied: bool) -> Cap:
    bounds = bounds_at(families.FAMILIES[family].parameters, name)
    return Cap(
        name,
        bounds.label if bounds else name,
        Decimal(getattr(parameters, name)),
        bounds.unit if bounds else "",
        applied,
    )
