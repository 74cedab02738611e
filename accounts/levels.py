"""The level that counts when something is only for some levels."""

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Level, Standing
from config import clock


def recent(citizen_id: UUID, day: date) -> QuerySet[Standing]:
    """The standings that count on a day: of its month and of the month before.

    Levels begin anew on the first of every month: what was reached last month opens doors for one month more.
    """
    return Standing.objects.filter(citizen_id=citizen_id, month__gte=clock.month_later(day, -1))


def counting(citizen_id: UUID, day: date) -> Level | None:
    """The better of the level of the day's month and of the month before; None where there is none."""
    best = recent(citizen_id, day).exclude(level=None).select_related("level").order_by("-level_id").first()
    return best.level if best else None
