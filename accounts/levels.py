"""The level that counts when something is only for some levels."""

from datetime import date, timedelta
from uuid import UUID

from accounts.models import Level, Standing


def month_of(day: date) -> date:
    return day.replace(day=1)


def month_before(month: date) -> date:
    """The first day of the month before."""
    return month_of(month - timedelta(days=1))


def counting(citizen_id: UUID, day: date) -> Level | None:
    """The better of the level of the day's month and of the month before; None where there is none.

    Levels begin anew on the first of every month: what was reached last month opens doors for one month more.
    """
    month = month_of(day)
    recent = Standing.objects.filter(citizen_id=citizen_id, month__gte=month_before(month), level__isnull=False)
    best = recent.select_related("level").order_by("-level_id").first()
    return best.level if best else None
