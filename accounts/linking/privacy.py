"""What this room holds of a person: the partner accounts that were linked."""

import secrets
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from accounts.linking import links
from accounts.linking.models import Link, Ticket
from accounts.models import Consent


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    yield (
        "links",
        (
            {
                "partner": link.partner.code,
                "your_id_there": link.subject,
                "reads_from": link.reads_from,
                "linked_at": link.linked_at,
                "ended_at": link.ended_at,
                "ended_by": link.ended_by,
            }
            for link in Link.objects.filter(citizen_id=citizen_id).select_related("partner").order_by("linked_at")
        ),
    )


def erase(citizen_id: UUID) -> None:
    """Links end, their tokens go to be revoked, and what they held of the partner's id is gone."""
    links.end_all(citizen_id, Link.End.ERASED, Consent.Channel.WEB)
    Ticket.objects.filter(citizen_id=citizen_id).delete()
    for link in Link.objects.filter(citizen_id=citizen_id).exclude(subject_encrypted=""):
        Link.objects.filter(pk=link.pk).update(subject_digest=secrets.token_bytes(16), subject_encrypted="", hint="")
