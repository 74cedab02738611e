"""Explain this gram: the formula of a reduction with its numbers, recomputed from what is stored."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from activities.methodologies import distance_shift, families, per_item, steps
from activities.methodologies.columns import Columns
from activities.methodologies.distance import credit_distance
from activities.models import Activity, Methodology, Reduction


@dataclass(frozen=True)
class Explanation:
    """`formula` in words, `calculation` with the numbers filled in, the recomputed `reduction_mg`, and the source."""

    formula: str
    calculation: str
    reduction_mg: int
    methodology: str
    source: str
    points_calculation: str


def explain(reduction: Reduction, activity: Activity, methodology: Methodology) -> Explanation:
    """The explanation of a reduction; `reduction_mg` is computed anew and must equal what is booked."""
    parameters = families.parse(methodology.family, methodology.parameters)
    columns = Columns.of([activity.distance_m], [activity.distance_basis], [activity.quantity])
    recomputed = int(families.quantify(methodology.family, methodology.parameters, columns)[0])
    formula, calculation = _WORDS.get(methodology.family, _terms(methodology.family))(parameters, columns)
    return Explanation(
        formula,
        f"{calculation} = {_grams(recomputed)} g",
        recomputed,
        str(methodology),
        methodology.source,
        _("(%(carried)s g carried over + %(new)s g) ÷ %(rate)s g per point = %(points)s points")
        % {
            "carried": _grams(reduction.carried_mg),
            "new": _grams(reduction.reduction_mg),
            "rate": _grams(reduction.mg_per_point),
            "points": reduction.points,
        },
    )


def _grams(amount_mg: int) -> str:
    return f"{(Decimal(amount_mg) / 1000).normalize():f}"


def _distance_shift(parameters: distance_shift.Parameters, columns: Columns) -> tuple[str, str]:
    distance_m = int(credit_distance(parameters, columns)[0])
    formula = _("distance × (emission of the city's average motorised trip − emission of this way of travel)")
    distance_km = f"{(Decimal(distance_m) / 1000).normalize():f}"
    return formula, f"{distance_km} km × ({parameters.baseline_g_per_km} − {parameters.mode_g_per_km}) g/km"


def _per_item(parameters: per_item.Parameters, columns: Columns) -> tuple[str, str]:
    quantity = int(columns.quantity[0])
    items = min(1 if quantity < 0 else quantity, parameters.items_max)
    return _("number × reduction of one"), f"{items} × {parameters.g_per_item} g"


def _steps(parameters: steps.Parameters, columns: Columns) -> tuple[str, str]:
    counted = min(int(columns.quantity[0]), parameters.steps_max)
    return _("steps × reduction of a step, up to a daily limit"), f"{counted} × {parameters.g_per_step} g"


def _terms(family: str) -> Callable[[Any, Columns], tuple[str, str]]:
    """Words for any family: its formula, and its terms as measured."""

    def words(parameters: Any, columns: Columns) -> tuple[str, str]:
        found = families.FAMILIES[family].measure(parameters, columns).terms
        parts = [
            f"{int(term.quantity[0])} {term.unit} × {_decimal(term.mg_per_unit)} mg"
            for term in found
            if term.quantity[0]
        ]
        return str(families.FAMILIES[family].formula), " + ".join(parts) or "0"

    return words


def _decimal(rate: Fraction) -> str:
    return f"{(Decimal(rate.numerator) / Decimal(rate.denominator)).normalize():f}"


_WORDS: dict[str, Any] = {"distance_shift": _distance_shift, "per_item": _per_item, "steps": _steps}
