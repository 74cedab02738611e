"""Writing what came out: activities, events, findings; and of reductions only what differs from the books."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from activities import crediting
from activities.entries import Credit, Entry
from activities.integrity import reasons
from activities.models import Reduction
from activities.pipeline.act import COLUMNS, NAMES, Act, read_json
from activities.pipeline.arrivals import Event
from activities.pipeline.quantities import Worth
from config import copying
from config.identifiers import new_ids

EVENT_COLUMNS = "id, citizen_id, key, content_digest, revision, line, activity_id, delivery_id, half, told, cancelled"
EVENT_WRITERS: Sequence[Callable[[Any], copying.Column]] = (
    copying.uuids, copying.uuids, copying.uuids, copying.binaries, copying.numbers, copying.numbers, copying.uuids,
    copying.uuids, copying.words, copying.documents, copying.flags,
)  # fmt: skip
WRITERS: Sequence[Callable[[Any], copying.Column]] = (
    copying.uuids, copying.uuids, copying.uuids, copying.uuids, copying.numbers, copying.uuids, copying.numbers,
    copying.moments, copying.moments, copying.days, copying.numbers, copying.words, copying.numbers, copying.words,
    copying.numbers, copying.numbers, copying.numbers, copying.numbers, copying.texts, copying.numbers,
    copying.numbers, copying.numbers, copying.documents, copying.texts, copying.words, copying.words,
)  # fmt: skip
"""How each column of a new activity is written, in the order of COLUMNS."""


def write_acts(cursor: CursorWrapper, acts: Sequence[Act], evidence: Mapping[UUID, dict[str, Any]]) -> None:
    """New activities, changed ones, and the findings about both."""
    fresh = [act for act in acts if act.before is None]
    known = [act for act in acts if act.before is not None]
    _write_new(cursor, fresh)
    moved = [act for act in known if act.moved]
    if moved:
        places = ", ".join(f"{name} = %s" for name in NAMES[1:])
        cursor.executemany(
            f"UPDATE activities_activity SET {places} WHERE id = %s AND city_day = %s",  # noqa: S608  our own names
            [(*_plain(act.row[1:]), act.id, act.before.city_day) for act in moved if act.before],
        )
    judged = [act for act in known if act.judged_anew]
    _update_verdicts(cursor, [act for act in judged if not act.moved])
    cursor.execute(
        "DELETE FROM activities_finding WHERE activity_id = ANY(%s)", [[act.id for act in judged]]
    ) if judged else None
    told = [act for act in (*fresh, *judged) if act.reason]
    copying.copy(
        cursor,
        "activities_finding (citizen_id, activity_id, rule, verdict, evidence)",
        [
            copying.uuids(act.citizen_id for act in told),
            copying.uuids(act.id for act in told),
            copying.words(act.reason for act in told),
            copying.words(act.status for act in told),
            copying.documents(evidence.get(act.id, {}) for act in told),
        ],
    )


def _write_new(cursor: CursorWrapper, acts: Sequence[Act]) -> None:
    if acts:
        columns = zip(*(act.row for act in acts), strict=True)
        told = [write(column) for write, column in zip(WRITERS, columns, strict=True)]
        copying.copy(cursor, f"activities_activity ({COLUMNS})", told)


def _update_verdicts(cursor: CursorWrapper, acts: Sequence[Act]) -> None:
    if acts:
        cursor.execute(
            "UPDATE activities_activity a SET status = v.status, reason = v.reason"
            " FROM unnest(%s::uuid[], %s::date[], %s::text[], %s::text[]) AS v (id, city_day, status, reason)"
            " WHERE a.id = v.id AND a.city_day = v.city_day",
            [
                [act.id for act in acts],
                [act.city_day for act in acts],
                [act.status for act in acts],
                [act.reason for act in acts],
            ],
        )


def write_events(cursor: CursorWrapper, events: Sequence[Event]) -> None:
    """What is taken back goes first: of those with one key one stands at a time."""
    known = sorted((event for event in events if event.id is not None), key=lambda event: not event.cancelled)
    if known:
        cursor.executemany(
            "UPDATE activities_event SET content_digest = %s, revision = %s, line = %s, activity_id = %s,"
            " delivery_id = %s, half = %s, told = %s, cancelled = %s WHERE id = %s",
            [(*_plain(_event_row(event, event.id)[3:]), event.id) for event in known],
        )
    fresh = [event for event in events if event.id is None]
    if fresh:
        columns = zip(*map(_event_row, fresh, new_ids()), strict=True)
        told = [write(column) for write, column in zip(EVENT_WRITERS, columns, strict=True)]
        copying.copy(cursor, f"activities_event ({EVENT_COLUMNS})", told)


def _event_row(event: Event, event_id: UUID | None) -> tuple[Any, ...]:
    revision, _told_at, line, digest = event.rank
    return (
        event_id,
        event.citizen_id,
        event.key,
        digest,
        revision,
        line,
        event.activity_id,
        event.delivery_id,
        event.half,
        event.told,
        event.cancelled,
    )


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(Jsonb(value) if isinstance(value, dict) else value for value in row)


def settle(
    cursor: CursorWrapper,
    acts: Sequence[Act],
    worths: Mapping[UUID, Worth],
    remainders: dict[UUID, int],
    cause: str,
) -> crediting.Booked:
    """Book the difference between what the activities are worth and what is booked for them.

    `remainders` are those of the locked tallies. Goes before the activities are written, as a reversal keeps what
    its activity says until then.
    """
    stored = [act for act in acts if act.before is not None]
    live, generations = _recorded(cursor, stored)
    entries = []
    for act in acts:
        booked, worth = live.get(act.id), worths.get(act.id)
        if booked is not None and worth is not None and _same(booked, act, worth):
            continue
        why = _cause(act, booked, worth, cause)
        if booked is not None:
            entries.append(Entry.reverse(booked, why))
        if worth is not None:
            generation = generations.get(act.id, 0) + 1
            entries.append(_credit(act, worth, generation, why if generation > 1 else Reduction.Cause.CREDITED))
    return crediting.book(entries, remainders)


def _recorded(cursor: CursorWrapper, acts: Sequence[Act]) -> tuple[dict[UUID, Credit], dict[UUID, int]]:
    """The live credit and the last generation of activities."""
    if not acts:
        return {}, {}
    columns = ", ".join(f"r.{name}" for name in Credit._fields)
    cursor.execute(
        f"SELECT r.reversal, {columns} FROM unnest(%s::uuid[], %s::uuid[]) AS own (citizen_id, activity_id)"  # noqa: S608  our own names
        " JOIN activities_reduction r ON r.citizen_id = own.citizen_id AND r.activity_id = own.activity_id"
        " ORDER BY r.generation, r.reversal",
        [
            copying.array(copying.uuids(act.citizen_id for act in acts)),
            copying.array(copying.uuids(act.id for act in acts)),
        ],
    )
    live: dict[UUID, Credit] = {}
    generations: dict[UUID, int] = {}
    for reversal, *row in cursor.fetchall():
        credit = Credit(*row)
        generations[credit.activity_id] = credit.generation
        if reversal:
            live.pop(credit.activity_id, None)
        else:
            live[credit.activity_id] = credit
    return live, generations


def _same(booked: Credit, act: Act, worth: Worth) -> bool:
    return (
        booked.reduction_mg == worth.reduction_mg
        and booked.methodology_id == worth.methodology_id
        and booked.fixed_points == worth.fixed_points
        and booked.scenario_id == act.scenario_id
        and booked.city_day == act.city_day
        and booked.distance_m == act.distance_m
        and read_json(booked.inputs) == worth.inputs
    )


def _cause(act: Act, booked: Credit | None, worth: Worth | None, cause: str) -> str:
    if act.fixed == reasons.CANCELLED:
        return Reduction.Cause.CANCELLED
    if act.moved:
        return Reduction.Cause.CORRECTED
    if booked and worth and booked.methodology_id != worth.methodology_id:
        return Reduction.Cause.RESTATED
    return cause


def _credit(act: Act, worth: Worth, generation: int, cause: str) -> Entry:
    return Entry(
        act.citizen_id,
        act.id,
        worth.methodology_id,
        act.scenario_id,
        act.city_day,
        act.distance_m,
        worth.reduction_mg,
        cause,
        generation,
        inputs=worth.inputs,
        fixed_points=worth.fixed_points,
    )
