"""Explain this gram in plain words: the formula of a reduction with its numbers, recomputed from what is stored."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.methodologies import distance_shift, families, stored, texts, units
from activities.methodologies.columns import BASES, NUMBERS, Columns
from activities.methodologies.distance import ByDistance
from activities.methodologies.measure import Term
from activities.methodologies.reckoning import Factor, Reckoning, reckon, uncapped_mg
from activities.models import Activity, Evidence, Methodology, Reduction

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
    """One line for a person to read. `counted`: the field of the activity and its value, where that is all it says."""

    label: str
    value: str
    note: str = ""
    counted: tuple[str, Any] | None = None


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
    entries = stored.of_reduction(reduction)
    if entries is None:
        raise Reduction.DoesNotExist(reduction.pk)
    found = reckon(methodology, entries.columns, int(entries.left_mg[0]))
    return Explanation(
        str(families.FAMILIES[methodology.family].formula),
        _calculate(found),
        found.reduction_mg or 0,
        methodology.reference,
        methodology.source,
        calculate_points(reduction),
        [*_tell_inputs(found, entries.columns), *_tell_evidence(found), *_tell_caps(found)],
        [tell_factor(factor, methodology) for factor in found.factors],
        found.low_mg,
        found.high_mg,
    )


def _calculate(found: Reckoning) -> str:
    words = _WORDS.get(type(found.parameters))
    text = (words and words(found)) or _sum(found.terms) or "0"
    kept = Fraction(found.share) * (1 - Fraction(found.leakage))
    if kept != 1:
        text = f"({text}) × {units.decimal(kept)}" if len(found.terms) > 1 else f"{text} × {units.decimal(kept)}"
    counted_mg, full_mg = found.reduction_mg or 0, int(uncapped_mg(found))
    if full_mg > counted_mg:
        return _("%(calculation)s = %(full)s, of which %(counted)s count") % {
            "calculation": text,
            "full": units.grams(full_mg),
            "counted": units.grams(counted_mg),
        }
    return f"{text} = {units.grams(counted_mg)}"


def _sum(terms: Sequence[Term]) -> str:
    signs = ["−" if term.mg_per_unit < 0 else "+" for term in terms]
    text = " ".join(part for sign, term in zip(signs, terms, strict=True) for part in (sign, _term(term)))
    return text.removeprefix("+ ")


def _term(term: Term) -> str:
    """Without its sign. What does not depend on a quantity is an amount by itself."""
    per, unit = units.SCALES.get(term.unit, (1, term.unit))
    quantity, rate_g = Fraction(int(term.quantity[0]), per), abs(term.mg_per_unit) * per / 1000
    if unit == "1":
        return units.amount(quantity * rate_g, "g")
    return f"{units.amount(quantity, unit)} × {units.amount(rate_g, f'g/{unit}')}"


def _shift(found: Reckoning) -> str:
    """The difference of the two factors, where one baseline holds for the whole distance."""
    parameters: distance_shift.Parameters = found.parameters
    if parameters.bands or not found.terms:
        return ""
    distance = units.amount(*units.scaled(found.distance_m or 0, "m"))
    baseline, mode = units.decimal(parameters.baseline_per_km()), units.decimal(parameters.mode_g_per_km)
    return f"{distance} × ({baseline} − {mode}) {units.name('g/km')}"


_WORDS: dict[type, Callable[[Reckoning], str]] = {distance_shift.Parameters: _shift}


def calculate_points(reduction: Reduction) -> str:
    """From grams to whole points, and what is left: every number of it, so that it adds up."""
    by_grams = reduction.points + reduction.unfunded_points - reduction.fixed_points
    paid_by_grams = reduction.points - reduction.fixed_points
    left_mg = reduction.carried_mg + reduction.reduction_mg - paid_by_grams * reduction.mg_per_point
    text = _("(%(carried)s carried over + %(new)s) ÷ %(rate)s per point = %(points)s") % {
        "carried": units.grams(reduction.carried_mg),
        "new": units.grams(reduction.reduction_mg),
        "rate": units.grams(reduction.mg_per_point),
        "points": by_grams,
    }
    if reduction.fixed_points:
        text += _(", plus %(points)s fixed") % {"points": reduction.fixed_points}
    if reduction.unfunded_points:
        text += _(", of which %(points)s are outstanding") % {"points": reduction.unfunded_points}
    if left_mg:
        text += _("; %(left)s are carried to the next entry") % {"left": units.grams(left_mg)}
    return text


def _tell_inputs(found: Reckoning, columns: Columns) -> list[Fact]:
    facts = [_tell_distance(found, columns)] if found.distance_m is not None else []
    for name in ("quantity", *NUMBERS):
        value = int(getattr(columns, name)[0])
        if name in INPUTS and value >= 0:
            label, unit = INPUTS[name]
            facts.append(Fact(str(label), units.amount(*units.scaled(value, unit)), counted=(name, value)))
    return facts


def _tell_distance(found: Reckoning, columns: Columns) -> Fact:
    parameters: ByDistance = found.parameters
    reported_m, basis = int(columns.distance_m[0]), BASES[int(columns.basis[0])]
    counted = units.amount(*units.scaled(found.distance_m or 0, "m"))
    if reported_m < 0 or basis not in parameters.accepts:
        return Fact(_("Distance"), counted, _("not known: the default of the methodology"))
    label = str(Activity.Basis(basis).label)
    if basis == "crow_fly" and parameters.crow_fly_detour != 1:
        way_round = {"basis": label, "detour": parameters.crow_fly_detour}
        return Fact(_("Distance"), counted, _("%(basis)s × %(detour)s for the way round") % way_round)
    return Fact(_("Distance"), counted, label, ("distance_m", found.distance_m))


def _tell_evidence(found: Reckoning) -> list[Fact]:
    evidence = _("Evidence"), str(Evidence(found.grade).label)
    if found.share == 1:
        facts = [Fact(*evidence, _("counts in full"), ("evidence", found.grade))]
    else:
        percent = units.decimal(found.share * 100)
        facts = [Fact(*evidence, _("counts %(percent)s %% of the formula") % {"percent": percent})]
    if found.leakage:
        percent = units.decimal(found.leakage * 100)
        facts.append(Fact(_("Lost elsewhere"), f"{percent} %", _("taken off")))
    return facts


def _tell_caps(found: Reckoning) -> list[Fact]:
    """The limits that this reduction reached."""
    return [
        Fact(str(cap.label), units.limit(cap.limit, cap.unit), _("this limit was reached"))
        for cap in found.caps
        if cap.applied
    ]


def tell_factor(factor: Factor, methodology: Methodology) -> FactorWords:
    if factor.source is None:
        source = _("set by the methodology")
    else:
        told = factor.source | {"source": texts.source_of(factor.source)}
        source = _("%(source)s (%(region)s %(year)s, [%(provenance)s])") % told
    return FactorWords(str(factor.label), units.amount(Decimal(factor.value), factor.unit), source)
