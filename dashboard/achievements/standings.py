"""Writing levels and achievements: a month at a time, from the daily totals, by a few statements.

A month is worked out anew until its close date; then it stays: what somebody reached is not taken away any more, and
what is reported later counts in the books only. May run twice or die midway: each month is one transaction, and
only rows that changed are written.
"""

from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from activities.models import DailyTotal
from config import clock, sql
from dashboard import periods
from dashboard.models import CLOSES_AFTER, LevelMonth
from dashboard.periods import Step

SQL_DIR = Path(__file__).parent / "sql"
_REFRESH_LOCK = 0x4C45564C  # "LEVL": two refreshes wait for each other


def refresh_due(today: date) -> list[date]:
    """Work out every month that is not closed, oldest first; their first days. The first run begins with the books."""
    months = list(open_months(today))
    for month in months:
        refresh(month, today)
    return months


def open_months(today: date) -> list[date]:
    """The months after the last closed one, up to today's; none where nothing was ever counted."""
    closed = LevelMonth.objects.filter(closed_at__isnull=False).order_by("-month").first()
    first_day = DailyTotal.objects.aggregate(first=Min("city_day"))["first"]
    if closed is None and first_day is None:
        return []
    month = month_end(closed.month) if closed else clock.month_of(first_day)
    months = []
    while month <= today:
        months.append(month)
        month = month_end(month)
    return months


def month_end(month: date) -> date:
    """The first day after the month."""
    return periods.shift(month, Step.MONTH, 1)


@transaction.atomic
def refresh(month: date, today: date) -> bool:
    """Work out one month, for the last time from its close date on; whether it was still open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_REFRESH_LOCK])
        state, _new = LevelMonth.objects.get_or_create(month=month)
        if state.closed_at:
            return False
        span = {"start": month, "end": month_end(month), "citizen": None}
        facts = sql.read(SQL_DIR, "facts")
        cursor.execute(f"CREATE TEMPORARY TABLE month_fact ON COMMIT DROP AS {facts}", span)
        cursor.execute("ANALYZE month_fact")
        cursor.execute(sql.read(SQL_DIR, "standing"), span)
        cursor.execute(sql.read(SQL_DIR, "earned"), span)
        cursor.execute("DROP TABLE month_fact")
    state.refreshed_at = timezone.now()
    state.closed_at = state.refreshed_at if today >= month_end(month) + CLOSES_AFTER else None
    state.save(update_fields=["refreshed_at", "closed_at"])
    return True
