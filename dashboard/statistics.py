"""What a citizen and the city see of the books: sums, series, entries.

Reads only. Reductions are estimates in milligrams of CO2e (mg), distances metres (m), points whole.
Days are city days.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from accounts.linking.models import Link
from activities import retention
from activities.models import Activity, DailyTotal, Reduction, Scenario, Tally
from activities.pipeline.days import earliest_id
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
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


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


@dataclass(frozen=True, slots=True)
class Entry:
    """An activity with what it brought; `reduction` is None where it was not accepted.

    `bonus_points` are those of campaigns, beside the points of the reduction. `scene` is known where scenes were.
    """

    activity: Activity
    reduction: Reduction | None
    scene: Scene | None = None
    bonus_points: int = 0

    @property
    def points(self) -> int:
        return (self.reduction.points if self.reduction else 0) + self.bonus_points


def has_history(citizen_id: UUID) -> bool:
    """Whether anything was ever counted or reported; sums outlive the details. At most two queries."""
    ours = {"citizen_id": citizen_id}
    return DailyTotal.objects.filter(**ours).exists() or Activity.objects.filter(**ours).exists()


_HOW_A_FEED_IS_READ = [f"feed__{name}" for name in ("format", "pull", "store", "secrets_encrypted", "key_encrypted")]
"""Kilobytes that no page of a citizen shows."""


def activities_of(citizen_id: UUID, alone: bool = False) -> QuerySet[Activity]:
    """A citizen's own activities, with their scenarios and partners or `alone`.

    The one place that decides whose they are.
    """
    found = Activity.objects.filter(citizen_id=citizen_id)
    if alone:
        return found
    return found.select_related("scenario", "feed__partner").defer(*_HOW_A_FEED_IS_READ)


def with_reductions(citizen_id: UUID, found: Sequence[Activity], known: Sequence[Scene] = ()) -> list[Entry]:
    """The activities as entries, in the same order. One query."""
    wanted = {"citizen": citizen_id, "activities": [activity.pk for activity in found]}
    rows = Reduction.objects.raw(sql.read(SQL_DIR, "reductions"), wanted)
    last = {row.activity_id: row for row in rows}  # the last word counts
    by_id = {scene.id: scene for scene in known}
    if known:
        by_id |= {each.scenario_id: scene(each.scenario_id) for each in found if each.scenario_id not in by_id}
    return [_entry(activity, last.get(activity.pk), by_id.get(activity.scenario_id)) for activity in found]


def _entry(activity: Activity, row: Any, scene: Scene | None) -> Entry:
    """`row` is the last that was booked for it, with the points that campaigns paid on it."""
    if row is None or row.reversal:
        return Entry(activity, None, scene)
    return Entry(activity, row, scene, row.bonus_points)


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries, newest first, and where the next page begins (None at the end)."""

    entries: list[Entry]
    after: str | None


@dataclass(frozen=True, slots=True)
class Filter:
    """Which activities are wanted; None and "" for all."""

    span: Window | None = None
    scenario_id: int | None = None
    status: str = ""
    partner: str = ""

    def of(self, found: QuerySet[Activity]) -> QuerySet[Activity]:
        if self.span is not None:
            found = _from(found, self.span.start).filter(started_at__lt=clock.day_start(self.span.end))
        if self.scenario_id is not None:
            found = found.filter(scenario_id=self.scenario_id)
        if self.status:
            found = found.filter(status=self.status)
        if self.partner:
            found = found.filter(feed__partner__code=self.partner)
        return found


def _from(found: QuerySet[Activity], day: date) -> QuerySet[Activity]:
    """Those that started on the day or later: the ids leave out the months in which none of them arrived."""
    return found.filter(started_at__gte=clock.day_start(day), id__gte=earliest_id(day))


EVERYTHING = Filter()


def entries(
    citizen_id: UUID,
    known: Sequence[Scene] = (),
    *,
    wanted: Filter = EVERYTHING,
    after: str = "",
    limit: int = 20,
    enough_since: date | None = None,
) -> Page:
    """A page of activities by start, newest first. `after` is the mark of an earlier page; a broken one is ignored.

    Where scenarios are `known`, nothing further is read of them, nor of partners. Where totals say that there are
    more than `limit` since a day, the months before it need not be opened. One query for the activities, two where
    that day was not right.
    """
    found = wanted.of(activities_of(citizen_id, alone=bool(known)))
    if mark := _read_mark(after):
        found = found.filter(Q(started_at__lt=mark[0]) | Q(started_at=mark[0], id__lt=mark[1]), started_at__lte=mark[0])
    found = found.order_by("-started_at", "-id")
    some = list(_from(found, enough_since)[: limit + 1]) if enough_since else []
    if len(some) <= limit:
        some = list(found[: limit + 1])
    last = some[limit - 1] if len(some) > limit else None
    return Page(
        with_reductions(citizen_id, some[:limit], known),
        f"{(last.started_at - EPOCH) // MICROSECOND}_{last.pk.hex}" if last else None,
    )


def latest_day(citizen_id: UUID, wanted: Filter = EVERYTHING) -> date | None:
    """The city day of the latest activity that is wanted. One query."""
    found = wanted.of(activities_of(citizen_id, alone=True)).order_by("-started_at")
    latest = found.values_list("started_at", flat=True).first()
    return clock.city_day(latest) if latest else None


def _read_mark(after: str) -> tuple[datetime, UUID] | None:
    count, _, key = after.partition("_")
    try:
        return EPOCH + int(count) * MICROSECOND, UUID(key)
    except (ValueError, OverflowError):
        return None


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
