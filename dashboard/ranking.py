"""Ranks by reduction in a week, a month or a year: for those who opted in, under the nickname they chose.

Boards are rebuilt as a whole from the daily totals. Equal reductions share a place. A board with fewer than
COHORT_MIN people shows nothing, not even one's own place.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import Citizen
from config import sql
from dashboard import statistics
from dashboard.models import Rank
from dashboard.statistics import COHORT_MIN, Step

SQL_DIR = Path(__file__).parent / "sql"
TOP_MAX = 100
USUAL_PERIOD = Rank.Period.MONTH
"""What is shown first: long enough not to be empty every Monday, while operators still report."""
_REFRESH_LOCK = 0x52414E4B  # "RANK": two refreshes wait for each other


def refresh(period: Rank.Period, day: date) -> int:
    """Rebuild the board of the period that holds the city day; return how many are on it. May run twice."""
    start = period_start(period, day)
    end = statistics.shift(start, Step(period.value), 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_REFRESH_LOCK])
        Rank.objects.filter(period=period, period_start=start).delete()
        cursor.execute(sql.read(SQL_DIR, "refresh_ranks"), {"period": period.value, "start": start, "end": end})
        return int(cursor.rowcount)


def refresh_current(day: date) -> dict[str, int]:
    """Rebuild the boards of the current week, month and year; how many are on each."""
    return {period.value: refresh(period, day) for period in Rank.Period}


def period_start(period: Rank.Period, day: date) -> date:
    return statistics.floor(day, Step(period.value))


@dataclass(frozen=True, slots=True)
class Standing:
    """A citizen's own place. `ahead_percent`: how many of the others have reduced less."""

    place: int
    of: int
    ahead_percent: int
    reduction_mg: int
    to_next_mg: int | None
    refreshed_at: datetime


def board(period: Rank.Period, day: date, district_id: int | None = None) -> QuerySet[Rank]:
    """The places of a period, in the city or in one district. Who has opted out since is gone at once."""
    places = Rank.objects.filter(period=period, period_start=period_start(period, day))
    if district_id is not None:
        places = places.filter(district_id=district_id)
    return places


def standing(citizen: Citizen, period: Rank.Period, day: date, *, in_district: bool = False) -> Standing | None:
    """The citizen's place, or None: not ranked yet, without a district, or among fewer than COHORT_MIN. Two queries."""
    column = "district_place" if in_district else "city_place"
    own = board(period, day).filter(citizen_id=citizen.pk).first() if citizen.ranked else None
    place = getattr(own, column) if own else None
    if own is None or place is None:
        return None
    cohort = board(period, day, own.district_id if in_district else None).aggregate(
        of=Count("pk"),
        behind=Count("pk", filter=Q(reduction_mg__lt=own.reduction_mg)),
        next_mg=Min("reduction_mg", filter=Q(reduction_mg__gt=own.reduction_mg)),
        refreshed_at=Max("refreshed_at"),
    )
    if cohort["of"] < COHORT_MIN:
        return None
    return Standing(
        place=place,
        of=cohort["of"],
        ahead_percent=cohort["behind"] * 100 // (cohort["of"] - 1),
        reduction_mg=own.reduction_mg,
        to_next_mg=cohort["next_mg"] - own.reduction_mg if cohort["next_mg"] is not None else None,
        refreshed_at=cohort["refreshed_at"],
    )


def refreshed_at(period: Rank.Period, day: date) -> datetime | None:
    """When the period's board was rebuilt last."""
    return board(period, day).values_list("refreshed_at", flat=True).first()


@dataclass(frozen=True, slots=True)
class Row:
    place: int
    nickname: str
    reduction_mg: int
    citizen_id: UUID


def top(period: Rank.Period, day: date, district_id: int | None = None, limit: int = 50) -> list[Row]:
    """The best of the city or of a district; empty among fewer than COHORT_MIN. Who opted out since is left out."""
    places = board(period, day, district_id)
    if places[:COHORT_MIN].count() < COHORT_MIN:
        return []
    column = "city_place" if district_id is None else "district_place"
    shown = Citizen.objects.filter(ranked=True, suspended_at__isnull=True, erased_at__isnull=True)
    rows = places.filter(citizen_id__in=shown.values("pk")).order_by(column, "citizen_id")[: min(limit, TOP_MAX)]
    return [Row(getattr(row, column), row.nickname, row.reduction_mg, row.citizen_id) for row in rows]
