"""What a citizen and the city see of the books: sums, series, linked sources.

Reads only. Reductions are estimates in milligrams of CO2e (mg), distances metres (m), points whole.
Days are city days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from accounts.linking.models import Link
from activities import retention
from activities.models import Activity, DailyTotal, Scenario, Tally
from config import clock, shared, sql
from dashboard.history import charts
from dashboard.links import linked
from dashboard.links.linked import Operator
from dashboard.periods import Step, Window, floor, shift
from ledger import expiry, statements
from ledger.expiry import Expiring
from ledger.models import Chart

COHORT_MIN = 10
"""No number about other people is shown unless at least this many are behind it."""

SQL_DIR = Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True)
class Summary:
    """Where a citizen stands.

    `owed_points` are repaid from the next points; `carried_mg` is what has not made a whole point yet;
    `week_so_far_mg` and `last_week_so_far_mg` are whole days up to yesterday and its weekday, for a fair comparison.
    """

    balance_points: int
    held_points: int
    owed_points: int
    expiring: list[Expiring]
    reduction_mg: int
    points: int
    carried_mg: int
    today_mg: int
    week_mg: int
    week_so_far_mg: int
    last_week_mg: int
    last_week_so_far_mg: int
    month_mg: int
    last_month_mg: int
    year_mg: int


def summary(citizen_id: UUID, today: date) -> Summary:
    """Four queries, however long the history."""
    week, month, year = (floor(today, step) for step in (Step.WEEK, Step.MONTH, Step.YEAR))
    last_week, last_month = shift(week, Step.WEEK, -1), shift(month, Step.MONTH, -1)

    def between(start: date, end: date) -> Sum:
        return Sum("reduction_mg", filter=Q(city_day__gte=start, city_day__lt=end), default=0)

    tomorrow = today + timedelta(days=1)
    sums = DailyTotal.objects.filter(citizen_id=citizen_id, city_day__gte=min(year, last_week, last_month)).aggregate(
        today_mg=between(today, tomorrow),
        week_mg=between(week, tomorrow),
        week_so_far_mg=between(week, today),
        last_week_mg=between(last_week, week),
        last_week_so_far_mg=between(last_week, today - timedelta(days=7)),
        month_mg=between(month, tomorrow),
        last_month_mg=between(last_month, month),
        year_mg=between(year, tomorrow),
    )
    tally = Tally.objects.filter(citizen_id=citizen_id).first() or Tally(citizen_id=citizen_id)
    own = wallet(citizen_id)
    return Summary(
        balance_points=own.balance_points,
        held_points=own.held_points,
        owed_points=own.owed_points,
        expiring=own.expiring,
        reduction_mg=tally.reduction_mg,
        points=tally.points,
        carried_mg=tally.remainder_mg,
        **{name: int(value) for name, value in sums.items()},
    )


@dataclass(frozen=True, slots=True)
class Wallet:
    """Points to spend, those reserved for vouchers, those that the next points repay, and what expires in 60 days."""

    balance_points: int
    held_points: int
    owed_points: int
    expiring: list[Expiring]


def wallet(citizen_id: UUID) -> Wallet:
    """One query for who has no points; else two, and one more while points of anybody are about to expire."""
    balances = statements.personal_balances(citizen_id)
    coming: list[Expiring] = []
    if balances[Chart.CITIZEN] > 0:
        coming = expiry.expiring([citizen_id], clock.city_today()).get(citizen_id, [])
    return Wallet(balances[Chart.CITIZEN], balances[Chart.HELD], balances[Chart.OWED], coming)


@dataclass(frozen=True, slots=True)
class Scene:
    """A scenario as it is shown: its name in the reader's language, its icon, its tint (1 to 8)."""

    id: int
    code: str
    name: str
    icon: str
    tint: int


@shared.kept(Scenario)
def scenes() -> list[Scene]:
    """All scenarios in the city's order; the order gives the colour, the same on every page."""
    return [
        Scene(scenario.pk, scenario.code, scenario.name, scenario.icon, position % charts.TINTS + 1)
        for position, scenario in enumerate(Scenario.objects.all())
    ]


def scene(scenario_id: int) -> Scene:
    """One scenario; one that another process made in the last minute is there, too."""
    known = (each for each in scenes() if each.id == scenario_id)
    if (found := next(known, None)) is None:
        shared.forget(scenes)
        found = next(each for each in scenes() if each.id == scenario_id)
    return found


