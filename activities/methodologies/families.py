"""The registry of methodology families: pure functions over columns, chosen by name in a published version."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.utils.translation import gettext_lazy as _

from activities.methodologies import distance_shift, per_item, steps
from activities.methodologies.columns import Columns, Integers
from config.problems import Problem


class ParametersInvalid(Problem):
    status, code, title = 422, "parameters_invalid", _("The methodology's parameters are not valid.")


Quantify = Callable[[Any, Columns], Integers]

FAMILIES: dict[str, tuple[type[msgspec.Struct], Quantify]] = {
    "distance_shift": (distance_shift.Parameters, distance_shift.quantify),
    "per_item": (per_item.Parameters, per_item.quantify),
    "steps": (steps.Parameters, steps.quantify),
}


def parse(family: str, parameters: Any) -> Any:
    """The family's checked parameters. Raises ParametersInvalid, naming the parameter and its bounds."""
    if family not in FAMILIES:
        raise ParametersInvalid(f"family {family!r} is none of {', '.join(sorted(FAMILIES))}")
    try:
        return msgspec.convert(parameters, FAMILIES[family][0])
    except msgspec.ValidationError as error:
        raise ParametersInvalid(str(error)) from error


def quantify(family: str, parameters: Any, columns: Columns) -> Integers:
    """Milligrams of CO2e for each activity; -1 where an input is missing."""
    return FAMILIES[family][1](parse(family, parameters), columns)
