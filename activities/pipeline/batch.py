"""One batch of drafts, or citizens' days to be judged again: one transaction, citizens locked by their tallies."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.types.datetime import TimestamptzLoader

from accounts.models import Partner
from activities import crediting
from activities.intake.drafts import Draft
from activities.integrity import instruments, reasons
from activities.models import Activity, Delivery, Instrument, Reduction, Scenario
from activities.outcome import Outcome, round_up
from activities.pipeline import arrivals, books, days, journeys, quantities
from activities.pipeline.act import COLUMNS, Act
from activities.pipeline.arrivals import Event
from activities.pipeline.judging import Court
from config import secrecy
from config.clock import city_day
from config.identifiers import new_ids


@transaction.atomic
def run(delivery: Delivery, drafts: Sequence[Draft]) -> Outcome:
    """Take a batch of drafts in. Running it again with the same drafts changes nothing.

    Raises nothing on account of single rows.
    """
    with _cursor() as cursor:
        _probe(cursor, "off")
        arrived = arrivals.take(cursor, delivery, drafts)
        remainders = arrived.remainders
        acts, events, own = _compose(cursor, delivery, arrived.events)
        touched = {(act.citizen_id, act.city_day) for act in acts}
        touched |= {(act.citizen_id, act.before.city_day) for act in acts if act.before}
        instruments.note(cursor, _uses(acts))
        booked = _judge(cursor, touched, {act.id: act for act in acts}, remainders, Reduction.Cause.REJUDGED)
        books.write_events(cursor, events)
        _probe(cursor, "on")
    outcome = Outcome(rows=len(drafts), unlinked=arrived.unlinked, duplicates=arrived.duplicates)
    outcome.corrected, outcome.cancelled = arrived.corrected, arrived.cancelled
    outcome.reduction_mg, outcome.points = booked.reduction_mg, booked.points
    _count(outcome, own, delivery.received_at)
    return outcome


@transaction.atomic
def find_linked(partner: Partner, subjects: Iterable[str]) -> set[str]:
    """Those of a partner's subjects that are linked now."""
    with _cursor() as cursor:
        _probe(cursor, "off")
        found = arrivals.resolve(cursor, partner, subjects)
        _probe(cursor, "on")
    return set(found)


@transaction.atomic
def rejudge(citizen_days: Iterable[tuple[UUID, date]], cause: str = Reduction.Cause.REJUDGED) -> crediting.Booked:
    """Judge and quantify days again, after a person's decision or a change of rules, and book the difference."""
    touched = set(citizen_days)
    with _cursor() as cursor:
        _probe(cursor, "off")
        remainders = crediting.lock(cursor, {citizen_id for citizen_id, _day in touched})
        booked = _judge(cursor, touched, {}, remainders, cause)
        _probe(cursor, "on")
    return booked


def _uses(acts: Iterable[Act]) -> Iterable[instruments.Use]:
    for act in acts:
        if act.payer is not None:
            yield Instrument.Kind.PAYER.value, act.payer, act.citizen_id
        if act.device is not None:
            yield Instrument.Kind.DEVICE.value, act.device, act.citizen_id


def _cursor() -> CursorWrapper:
    """A cursor that reads instants by the driver's own means; Django's way is in Python and takes ten times as long."""
    cursor = connection.cursor()
    cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
    return cursor


def _probe(cursor: CursorWrapper, scans: str) -> None:
    """A batch is small beside the tables it touches: they are probed by their indexes, whatever statistics say."""
    cursor.execute(
        f"SET LOCAL enable_seqscan = {scans}; SET LOCAL enable_hashjoin = {scans}; SET LOCAL enable_mergejoin = {scans}"
    )


def _judge(
    cursor: CursorWrapper,
    touched: set[tuple[UUID, date]],
    held: dict[UUID, Act],
    remainders: dict[UUID, int],
    cause: str,
) -> crediting.Booked:
    if not touched:
        return crediting.Booked()
    court = Court()
    acts = days.gather(cursor, touched, held, court.until_s, court.book.reach_s, court.instant_s, court.book.monthly)
    evidence = court.judge(acts)
    worths = quantities.quantify(acts, court.bodies, court.until_s)
    booked = books.settle(cursor, acts, worths, remainders, cause)
    books.write_acts(cursor, acts, evidence)
    return booked


