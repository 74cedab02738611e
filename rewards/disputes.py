"""Disputes about a line of a closed settlement. What is found right is a line of the next one."""

from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from rewards.models import Dispute, Line
from rewards.refusals import DisputeClosed, DisputeOpen


def open_about(line: Line, user: Any, reason: str) -> Dispute:
    """Question a line. Raises DisputeOpen where it is questioned already."""
    try:
        with transaction.atomic():
            return Dispute.objects.create(line=line, opened_by=user, reason=reason[:400])
    except IntegrityError as error:
        raise DisputeOpen from error


def settle(dispute_id: UUID, adjustment_fen: int, answer: str) -> None:
    """Answer a dispute: with a correction in the next settlement, or with none. Raises DisputeClosed."""
    state = Dispute.State.CORRECTED if adjustment_fen else Dispute.State.REJECTED
    fields = {"state": state, "adjustment_fen": adjustment_fen, "answer": answer, "closed_at": timezone.now()}
    if not Dispute.objects.filter(id=dispute_id, state=Dispute.State.OPEN).update(**fields):
        raise DisputeClosed
