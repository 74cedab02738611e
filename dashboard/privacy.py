"""What this room holds of a person: notices and how they are told, places on boards."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from dashboard import boards
from dashboard.notifications import inbox, kinds, wishes
from dashboard.notifications.models import Manner, Notice, Subscription, Wish


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    yield (
        "notices",
        (
            {
                "title": kinds.words(notice.kind, notice.facts).title,
                "created_at": notice.created_at,
                "read_at": notice.read_at,
            }
            for notice in inbox.of(citizen_id).iterator()
        ),
    )
    manner = wishes.manner(citizen_id)
    yield "quiet_hours", [{"from": manner.quiet_from, "to": manner.quiet_to, "language": manner.language}]
    pushes = Subscription.objects.filter(citizen_id=citizen_id)
    yield "push_devices", ({"since": one.created_at} for one in pushes)


def erase(citizen_id: UUID) -> None:
    boards.forget(citizen_id)
    for model in (Notice, Wish, Manner, Subscription):
        model._default_manager.filter(citizen_id=citizen_id).delete()
