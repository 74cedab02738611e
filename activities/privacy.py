"""What this room holds of a person: activities, what was found about them, reductions."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from activities.intake import quarantine
from activities.models import (
    Activity,
    Appeal,
    CampaignAward,
    Claim,
    Decision,
    Event,
    Finding,
    Instrument,
    Question,
    Reduction,
)

ACTIVITY = (
    "id",
    "scenario__code",
    "feed__partner__code",
    "started_at",
    "ended_at",
    "city_day",
    "distance_m",
    "distance_basis",
    "quantity",
    "status",
    "reason",
    "created_at",
)
REDUCTION = (
    "id",
    "activity_id",
    "scenario__code",
    "methodology__version",
    "city_day",
    "generation",
    "reversal",
    "cause",
    "reduction_mg",
    "carried_mg",
    "mg_per_point",
    "points",
    "created_at",
)


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    activities = Activity.objects.filter(citizen_id=citizen_id).order_by("started_at")
    yield "activities", activities.values(*ACTIVITY).iterator()
    findings = Finding.objects.filter(citizen_id=citizen_id).order_by("pk")
    yield "findings", findings.values("activity_id", "rule", "verdict", "evidence", "created_at").iterator()
    reductions = Reduction.objects.filter(citizen_id=citizen_id).order_by("pk")
    yield "reductions", reductions.values(*REDUCTION).iterator()
    claims = Claim.objects.filter(citizen_id=citizen_id).order_by("pk")
    yield "claims", claims.values("reduction_id", "pool", "created_at").iterator()
    bonuses = CampaignAward.objects.filter(citizen_id=citizen_id).order_by("pk")
    yield "bonuses", bonuses.values("campaign__name_zh", "activity_id", "points", "created_at").iterator()
    decisions = Decision.objects.filter(citizen_id=citizen_id).order_by("pk")
    yield "decisions", decisions.values("activity_id", "kind", "verdict", "note", "created_at").iterator()
    yield "appeals", _appeals(citizen_id)
    yield "questions", _questions(citizen_id)
    instruments = Instrument.objects.filter(citizen_id=citizen_id).order_by("pk")
    yield "cards_and_devices", instruments.values("kind", "created_at").iterator()


def _appeals(citizen_id: UUID) -> Iterator[dict[str, Any]]:
    for one in Appeal.objects.filter(citizen_id=citizen_id):
        yield {"activity_id": one.activity_id, "reason": one.reason, "text": one.text, "created_at": one.created_at}


def _questions(citizen_id: UUID) -> Iterator[dict[str, Any]]:
    for one in Question.objects.filter(citizen_id=citizen_id):
        yield {"activity_id": one.activity_id, "question": one.question, "answer": one.answer, "asked_at": one.asked_at}


def erase(citizen_id: UUID) -> None:
    """Traces that could be matched with a partner's records go; reductions are what the city's sums are made of."""
    quarantine.forget(citizen_id)
    Finding.objects.filter(citizen_id=citizen_id).update(evidence={})
    Event.objects.filter(citizen_id=citizen_id).delete()
    Instrument.objects.filter(citizen_id=citizen_id).delete()
    Question.objects.filter(citizen_id=citizen_id).delete()
    Appeal.objects.filter(citizen_id=citizen_id).update(text_encrypted="")