def _compose(
    cursor: CursorWrapper, delivery: Delivery, events: Sequence[Event]
) -> tuple[list[Act], list[Event], list[Act]]:
    """All activities that what was told makes or touches, the events to be written, and what this batch told itself."""
    changed = [event for event in events if event.changed]
    stored = _stored(cursor, [event.activity_id for event in changed if event.activity_id])
    scenarios = dict(Scenario.objects.values_list("code", "pk"))
    ids = new_ids()
    whole = [_whole(delivery, event, stored, scenarios, ids) for event in changed if not event.half]
    halves = [event for event in changed if event.half]
    for event in halves:
        if event.draft is not None:
            event.told = _tell_half(delivery, event, event.draft, scenarios)
    of_halves = {event.activity_id for event in halves}
    around = {key: act for key, act in stored.items() if key in of_halves}
    joined, moved = journeys.compose(cursor, halves, around)
    told = {event.activity_id for event in halves}
    own = whole + [act for act in joined if act.id in told]
    written = {(event.key, event.citizen_id): event for event in (*events, *moved)}
    return whole + joined, list(written.values()), own


def _stored(cursor: CursorWrapper, ids: list[UUID]) -> dict[UUID, Act]:
    if not ids:
        return {}
    cursor.execute(f"SELECT {COLUMNS} FROM activities_activity WHERE id = ANY(%s)", [ids])  # noqa: S608  our own names
    return {row[0]: Act.stored(row) for row in cursor.fetchall()}


def _whole(
    delivery: Delivery, event: Event, stored: dict[UUID, Act], scenarios: dict[str, int], ids: Iterator[UUID]
) -> Act:
    """The activity that a whole event is."""
    known = stored[event.activity_id] if event.activity_id else None
    if event.draft is not None:
        act = _act(known.id if known else next(ids), delivery, event, event.draft, scenarios)
        if known is not None:
            act.follow(known)
    elif known is not None:
        act = known
    else:
        raise LookupError(event.key)
    event.activity_id, act.fixed = act.id, ""
    if event.cancelled:
        act.fix(reasons.CANCELLED)
    return act


def _act(identity: UUID, delivery: Delivery, event: Event, draft: Draft, scenarios: dict[str, int]) -> Act:
    partner = delivery.feed.partner.code
    return Act(
        identity,
        event.key,
        event.citizen_id,
        event.link_id,
        delivery.feed_id,
        event.delivery_id,
        scenarios[draft.scenario],
        draft.started_at,
        draft.ended_at,
        city_day(draft.started_at),
        draft.distance_m,
        draft.distance_basis,
        draft.quantity,
        draft.evidence or delivery.feed.evidence,
        draft.displacement_m,
        _number(draft.origin) if draft.origin else digest_place(partner, draft.place),
        _number(draft.destination),
        draft.amount_fen,
        draft.category or None,
        draft.energy_wh,
        _number(draft.payer),
        _number(draft.device),
        draft.traits,
        None,
        Activity.Status.ACCEPTED,
        "",
    )


def _tell_half(delivery: Delivery, event: Event, draft: Draft, scenarios: dict[str, int]) -> dict[str, Any]:
    """What a half says, kept with its event, since the journey that it makes may be made anew."""
    cell = draft.destination if draft.half == "out" else draft.origin
    told = {
        "at": draft.started_at.isoformat(),
        "link_id": str(event.link_id),
        "feed_id": delivery.feed_id,
        "scenario_id": scenarios[draft.scenario],
        "evidence": draft.evidence or delivery.feed.evidence,
        "distance_m": draft.distance_m,
        "distance_basis": draft.distance_basis if draft.distance_m is not None else None,
        "quantity": draft.quantity,
        "place": _number(cell) if cell else digest_place(delivery.feed.partner.code, draft.place),
        "amount_fen": draft.amount_fen,
        "category": draft.category or None,
        "energy_wh": draft.energy_wh,
        "payer": _number(draft.payer),
        "device": _number(draft.device),
    }
    return {name: value for name, value in told.items() if value is not None}


def digest_place(partner_code: str, place: str) -> int | None:
    """A place of a partner as a keyed 63-bit number; None where there is none."""
    return _number(secrecy.digest("place", partner_code, place)) if place else None


def _number(digest: bytes | None) -> int | None:
    """A digest as a 63-bit number."""
    return None if digest is None else int.from_bytes(digest[:8]) >> 1


def _count(outcome: Outcome, acts: Iterable[Act], received_at: datetime) -> None:
    for act in acts:
        late_s = (received_at - (act.ended_at or act.started_at)).total_seconds()
        outcome.lateness[round_up(late_s)] += 1
        if act.distance_m is not None:
            outcome.measured += 1
            outcome.distance_m += act.distance_m
        setattr(outcome, act.status, getattr(outcome, act.status) + 1)
        if act.reason:
            outcome.reasons[act.reason] += 1
