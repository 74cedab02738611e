"""What the parameters of every family share: numbers with compulsory bounds, discounts, leakage, caps."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from django.utils.translation import gettext_lazy as _

DECIMALS_MAX = 9


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of a number: the least and the most it may be, what it is, its unit, and which way it moves the reduction.

    `effect` is 1 where more of it means more reduction, -1 where it means less, 0 where it has no uncertainty.
    """

    least: str
    most: str
    label: Any
    unit: str = ""
    effect: int = 0

    def complain(self, value: Any) -> str:
        """What is wrong with a value, "" where nothing is."""
        number = Decimal(value)
        if not number.is_finite() or not Decimal(self.least) <= number <= Decimal(self.most):
            return f"must be between {self.least} and {self.most} {self.unit}".rstrip()
        if -int(number.as_tuple().exponent) > DECIMALS_MAX:
            return f"must have at most {DECIMALS_MAX} decimals"
        return ""


@dataclass(frozen=True, slots=True)
class Label:
    """Of anything that is no number: what it is."""

    label: Any


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An unknown key is an error that names it."""


class Discounts(Strict, frozen=True):
    """The share of a reduction that counts, by grade of evidence, best first; a worse grade never counts more."""

    operator_order: Annotated[Decimal, Bounds("0", "1", _("operator's order"))] = Decimal(1)
    payment: Annotated[Decimal, Bounds("0", "1", _("cleared payment"))] = Decimal(1)
    device: Annotated[Decimal, Bounds("0", "1", _("device"))] = Decimal(1)
    photo: Annotated[Decimal, Bounds("0", "1", _("photo"))] = Decimal(1)
    self_declared: Annotated[Decimal, Bounds("0", "1", _("self-declared"))] = Decimal(1)

    def in_order(self) -> tuple[Decimal, ...]:
        return self.operator_order, self.payment, self.device, self.photo, self.self_declared


class Parameters(Strict, frozen=True):
    """Every family has these: evidence discounts, leakage, caps, and points that do not follow from grams.

    `day_max_g` is what all activities of one citizen, day and version count together (`caps.cap_days`).
    """

    evidence: Annotated[Discounts, Label(_("share that counts, by evidence"))] = Discounts()
    leakage: Annotated[Decimal, Bounds("0", "1", _("leakage: share lost elsewhere"))] = Decimal(0)
    activity_max_g: Annotated[Decimal, Bounds("0", "1000000", _("at most for an activity"), "g")] | None = None
    day_max_g: Annotated[Decimal, Bounds("0", "1000000", _("at most for a day"), "g")] | None = None
    fixed_points: Annotated[int, Bounds("0", "1000", _("fixed points for each, whatever the grams"))] = 0

    def check(self) -> None:
        """What must hold between numbers. Raises ValueError."""
        grades = self.evidence.in_order()
        if list(grades) != sorted(grades, reverse=True):
            raise ValueError("evidence: a worse grade must not count more than a better one")


@cache
def fields(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """The annotated type of each field, inherited ones last."""
    hints = get_type_hints(kind, include_extras=True)
    own = [name for name in kind.__struct_fields__ if name in kind.__annotations__]
    return {name: hints[name] for name in [*own, *(name for name in kind.__struct_fields__ if name not in own)]}


def unwrap(hint: Any) -> tuple[Any, Any, bool]:
    """A field's bare type, its Bounds or Label, and whether it may be left out."""
    optional = get_origin(hint) is UnionType or type(None) in get_args(hint)
    if optional:
        hint = next(part for part in get_args(hint) if part is not type(None))
    if get_origin(hint) is Annotated:
        return hint.__origin__, next((m for m in hint.__metadata__ if isinstance(m, Bounds | Label)), None), optional
    return hint, None, optional


def element(bare: Any) -> Any:
    """The struct that a tuple field repeats, None where it is no such field."""
    inner = get_args(bare)[0] if get_origin(bare) is tuple else None
    return inner if isinstance(inner, type) and issubclass(inner, msgspec.Struct) else None


def bounds_at(kind: type[msgspec.Struct], path: str) -> Bounds | None:
    """The bounds of the number at a dotted path such as `bands.0.baseline_g_per_km`; None where there is none."""
    bare: Any = kind
    note: Any = None
    for step in path.split("."):
        if step.isdigit():
            bare = element(bare)
        elif isinstance(bare, type) and issubclass(bare, msgspec.Struct) and step in fields(bare):
            bare, note, _optional = unwrap(fields(bare)[step])
        else:
            return None
    return note if isinstance(note, Bounds) else None


def numbers(value: msgspec.Struct, prefix: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Every number of parsed parameters: its dotted path, its value and its bounds (None where they were forgotten)."""
    for name, hint in fields(type(value)).items():
        part, (bare, note, _optional) = getattr(value, name), unwrap(hint)
        if isinstance(part, msgspec.Struct):
            yield from numbers(part, f"{prefix}{name}.")
        elif element(bare):
            for place, each in enumerate(part):
                yield from numbers(each, f"{prefix}{name}.{place}.")
        elif part is not None and bare in (int, Decimal):
            yield f"{prefix}{name}", part, note


def check(parameters: Parameters) -> None:
    """Bounds of every number, then what must hold between them. Raises ValueError that names the parameter."""
    for path, value, bounds in numbers(parameters):
        if complaint := bounds.complain(value):
            raise ValueError(f"{path} {complaint}")
    parameters.check()
