"""The citizens' days that must be judged again, and all activities of them."""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from django.db.backends.utils import CursorWrapper

from activities.methodologies.columns import GRADES
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


class _Ends(dict[date, float]):
    """The ends of days, in epoch seconds."""

    def __missing__(self, day: date) -> float:
        self[day] = clock.day_end(day).timestamp()
        return self[day]


def spans(days: Iterable[Day]) -> list[Span]:
    """The days as spans; what is less than two days apart is one span."""
    found: list[Span] = []
    for citizen_id, own in groupby(sorted(set(days), key=_order), key=itemgetter(0)):
        for _citizen, day in own:
            if found and found[-1].citizen_id == citizen_id and day - found[-1].last <= 2 * ONE:
                found[-1] = Span(citizen_id, found[-1].first, day)
            else:
                found.append(Span(citizen_id, day, day))
    return found


def _order(day: Day) -> tuple[int, date]:
    return day[0].int, day[1]


def _months(span: Span) -> Span:
    """The span with the whole of its first and last month."""
    last = (span.last.replace(day=1) + 31 * ONE).replace(day=1) - ONE
    return Span(span.citizen_id, span.first.replace(day=1), last)


def gather(
    cursor: CursorWrapper,
    days: Iterable[Day],
    held: dict[UUID, Act],
    until: Callable[[Act], float],
    reach_s: int,
    instant_s: int,
    monthly: Collection[int],
) -> list[Act]:
    """All activities of the days and of those that an activity over midnight ties to them, as they are judged: by
    citizen, start, evidence, key.

    `held` are activities already in hand, which stand for what is stored. Widens a span until neither end touches
    the day beyond it, and to whole months where something is of the `monthly` scenarios, of which months count. An
    activity matters until `reach_s` after its end; one without an end lasts at most `instant_s`.
    """
    own, others = list(held.values()), dict[UUID, Act]()
    wanted = _count_months(spans(days), own, monthly)
    fresh = wanted
    while fresh:
        others.update({act.id: act for act in _load(cursor, fresh, reach_s, instant_s) if act.id not in held})
        widened = _widen(wanted, [*own, *others.values()], until, reach_s)
        widened = _count_months(widened, others.values(), monthly)
        fresh = [span for span, before in zip(widened, wanted, strict=True) if span != before]
        wanted = widened
    inside = _days(wanted) if others else set()
    acts = own + [act for act in others.values() if (act.citizen_id, act.city_day) in inside]
    return sorted(acts, key=_precedence)


def _precedence(act: Act) -> tuple[int, datetime, int, int]:
    return act.citizen_id.int, act.started_at, GRADES[act.evidence], act.key.int


def _days(wanted: Iterable[Span]) -> set[Day]:
    return {
        (span.citizen_id, span.first + n * ONE) for span in wanted for n in range((span.last - span.first).days + 1)
    }


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
    """The spans with the neighbouring days that are tied to them; the same list where nothing reaches so far."""
    tied = _tie(acts, until, reach_s)
    if not tied:
        return wanted
    return [
        Span(
            citizen_id,
            first - ONE if (citizen_id, first - ONE) in tied else first,
            last + ONE if (citizen_id, last) in tied else last,
        )
        for citizen_id, first, last in wanted
    ]


def _count_months(wanted: list[Span], acts: Iterable[Act], monthly: Collection[int]) -> list[Span]:
    """The spans of those who have something of the monthly scenarios as whole months, the others as they are."""
    if not monthly:
        return wanted
    counted = {
        act.citizen_id
        for act in acts
        if act.scenario_id in monthly or (act.before is not None and act.before.scenario_id in monthly)
    }
    return [_months(span) if span.citizen_id in counted else span for span in wanted]


def _tie(acts: Iterable[Act], until: Callable[[Act], float], reach_s: int) -> set[Day]:
    """The days of which something reaches something of the day after."""
    ends = _Ends()
    late: dict[Day, float] = {}
    moving = [act for act in acts if not act.fixed]
    for act in moving:
        reaches = until(act) + reach_s
        if reaches > ends[act.city_day]:
            late[act.citizen_id, act.city_day] = max(reaches, late.get((act.citizen_id, act.city_day), 0.0))
    if not late:
        return set()
    days = ((act, (act.citizen_id, act.city_day - ONE)) for act in moving)
    return {day for act, day in days if late.get(day, 0.0) > act.started_at.timestamp()}
