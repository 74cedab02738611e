"""The citizens' days that must be judged again, and all activities of them."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from activities.pipeline.act import COLUMNS, Act
from config import clock, copying
from config.identifiers import first_id

Day = tuple[UUID, date]
ONE = timedelta(days=1)
TOLD_BEFORE = timedelta(days=2)
"""How long before its start an activity may have been made at most: a clock that is ahead, and the other half."""


class Span(NamedTuple):
    """Days of one citizen, both included."""

    citizen_id: UUID
    first: date
    last: date


class _Starts(dict[date, str]):
    """The first instants of days, as text."""

    def __missing__(self, day: date) -> str:
        self[day] = clock.day_start(day).isoformat()
        return self[day]


def earliest_id(day: date) -> UUID:
    """No activity that started on the day or later has a smaller id, so that older parts need not be opened."""
    return first_id(clock.day_start(day) - TOLD_BEFORE)


def spans(days: Iterable[Day], by_month: bool) -> list[Span]:
    """The days as spans, whole months if asked for; what is less than two days apart is one span."""
    found: list[Span] = []
    for citizen_id, own in groupby(sorted(set(days), key=_order), key=itemgetter(0)):
        for _citizen, day in own:
            first, last = _month(day) if by_month else (day, day)
            if found and found[-1].citizen_id == citizen_id and first - found[-1].last <= 2 * ONE:
                found[-1] = Span(citizen_id, found[-1].first, max(last, found[-1].last))
            else:
                found.append(Span(citizen_id, first, last))
    return found


def _order(day: Day) -> tuple[int, date]:
    return day[0].int, day[1]


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + 31 * ONE).replace(day=1) - ONE


def gather(
    cursor: CursorWrapper,
    days: Iterable[Day],
    held: dict[UUID, Act],
    until: Callable[[Act], float],
    reach_s: int,
    instant_s: int,
    by_month: bool,
) -> list[Act]:
    """All activities of the days and of those that an activity over midnight ties to them.

    `held` are activities already in hand, which stand for what is stored. Widens a span until neither end touches
    the day beyond it. An activity matters until `reach_s` after its end; one without an end lasts at most `instant_s`.
    """
    wanted = spans(days, by_month)
    acts: dict[UUID, Act] = dict(held)
    loaded: set[Span] = set()
    while fresh := [span for span in wanted if span not in loaded]:
        loaded.update(fresh)
        for act in _load(cursor, fresh, reach_s, instant_s):
            acts.setdefault(act.id, act)
        wanted = _widen(wanted, acts.values(), until, reach_s)
    inside = {
        (span.citizen_id, span.first + n * ONE) for span in wanted for n in range((span.last - span.first).days + 1)
    }
    return [act for act in acts.values() if (act.citizen_id, act.city_day) in inside]


def _load(cursor: CursorWrapper, wanted: list[Span], reach_s: int, instant_s: int) -> list[Act]:
    """Activities of the spans, of the day after, and those of the day before that may reach into them.

    The shape of the statement is fixed (OFFSET 0): one probe a span by (citizen_id, started_at), in few parts.
    """
    starts = _Starts()
    columns = ", ".join(f"a.{name}" for name in COLUMNS.split(", "))
    cursor.execute(
        "SELECT a.* FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])"  # noqa: S608  our own names
        " AS span (citizen_id, begins_at, midnight, ends_at), LATERAL ("
        f"SELECT {columns} FROM activities_activity a WHERE a.citizen_id = span.citizen_id"
        " AND a.started_at >= span.begins_at AND a.started_at < span.ends_at"
        " AND (a.started_at >= span.midnight OR coalesce(a.ended_at, a.started_at + make_interval(secs => %s))"
        " > span.midnight - make_interval(secs => %s))"
        " AND a.id >= %s AND a.city_day BETWEEN %s AND %s OFFSET 0) AS a",
        [
            copying.array(copying.uuids(span.citizen_id for span in wanted)),
            copying.array(starts[span.first - ONE] for span in wanted),
            copying.array(starts[span.first] for span in wanted),
            copying.array(starts[span.last + 2 * ONE] for span in wanted),
            instant_s,
            reach_s,
            earliest_id(min(span.first for span in wanted) - ONE),
            min(span.first for span in wanted) - ONE,
            max(span.last for span in wanted) + ONE,
        ],
    )
    return [Act.stored(row) for row in cursor.fetchall()]


def _widen(wanted: list[Span], acts: Iterable[Act], until: Callable[[Act], float], reach_s: int) -> list[Span]:
    """The spans with the neighbouring days that are tied to them."""
    reaching: dict[Day, tuple[float, float]] = {}
    for act in acts:
        if not act.fixed:
            begins, ends = reaching.get((act.citizen_id, act.city_day), (float("inf"), 0.0))
            reaching[act.citizen_id, act.city_day] = min(begins, act.started_at.timestamp()), max(ends, until(act))

    def tied(citizen_id: UUID, day: date) -> bool:
        """Whether something of the day reaches something of the next."""
        earlier, later = reaching.get((citizen_id, day)), reaching.get((citizen_id, day + ONE))
        return earlier is not None and later is not None and earlier[1] + reach_s > later[0]

    found = []
    for citizen_id, first, last in wanted:
        found.append(
            Span(
                citizen_id,
                first - ONE if tied(citizen_id, first - ONE) else first,
                last + ONE if tied(citizen_id, last) else last,
            )
        )
    return found
