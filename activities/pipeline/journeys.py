"""The journeys around halves that were told, corrected or cancelled."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from activities.integrity import reasons
from activities.models import Activity
from activities.pipeline import policies
from activities.pipeline.act import COLUMNS, Act, read_json
from activities.pipeline.arrivals import NOBODY, Event
from activities.pipeline.days import ONE, earliest_id
from activities.pipeline.pairing import Group, at, keep_ids, pair
from activities.pipeline.policies import Pairings
from config import clock
from config.identifiers import made_at, new_id

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Of halves that are not told anew the time of telling does not matter."""


def compose(cursor: CursorWrapper, events: Sequence[Event], stored: dict[UUID, Act]) -> tuple[list[Act], list[Event]]:
    """The activities of the halves and of those around them, and all events that are to be written.

    `stored` are the activities of the events as they are; those around are added to it. How far halves may be apart,
    and what becomes of single ones, the feed says that told them, whichever feed told of them now.
    """
    if not events:
        return [], []
    around = {(event.key, event.citizen_id): event for event in _around(cursor, events, stored)}
    told = {(event.key, event.citizen_id): event for event in events}
    around.update(told)
    before = {event.activity_id for event in around.values()}
    pairings = policies.read({(event.told or {})["feed_id"] for event in around.values()})
    acts, changed = {}, told
    for group, activity_id in keep_ids(pair(around.values(), policies.limits(pairings))):
        act = _compose(group, activity_id, stored, pairings)
        acts[act.id] = act
        for event in group:
            if event.activity_id != act.id:
                event.activity_id = act.id
                changed[event.key, event.citizen_id] = event
    for left in before - acts.keys() - {None}:
        if left is not None:
            stored[left].fix(reasons.MERGED)
            acts[left] = stored[left]
    return list(acts.values()), list(changed.values())


def _around(cursor: CursorWrapper, events: Sequence[Event], stored: dict[UUID, Act]) -> Iterable[Event]:
    """The other halves of the same links on the days around; their activities are put into `stored`."""
    days = {(event.citizen_id, clock.city_day(at(event))) for event in events}
    days |= {(act.citizen_id, act.city_day) for act in stored.values()}
    sequences = {_sequence(event) for event in events}
    sequences |= {(act.citizen_id, str(act.link_id), act.scenario_id) for act in stored.values()}
    wanted = sorted(days)
    columns = ", ".join(f"a.{name}" for name in COLUMNS.split(", "))
    cursor.execute(
        "SELECT DISTINCT ON (e.id) e.key, e.citizen_id, e.revision, e.line, e.content_digest, e.half, e.delivery_id,"  # noqa: S608  our own names
        f" e.id, e.activity_id, e.told, e.cancelled, {columns}"
        " FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS span (citizen_id, begins_at, ends_at)"
        " JOIN activities_activity a ON a.citizen_id = span.citizen_id"
        " AND a.started_at >= span.begins_at AND a.started_at < span.ends_at AND a.id >= %s"
        " AND a.city_day BETWEEN %s AND %s"
        " JOIN activities_event e ON e.activity_id = a.id AND e.half <> ''",
        [
            [citizen_id for citizen_id, _day in wanted],
            [clock.day_start(day - ONE) for _citizen, day in wanted],
            [clock.day_end(day + ONE) for _citizen, day in wanted],
            earliest_id(min(day for _citizen, day in wanted) - ONE),
            min(day for _citizen, day in wanted) - ONE,
            max(day for _citizen, day in wanted) + ONE,
        ],
    )
    found = []
    for row in cursor.fetchall():
        key, citizen_id, revision, line, digest, half, delivery_id, event_id, activity_id, told, cancelled = row[:11]
        rank = (revision, EPOCH, line, bytes(digest))
        event = Event(
            key, citizen_id, NOBODY, rank, half, delivery_id, event_id, activity_id, None, read_json(told), cancelled
        )  # fmt: skip
        if _sequence(event) in sequences:
            stored.setdefault(activity_id, Act.stored(row[11:]))
            found.append(event)
    return found


def _sequence(event: Event) -> tuple[UUID, Any, Any]:
    told = event.told or {}
    return event.citizen_id, told["link_id"], told["scenario_id"]


def _compose(group: Group, activity_id: UUID | None, stored: dict[UUID, Act], pairings: Pairings) -> Act:
    first, last = group[0], group[-1]
    told = {**(first.told or {}), **(last.told or {})}
    started_at, ended_at = at(first), at(last) if len(group) == 2 else None
    place, alone = (first.told or {}).get("place"), len(group) == 1
    act = Act(
        id=activity_id or new_id(),
        key=first.key,
        citizen_id=first.citizen_id,
        link_id=UUID(told["link_id"]),
        feed_id=told["feed_id"],
        delivery_id=last.delivery_id,
        scenario_id=told["scenario_id"],
        started_at=started_at,
        ended_at=ended_at,
        city_day=clock.city_day(started_at),
        distance_m=told.get("distance_m"),
        distance_basis=told.get("distance_basis", Activity.Basis.DEFAULT),
        quantity=told.get("quantity"),
        evidence=told["evidence"],
        displacement_m=told.get("displacement_m"),
        origin=None if alone and first.half == "out" else place,
        destination=None if alone and first.half != "out" else (last.told or {}).get("place"),
        amount_fen=told.get("amount_fen"),
        category=told.get("category"),
        energy_wh=told.get("energy_wh"),
        payer=told.get("payer"),
        device=told.get("device"),
        traits=None,
        decision=None,
        status=Activity.Status.ACCEPTED,
        reason="",
    )
    if act.id in stored:
        act.follow(stored[act.id])
    if first.cancelled:
        act.fix(reasons.CANCELLED)
    elif alone:
        _leave_alone(act, first.half, pairings)
    return act


def _leave_alone(act: Act, half: str, pairings: Pairings) -> None:
    """A single half is held until its feed's deadline; a batch that touches it later does not begin anew."""
    pairing = pairings[act.feed_id]
    over = made_at(act.id) < policies.patience_ends(pairing, timezone.now())
    if pairing.unpaired == "reject" or (pairing.unpaired == "hold" and over):
        act.fix(reasons.UNPAIRED)
    elif pairing.unpaired == "hold":
        act.fix(reasons.ENTRY_MISSING if half == "out" else reasons.AWAITING_EXIT, Activity.Status.HELD)
