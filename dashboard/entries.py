"""A citizen's entries: their activities, newest first, each with what it brought. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from activities.models import Activity, Reduction
from activities.pipeline.days import earliest_id
from config import clock, sql
from dashboard import statistics
from dashboard.periods import Window
from dashboard.statistics import SQL_DIR, Scene

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


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
        by_id |= {
            each.scenario_id: statistics.scene(each.scenario_id) for each in found if each.scenario_id not in by_id
        }
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


def page(
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