@dataclass(frozen=True, slots=True)
class Bar:
    """One scenario in one bar of a series."""

    start: date
    scenario_id: int
    reduction_mg: int
    points: int
    activities: int
    distance_m: int


def series(citizen_id: UUID, span: Window, scenario_id: int | None = None, other: Window | None = None) -> list[Bar]:
    """Sums by bar and scenario, oldest first; bars without activities are not in it. One query.

    `other` is a further window in bars of the same step.
    """
    other = other or span
    wanted = {
        "citizen": citizen_id,
        "scenario": scenario_id,
        "step": span.step.value,
        "start": span.start,
        "end": span.end,
        "other_start": other.start,
        "other_end": other.end,
    }
    return [Bar(*row) for row in sql.rows(SQL_DIR, "series", wanted)]


def bonus_points(citizen_id: UUID, span: Window, scenario_id: int | None = None) -> int:
    """What campaigns paid for activities of these days, less what was taken back with them. One query."""
    wanted = {"citizen": citizen_id, "start": span.start, "end": span.end, "scenario": scenario_id}
    ((points,),) = sql.rows(SQL_DIR, "bonus", wanted)
    return int(points)


def days(citizen_id: UUID, first: date, last: date, scenario_id: int | None = None) -> dict[date, int]:
    """Reduction by day (mg), from the first to the last; days without activities are not in it. One query."""
    wanted = {"citizen": citizen_id, "first": first, "last": last, "scenario": scenario_id}
    return dict(sql.rows(SQL_DIR, "days", wanted))


class Counted(Protocol):
    """A bar, a week: how many activities were counted in the time that begins with a day."""

    @property
    def start(self) -> date: ...
    @property
    def activities(self) -> int: ...


def enough_since(bars: Iterable[Counted], entries: int) -> date | None:
    """The first day of the latest bars that have more than so many entries together; None where none have. Pure."""
    count = 0
    for bar in sorted(bars, key=lambda bar: bar.start, reverse=True):
        count += bar.activities
        if count > entries:
            return bar.start
    return None


@dataclass(frozen=True, slots=True)
class Totals:
    reduction_mg: int
    points: int
    activities: int
    distance_m: int


def total(bars: Sequence[Bar]) -> Totals:
    return Totals(
        sum(bar.reduction_mg for bar in bars),
        sum(bar.points for bar in bars),
        sum(bar.activities for bar in bars),
        sum(bar.distance_m for bar in bars),
    )


def has_history(citizen_id: UUID) -> bool:
    """Whether anything was ever counted or reported; sums outlive the details. At most two queries."""
    ours = {"citizen_id": citizen_id}
    return DailyTotal.objects.filter(**ours).exists() or Activity.objects.filter(**ours).exists()


@dataclass(frozen=True, slots=True)
class Source:
    """A linked partner, and when it last delivered anything to us."""

    partner: Operator
    linked_at: datetime
    heard_at: datetime | None
    late_days: int
    is_live: bool


def sources(citizen_id: UUID) -> list[Source]:
    """The citizen's live links, oldest first. One query."""
    return [source for source in all_sources(citizen_id) if source.is_live]


def all_sources(citizen_id: UUID) -> list[Source]:
    """Links that are live and links that ended, oldest first. One query."""
    now, heard_at = timezone.now(), linked.last_heard()
    return [
        Source(
            linked.operator(partner_id),
            linked_at,
            heard := heard_at.get(partner_id),
            linked.late_days(linked_at, heard, now),
            ended_at is None,
        )
        for partner_id, linked_at, ended_at in sql.rows(SQL_DIR, "links", {"citizen": citizen_id})
    ]


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of a citizen is stored, for the page that says so: live links, and from which day on activities.

    Not how many activities, nor which was the first: that grows with them.
    """

    links: int
    first_day: date | None


def kept(citizen_id: UUID) -> Kept:
    """Two queries, however long the history."""
    live = Count("pk", filter=Q(ended_at__isnull=True))
    links, reads_from = (
        Link.objects.filter(citizen_id=citizen_id).aggregate(live=live, first=Min("reads_from")).values()
    )
    if reads_from is None:
        return Kept(links, None)
    return Kept(links, max(clock.city_day(reads_from), retention.horizon() or date.min))
