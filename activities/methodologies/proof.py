"""Explain this gram to a verifier: everything a reduction rests on as one JSON document, recomputed.

The document (schema: docs/explanation.schema.json) names no person: ids stand for the activity, the delivery and the
rows, digests for the content that was received.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from activities.methodologies import families, stored, texts
from activities.methodologies.columns import BASES, CODES, NUMBERS, Columns
from activities.methodologies.reckoning import Cap, Factor, Reckoning, reckon
from activities.models import Activity, Methodology, Reduction
from activities.retention import DetailsDropped

SCHEMA = "tanpuhui/explanation/1"


def prove(reduction: Reduction, activity: Activity) -> dict[str, Any]:
    """The document of a row. `agrees` says whether what is booked was found again, to the milligram.

    A reversal is explained by the credit that it takes back.
    """
    rows = list(rows_of(activity))
    credit = next(row for row in rows if row.generation == reduction.generation and not row.reversal)
    version = Methodology.objects.select_related("scenario").get(pk=credit.methodology_id)
    entries = stored.of_reduction(credit)
    if entries is None:
        raise Reduction.DoesNotExist(credit.pk)
    left_mg = int(entries.left_mg[0])
    found = reckon(version, entries.columns, left_mg)
    sign = -1 if reduction.reversal else 1
    recomputed_mg = None if found.reduction_mg is None else sign * found.reduction_mg
    return {
        "schema": SCHEMA,
        "agrees": (reduction.reduction_mg, reduction.points) == (recomputed_mg, points_of(reduction)),
        "reduction": _reduction(reduction),
        "recomputed": {
            "reduction_mg": recomputed_mg,
            "points": points_of(reduction),
            "low_mg": found.low_mg,
            "high_mg": found.high_mg,
        },
        "activity": _activity(activity),
        "inputs": _inputs(entries.columns),
        "methodology": _methodology(version),
        "factors": [_factor(factor) for factor in found.factors],
        "calculation": _calculation(found) | {"day_left_mg": left_mg if left_mg >= 0 else None},
        "points": _points(reduction),
        "received": _received(activity),
        "history": [_reduction(row) for row in rows],
    }


def rows_of(activity: Activity) -> Iterable[Reduction]:
    """All that was ever booked for an activity, oldest first: credits and what took them back."""
    own = Reduction.objects.filter(citizen_id=activity.citizen_id, activity_id=activity.pk)
    return own.order_by("generation", "reversal")


def points_of(row: Reduction) -> int:
    """The points that follow from a row's own numbers."""
    points = (row.carried_mg + row.reduction_mg) // row.mg_per_point + row.fixed_points
    return (min(points, 0) if row.reversal else points) - row.unfunded_points


def _reduction(row: Reduction) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "generation": row.generation,
        "reversal": row.reversal,
        "cause": row.cause,
        "methodology_id": row.methodology_id,
        "city_day": row.city_day.isoformat(),
        "reduction_mg": row.reduction_mg,
        "points": row.points,
        "booked_at": row.created_at.isoformat(),
    }


def _activity(activity: Activity) -> dict[str, Any]:
    return {
        "id": str(activity.pk),
        "scenario": activity.scenario.code,
        "poolable": activity.scenario.poolable,
        "started_at": activity.started_at.isoformat(),
        "ended_at": activity.ended_at.isoformat() if activity.ended_at else None,
        "city_day": activity.city_day.isoformat(),
        "status": activity.status,
        "reason": activity.reason,
    }


def _inputs(columns: Columns) -> dict[str, Any]:
    numbers = {name: int(getattr(columns, name)[0]) for name in ("distance_m", "quantity", *NUMBERS)}
    return {
        "distance_basis": BASES[int(columns.basis[0])],
        **{name: None if value < 0 else value for name, value in numbers.items()},
        **{name: str(getattr(columns, name)[0]) or None for name in CODES},
    }


def _methodology(version: Methodology) -> dict[str, Any]:
    return {
        "id": version.pk,
        "scenario": version.scenario.code,
        "version": version.version,
        "state": version.state,
        "family": version.family,
        "formula": str(families.FAMILIES[version.family].formula),
        "parameters": version.parameters,
        "valid_from": version.valid_from.isoformat(),
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "source": version.source,
        "conservativeness": version.conservativeness,
        "corrects": version.corrects_id,
    }


def _factor(factor: Factor) -> dict[str, Any]:
    known = factor.source and factor.source | {"source": texts.source_of(factor.source)}
    return {"parameter": factor.parameter, "value": factor.value, "unit": factor.unit, "source": known}


def _calculation(found: Reckoning) -> dict[str, Any]:
    return {
        "terms": [
            {"quantity": int(term.quantity[0]), "unit": term.unit, "mg_per_unit": _exact(term.mg_per_unit)}
            for term in found.terms
        ],
        "distance_counted_m": found.distance_m,
        "evidence": found.grade,
        "evidence_share": _exact(Fraction(found.share)),
        "leakage": _exact(Fraction(found.leakage)),
        "caps": [_cap(cap) for cap in found.caps],
        "rounding": "the exact sum, rounded down to the milligram, once",
    }


def _cap(cap: Cap) -> dict[str, Any]:
    return {
        "parameter": cap.parameter,
        "limit": f"{cap.limit.normalize():f}",
        "unit": cap.unit,
        "applied": cap.applied,
    }


def _exact(number: Fraction) -> str:
    """A decimal where it ends, else a fraction."""
    quotient = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{quotient.normalize():f}" if Fraction(quotient) == number else str(number)


def _points(row: Reduction) -> dict[str, Any]:
    own = row.points - row.fixed_points
    return {
        "carried_mg": row.carried_mg,
        "reduction_mg": row.reduction_mg,
        "mg_per_point": row.mg_per_point,
        "points": own,
        "fixed_points": row.fixed_points,
        "unfunded_points": row.unfunded_points,
        "programme_id": str(row.programme_id),
        "remainder_mg": row.carried_mg + row.reduction_mg - own * row.mg_per_point,
    }


def _received(activity: Activity) -> dict[str, Any]:
    delivery = activity.delivery
    return {
        "partner": activity.feed.partner.code,
        "feed": activity.feed.code,
        "delivery_id": str(delivery.pk),
        "door": delivery.door,
        "content_sha256": bytes(delivery.content_sha256).hex(),
        "received_at": delivery.received_at.isoformat(),
    }


def find(wanted: UUID) -> tuple[Reduction, Activity] | None:
    """The row and the activity of an id of either; of an activity, the row that counts now or else the last one.

    Raises DetailsDropped where the activity of a row is no longer kept.
    """
    row = Reduction.objects.filter(pk=wanted).first()
    related = Activity.objects.select_related("scenario", "feed__partner", "delivery")
    if row is not None:
        activity = related.filter(citizen_id=row.citizen_id, pk=row.activity_id).first()
        if activity is None:
            raise DetailsDropped
        return row, activity
    activity = related.filter(pk=wanted).first()
    if activity is None:
        return None
    row = current(list(rows_of(activity)))
    return None if row is None else (row, activity)


def current(rows: Sequence[Reduction]) -> Reduction | None:
    """Of an activity's rows, the one that counts, or the last reversal, None of none."""
    return max(rows, key=lambda row: (row.generation, row.reversal), default=None)
