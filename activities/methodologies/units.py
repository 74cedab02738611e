"""Amounts of the methodologies in the reader's language. Documents for machines keep the codes."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import ngettext_lazy, pgettext_lazy

SCALES = {"m": (1000, "km"), "Wh": (1000, "kWh"), "g": (1000, "kg"), "fen": (100, "yuan")}
"""What people say in place of a unit of measurement, and how many of it make one."""

_NAMES: dict[str, Any] = {
    "g": pgettext_lazy("unit", "g"),
    "kg": pgettext_lazy("unit", "kg"),
    "m": pgettext_lazy("unit", "m"),
    "km": pgettext_lazy("unit", "km"),
    "pkm": pgettext_lazy("unit", "person-km"),
    "100km": pgettext_lazy("unit", "100 km"),
    "Wh": pgettext_lazy("unit", "Wh"),
    "kWh": pgettext_lazy("unit", "kWh"),
    "fen": pgettext_lazy("unit", "fen"),
    "yuan": pgettext_lazy("unit", "yuan"),
    "ride": pgettext_lazy("unit", "ride"),
    "item": pgettext_lazy("unit", "item"),
    "step": pgettext_lazy("unit", "step"),
    "day": pgettext_lazy("unit", "day"),
}

_COUNTED: dict[str, Any] = {
    "ride": ngettext_lazy("%(count)s ride", "%(count)s rides", "count"),
    "item": ngettext_lazy("%(count)s item", "%(count)s items", "count"),
    "step": ngettext_lazy("%(count)s step", "%(count)s steps", "count"),
    "day": ngettext_lazy("%(count)s day", "%(count)s days", "count"),
}


def name(unit: str) -> str:
    """`g/pkm` as people read it; nothing for what has no unit."""
    return "/".join(str(_NAMES[part]) for part in unit.split("/")) if unit else ""


def amount(number: Fraction | Decimal | int, unit: str) -> str:
    """A number in a unit: `2 km`, `3 rides`, `0.4`."""
    if unit in _COUNTED and number == int(number):
        return str(_COUNTED[unit] % {"count": int(number)})
    return f"{decimal(number)} {name(unit)}".rstrip()


def scaled(number: int, unit: str) -> tuple[Fraction, str]:
    """What was measured in the unit that people say: 2000 m are 2 km."""
    per, said = SCALES.get(unit, (1, unit))
    return Fraction(number, per), said


def limit(number: Decimal, unit: str) -> str:
    """A limit in the unit that suits its size: `790 g`, `30 kg`, `20 km`."""
    per, said = SCALES.get(unit, (1, unit))
    return amount(number / per, said) if number >= per else amount(number, unit)


def grams(amount_mg: int) -> str:
    """Milligrams as exact grams: `67.76 g`."""
    return amount(Fraction(amount_mg, 1000), "g")


def decimal(number: Fraction | Decimal | int) -> str:
    """A number in groups of three, with as many decimals as it has, nine at most: `1,129.53`."""
    exact = Fraction(number)
    return f"{round(Decimal(exact.numerator) / Decimal(exact.denominator), 9).normalize():,f}"
