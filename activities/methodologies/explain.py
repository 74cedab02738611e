"""Explain this gram in plain words: the formula of a reduction with its numbers, recomputed from what is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.methodologies import distance_shift, families, stored
from activities.methodologies.columns import BASES, NUMBERS, Columns
from activities.methodologies.distance import ByDistance
from activities.methodologies.measure import Term
from activities.methodologies.reckoning import Factor, Reckoning, reckon, uncapped_mg
from activities.models import Activity, Evidence, Methodology, Reduction

UNITS: dict[str, tuple[int, Any]] = {
    "m": (1000, "km"),
    "Wh": (1000, "kWh"),
    "g": (1000, "kg"),
    "fen": (100, gettext_lazy("yuan")),
    "ride": (1, gettext_lazy("rides")),
    "item": (1, gettext_lazy("items")),
    "step": (1, gettext_lazy("steps")),
    "day": (1, gettext_lazy("days")),
}
"""How a unit of measurement is shown: how many of it make one of what people say."""

INPUTS: dict[str, tuple[Any, str]] = {
    "quantity": (gettext_lazy("Number"), ""),
    "amount_fen": (gettext_lazy("Amount paid"), "fen"),
    "mcc": (gettext_lazy("Category of the shop"), ""),
    "energy_wh": (gettext_lazy("Energy"), "Wh"),
    "mass_g": (gettext_lazy("Mass"), "g"),
    "occupants": (gettext_lazy("People in the car"), ""),
    "odometer_m": (gettext_lazy("Driven by the odometer"), "m"),
    "sightings": (gettext_lazy("Seen by road cameras"), ""),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One line for a person to read."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class FactorWords:
    label: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """`formula` in words, `calculation` with the numbers filled in, the recomputed `reduction_mg`, and the sources.

    `facts` say where the distance came from, on what evidence it rests and which caps there are; `low_mg` and
    `high_mg` are None where no factor has a range.
    """

    formula: str
    calculation: str
    reduction_mg: int
    methodology: str
    source: str
    points_calculation: str
    facts: list[Fact]
    factors: list[FactorWords]
    low_mg: int | None
    high_mg: int | None


def explain(reduction: Reduction, methodology: Methodology) -> Explanation:
    """The explanation of a credit; `reduction_mg` is computed anew and must equal what is booked. One query.

    Raises Reduction.DoesNotExist for a reversal, which has no calculation of its own.
    """
    entries = stored.of_reduction(reduction.pk)
    if entries is None:
        raise Reduction.DoesNotExist(reduction.pk)
    found = reckon(methodology, entries.columns, int(entries.left_mg[0]))
    return Explanation(
        str(families.FAMILIES[methodology.family].formula),
        _calculate(found),
        found.reduction_mg or 0,
        methodology.reference,
        methodology.source,
        _calculate_points(reduction),
        [*_tell_inputs(found, entries.columns), *_tell_evidence(found), *_tell_caps(found)],
        [_tell_factor(factor, methodology) for factor in found.factors],
        found.low_mg,
        found.high_mg,
    )


def grams(amount_mg: int) -> str:
    return f"{(Decimal(amount_mg) / 1000).normalize():f}"


def _calculate(found: Reckoning) -> str:
    words = _WORDS.get(type(found.parameters))
    text = (words and words(found)) or " + ".join(_term(term) for term in found.terms) or "0"
    kept = Fraction(found.share) * (1 - Fraction(found.leakage))
    if kept != 1:
        text = f"({text}) × {_decimal(kept)}" if len(found.terms) > 1 else f"{text} × {_decimal(kept)}"
    counted_mg, full_mg = found.reduction_mg or 0, int(uncapped_mg(found))
    if full_mg > counted_mg:
        return _("%(calculation)s = %(full)s g, of which %(counted)s g count") % {
            "calculation": text,
            "full": grams(full_mg),
            "counted": grams(counted_mg),
        }
    return f"{text} = {grams(counted_mg)} g"


def _term(term: Term) -> str:
    per, unit = UNITS.get(term.unit, (1, ""))
    rate = _decimal(term.mg_per_unit * per / 1000)
    return f"{_decimal(Fraction(int(term.quantity[0]), per))} {unit} × {rate} g/{unit}".replace(" g/ ", " g ").rstrip(
        "/"
    )


def _decimal(number: Fraction) -> str:
    return f"{round(Decimal(number.numerator) / Decimal(number.denominator), 9).normalize():f}"


def _shift(found: Reckoning) -> str:
    """The difference of the two factors, where one baseline holds for the whole distance."""
    parameters: distance_shift.Parameters = found.parameters
    if parameters.bands or not found.terms:
        return ""
    distance_km = _decimal(Fraction(found.distance_m or 0, 1000))
    return f"{distance_km} km × ({_decimal(parameters.baseline_per_km())} − {parameters.mode_g_per_km}) g/km"


_WORDS: dict[type, Callable[[Reckoning], str]] = {distance_shift.Parameters: _shift}


def _calculate_points(reduction: Reduction) -> str:
    text = _("(%(carried)s g carried over + %(new)s g) ÷ %(rate)s g per point = %(points)s points") % {
        "carried": grams(reduction.carried_mg),
        "new": grams(reduction.reduction_mg),
        "rate": grams(reduction.mg_per_point),
        "points": reduction.points + reduction.unfunded_points - reduction.fixed_points,
    }
    if reduction.fixed_points:
        text += _(", and %(points)s fixed points") % {"points": reduction.fixed_points}
    if reduction.unfunded_points:
        text += _(", of which %(points)s are outstanding") % {"points": reduction.unfunded_points}
    return text


def _tell_inputs(found: Reckoning, columns: Columns) -> list[Fact]:
    facts = [_tell_distance(found, columns)] if found.distance_m is not None else []
    for name in ("quantity", *NUMBERS):
        value = int(getattr(columns, name)[0])
        if name in INPUTS and value >= 0:
            label, unit = INPUTS[name]
            per, shown = UNITS.get(unit, (1, ""))
            facts.append(Fact(str(label), f"{_decimal(Fraction(value, per))} {shown}".rstrip()))
    return facts


def _tell_distance(found: Reckoning, columns: Columns) -> Fact:
    parameters: ByDistance = found.parameters
    reported_m, basis = int(columns.distance_m[0]), BASES[int(columns.basis[0])]
    counted_km = f"{_decimal(Fraction(found.distance_m or 0, 1000))} km"
    if reported_m < 0 or basis not in parameters.accepts:
        return Fact(_("Distance"), counted_km, _("not known: the default of the methodology"))
    note = str(Activity.Basis(basis).label)
    if basis == "crow_fly" and parameters.crow_fly_detour != 1:
        note = _("%(basis)s × %(detour)s for the way round") % {"basis": note, "detour": parameters.crow_fly_detour}
    return Fact(_("Distance"), counted_km, note)


def _tell_evidence(found: Reckoning) -> list[Fact]:
    note = (
        _("counts in full")
        if found.share == 1
        else _("counts %(percent)s %% of the formula") % {"percent": _decimal(Fraction(found.share) * 100)}
    )
    facts = [Fact(_("Evidence"), str(Evidence(found.grade).label), note)]
    if found.leakage:
        percent = _decimal(Fraction(found.leakage) * 100)
        facts.append(Fact(_("Lost elsewhere"), f"{percent} %", _("taken off")))
    return facts


def _tell_caps(found: Reckoning) -> list[Fact]:
    """The limits that this reduction reached."""
    return [
        Fact(str(cap.label), f"{cap.limit.normalize():f} {cap.unit}".rstrip(), _("this limit was reached"))
        for cap in found.caps
        if cap.applied
    ]


def _tell_factor(factor: Factor, methodology: Methodology) -> FactorWords:
    if factor.source is None:
        source = _("set by the methodology")
    else:
        source = "{source} ({region} {year}, [{provenance}])".format_map(factor.source)
    return FactorWords(str(factor.label), f"{factor.value} {factor.unit}".rstrip(), source)
