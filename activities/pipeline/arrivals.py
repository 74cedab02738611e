"""What partners tell of events: new ones, corrections, cancellations, and what was told before.

An event is known by (partner, external id). Of its tellings the latest counts: by the partner's revision, then by
the time at which the partner made the delivery, then by the line. A cancellation beats every telling whose revision
is not higher than its own; without a revision it beats all. Told for several people, an event is the one's for whom
it was told latest, and counts as cancelled for the others. Keeping the greatest is the same in any order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Min

from accounts.linking.models import digest_subject
from activities import crediting
from activities.intake.drafts import AHEAD, Draft
from activities.models import Delivery
from activities.pipeline.act import read_json
from config import copying, secrecy
from config.identifiers import made_at

FOREVER = 2**62
"""The revision of a cancellation for which the partner gives none."""

NOBODY = UUID(int=0)

_TOLD = (
    "SELECT * FROM activities_event WHERE NOT cancelled AND key = ANY(%s::uuid[])"
    " UNION ALL SELECT * FROM activities_event WHERE cancelled AND key = ANY(%s::uuid[])"
)
"""Events by their keys: one index holds those that stand, another those that were taken back."""

Rank = tuple[int, datetime, int, bytes]


class Owner(NamedTuple):
    citizen_id: UUID
    link_id: UUID
    reads_from: datetime


@dataclass(slots=True)
class Event:
    """An event after a batch: what was told last (`draft`; None where this batch tells nothing new of it).

    `link_id` is NOBODY's until something new is told.
    """

    key: UUID
    citizen_id: UUID
    link_id: UUID
    rank: Rank
    half: str
    delivery_id: UUID
    id: UUID | None = None
    activity_id: UUID | None = None
    draft: Draft | None = None
    told: dict[str, Any] | None = None
    cancelled: bool = False
    changed: bool = False
    later: bool = False


@dataclass(slots=True)
class Arrivals:
    """Events that are new, told otherwise or cancelled; `later` ones only told again; and the counts of rows.

    `remainders` are those of the citizens, whose tallies are locked.
    """

    events: list[Event] = field(default_factory=list)
    remainders: dict[UUID, int] = field(default_factory=dict)
    unlinked: int = 0
    duplicates: int = 0
    corrected: int = 0
    cancelled: int = 0


def digest_event(partner_code: str, external_id: str) -> UUID:
    return UUID(bytes=secrecy.digest("event", partner_code, external_id))


def take(cursor: CursorWrapper, delivery: Delivery, drafts: Sequence[Draft]) -> Arrivals:
    """Resolve whose the drafts are, lock these citizens, and compare with what was told before."""
    partner = delivery.feed.partner
    keyed = [(digest_event(partner.code, draft.external_id), draft) for draft in drafts]
    _guard(cursor, partner.pk, any(draft.action == "cancel" and not draft.subject for draft in drafts))
    owners = resolve(cursor, partner, {draft.subject for draft in drafts})
    cancels = [(key, draft) for key, draft in keyed if draft.action == "cancel"]
    hit = _citizens_of(cursor, [key for key, _draft in cancels]) if cancels else set()
    told = [(key, draft, owners.get(draft.subject)) for key, draft in keyed if draft.action == "event"]
    own = [(key, draft, owner) for key, draft, owner in told if owner and draft.started_at >= owner.reads_from]
    arrivals = Arrivals(unlinked=len(told) - len(own))
    citizens = {owner.citizen_id for _key, _draft, owner in own} | {citizen_id for _key, citizen_id in hit}
    arrivals.remainders, known = _lock(cursor, citizens, [key for key, _draft in keyed])
    struck = {key for key, _citizen_id in hit}
    meant = [(key, draft) for key, draft in cancels if key in struck or draft.subject in {*owners, ""}]
    _remember(cursor, meant)
    arrivals.unlinked += len(cancels) - len(meant)
    told_at = _told_at(delivery) if known else (delivery.sent_at or delivery.received_at)
    for key, draft, owner in own:
        _tell(arrivals, known, delivery, told_at, key, draft, owner)
    _cancel(cursor, known, arrivals)
    arrivals.events = [event for event in known.values() if event.changed or event.later]
    return arrivals


def _guard(cursor: CursorWrapper, partner_id: int, alone: bool) -> None:
    """A cancellation that names no person must not pass by its event in another transaction."""
    lock = "pg_advisory_xact_lock" if alone else "pg_advisory_xact_lock_shared"
    cursor.execute(f"SELECT {lock}(%s, %s)", [0x4556, partner_id])


def resolve(cursor: CursorWrapper, partner: Any, subjects: Iterable[str]) -> dict[str, Owner]:
    """Live links by subject."""
    digests = {digest_subject(partner.code, subject): subject for subject in subjects if subject}
    cursor.execute(
        "SELECT subject_digest, citizen_id, id, reads_from FROM linking_link"
        " WHERE partner_id = %s AND ended_at IS NULL AND subject_digest = ANY(%s::bytea[])",
        [partner.pk, copying.array(copying.binaries(digests))],
    )
    return {digests[bytes(digest)]: Owner(*owner) for digest, *owner in cursor.fetchall()}


def _citizens_of(cursor: CursorWrapper, keys: list[UUID]) -> set[tuple[UUID, UUID]]:
    """For whom the events were told."""
    cursor.execute(f"SELECT key, citizen_id FROM ({_TOLD}) AS e", [keys, keys])  # noqa: S608  our own names
    return set(cursor.fetchall())


def _lock(
    cursor: CursorWrapper, citizens: set[UUID], keys: list[UUID]
) -> tuple[dict[UUID, int], dict[tuple[UUID, UUID], Event]]:
    """Lock the citizens, and with them whoever else the events were told for; return remainders and the events.

    Locks are taken in the order of ids, so where somebody else turns up all are let go and taken anew.
    """
    while True:
        before = transaction.savepoint()
        remainders, known = crediting.lock(cursor, citizens), _known(cursor, keys)
        others = {citizen_id for _key, citizen_id in known} - citizens
        if not others:
            transaction.savepoint_commit(before)
            return remainders, known
        transaction.savepoint_rollback(before)
        citizens = citizens | others


def _remember(cursor: CursorWrapper, cancels: Sequence[tuple[UUID, Draft]]) -> None:
    """Keep cancellations, for events that come later."""
    latest: dict[UUID, int] = {}
    for key, draft in cancels:
        revision = FOREVER if draft.revision is None else draft.revision
        latest[key] = max(latest.get(key, revision), revision)
    if latest:
        cursor.execute(
            "INSERT INTO activities_cancellation AS c (key, revision) SELECT * FROM unnest(%s::uuid[], %s::bigint[])"
            " ON CONFLICT (key) DO UPDATE SET revision = greatest(c.revision, excluded.revision)",
            [list(latest), list(latest.values())],
        )


def _known(cursor: CursorWrapper, keys: list[UUID]) -> dict[tuple[UUID, UUID], Event]:
    wanted = copying.array(copying.uuids(keys))
    cursor.execute(
        "SELECT e.key, e.citizen_id, e.revision, coalesce(d.sent_at, d.received_at), e.line, e.content_digest, e.half,"  # noqa: S608  our own names
        " e.delivery_id, e.id, e.activity_id, e.told, e.cancelled"
        f" FROM ({_TOLD}) AS e JOIN activities_delivery d ON d.id = e.delivery_id",
        [wanted, wanted],
    )
    return {
        (key, citizen_id): Event(
            key,
            citizen_id,
            NOBODY,
            (revision, told_at, line, bytes(digest)),
            half,
            delivery_id,
            event_id,
            activity_id,
            None,
            read_json(told),
            cancelled,
        )
        for (
            key, citizen_id, revision, told_at, line, digest, half, delivery_id, event_id, activity_id, told, cancelled
        ) in cursor.fetchall()
    }  # fmt: skip


def _told_at(delivery: Delivery) -> datetime:
    """When the partner made the delivery; the same body received again is as old as its first receipt."""
    if delivery.sent_at is not None:
        return delivery.sent_at
    same = Delivery.objects.filter(feed_id=delivery.feed_id, content_sha256=delivery.content_sha256)
    first: datetime = same.aggregate(first=Min("received_at"))["first"] or delivery.received_at
    return first


def _tell(
    arrivals: Arrivals,
    known: dict[tuple[UUID, UUID], Event],
    delivery: Delivery,
    told_at: datetime,
    key: UUID,
    draft: Draft,
    owner: Owner,
) -> None:
    rank: Rank = (draft.revision or 0, told_at, draft.line, draft.content_digest)
    event = known.get((key, owner.citizen_id))
    if event is None:
        known[key, owner.citizen_id] = Event(
            key, owner.citizen_id, owner.link_id, rank, draft.half, delivery.pk, draft=draft, changed=True
        )
        return
    same = event.rank[3] == rank[3]
    # a whole journey does not become a tap, nor a tap a journey; nor does anything happen after it was told
    alike = bool(event.half) == bool(draft.half) and (event.id is None or draft.started_at <= made_at(event.id) + AHEAD)
    if rank > event.rank and alike:
        event.rank, event.delivery_id = rank, delivery.pk
        event.later = True
        if not same:
            event.draft, event.half, event.link_id, event.changed = draft, draft.half, owner.link_id, True
    if same or not alike or rank < event.rank:
        arrivals.duplicates += 1
    else:
        arrivals.corrected += 1


def _cancel(cursor: CursorWrapper, known: dict[tuple[UUID, UUID], Event], arrivals: Arrivals) -> None:
    """Mark what is cancelled or told for somebody else, or no longer is because it is told anew."""
    latest = _latest(known.values())
    cursor.execute(
        "SELECT key, revision FROM activities_cancellation WHERE key = ANY(%s::uuid[])",
        [copying.array(copying.uuids(key for key, _citizen in known))],
    )
    revisions = dict(cursor.fetchall())
    for event in known.values():
        taken_back = event.key in revisions and revisions[event.key] >= event.rank[0]
        cancelled = taken_back or latest[event.key] is not event
        if cancelled != event.cancelled:
            event.cancelled, event.changed = cancelled, True
            arrivals.cancelled += taken_back
            arrivals.corrected += cancelled and not taken_back and event.id is not None


def _latest(events: Iterable[Event]) -> dict[UUID, Event]:
    """Of each key the event that was told last, whoever it was told for."""
    latest: dict[UUID, Event] = {}
    for event in events:
        other = latest.setdefault(event.key, event)
        if (event.rank, event.citizen_id) > (other.rank, other.citizen_id):
            latest[event.key] = event
    return latest
