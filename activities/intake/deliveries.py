"""Deliveries: kept as received, then digested batch by batch. A digestion that died goes on where it stopped."""

import hashlib
from collections import deque
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activities import pipeline, retention
from activities.intake import chunks, formats, quarantine, readers
from activities.intake.chunks import BodyTooLarge as BodyTooLarge
from activities.intake.drafts import AHEAD
from activities.intake.mapping import Draft, Mapping
from activities.intake.problems import Refused, RowError
from activities.intake.rows import Items, Row
from activities.models import Contract, Delivery, DeliveryChunk, Feed, Scenario, Supervision
from activities.outcome import Outcome
from config import memory
from config.clock import city_day
from config.problems import Problem

LEFT_BEHIND_AT_ONCE = 100
FAILURES_MAX = 5
NAME_CHARACTERS = 128
PASSING = (OperationalError, InterfaceError, OSError)
"""A full disk, a database that restarts: nothing about the delivery, and tried again for as long as it takes."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SORTED_ROWS = 200_000
"""How many rows of a feed with pairing are sorted in memory at a time."""


class DeliveryConflict(Problem):
    status, code, title = 409, "delivery_conflict", _("This webhook id was used before with another body.")


class StoreUnavailable(Problem):
    status, code, title = (
        503,
        "store_unavailable",
        _("The delivery could not be kept. Nothing of it was; send it again."),
    )


class FeedClosed(Problem):
    status, code, title = 409, "feed_closed", _("This feed is not open.")


@transaction.atomic
def receive(
    feed: Feed,
    door: Delivery.Door,
    external_id: str,
    content: bytes | BinaryIO,
    sent_at: datetime | None = None,
) -> tuple[Delivery, bool]:
    """Keep a body as received; return the delivery and whether it is new.

    `sent_at` is when the partner made it, where the door can tell: of two tellings of an event the one made later
    counts, whichever came first. A clock that is ahead of ours is not believed.

    A webhook's id is an idempotency key: the same id and body is the same delivery, the same id with another
    body raises DeliveryConflict. Raises FeedClosed where the feed or its partner is not active, BodyTooLarge.
    """
    check_open(feed)
    external_id = fit(external_id)
    made_at = max(EPOCH, min(sent_at, timezone.now())) if sent_at else None
    if isinstance(content, bytes) and door == Delivery.Door.WEBHOOK:
        values = {"content_sha256": hashlib.sha256(content).digest(), "size_bytes": len(content), "sent_at": made_at}
        delivery, new = Delivery.objects.get_or_create(feed=feed, door=door, external_id=external_id, defaults=values)
        if bytes(delivery.content_sha256) != values["content_sha256"]:
            raise DeliveryConflict
        if new:
            chunks.store(delivery, content)
        return delivery, new
    delivery = Delivery.objects.create(
        feed=feed, door=door, external_id=external_id, content_sha256=b"", size_bytes=0, sent_at=made_at
    )
    delivery.content_sha256, delivery.size_bytes = chunks.store(delivery, content)
    delivery.save(update_fields=["content_sha256", "size_bytes"])
    return delivery, True


def fit(name: str) -> str:
    """The name under which a delivery came, as its column holds it: of a long one a digest and the end."""
    if len(name) <= NAME_CHARACTERS:
        return name
    return f"{hashlib.sha256(name.encode()).hexdigest()[:32]}…{name[-90:]}"


def refuse_unread(feed: Feed, door: Delivery.Door, external_id: str, size_bytes: int, detail: str) -> Delivery:
    """A body that is not even fetched, kept as a refusal so that staff and partner see it."""
    delivery = Delivery.objects.create(
        feed=feed, door=door, external_id=external_id, content_sha256=b"", size_bytes=size_bytes
    )
    _refuse(delivery, Refused("body_too_large", detail))
    return delivery


def check_open(feed: Feed) -> None:
    """Raises FeedClosed where the feed may not deliver now, saying why."""
    if not (feed.active and feed.partner.active):
        raise FeedClosed
    if Supervision.objects.filter(partner=feed.partner_id, suspended_at__isnull=False).exists():
        raise FeedClosed(_("The partner's deliveries are suspended; the city's staff can lift it."))
    contracts, today = Contract.objects.filter(partner=feed.partner_id), city_day(timezone.now())
    in_force = contracts.filter(valid_from__lte=today).exclude(valid_until__lt=today)
    if contracts.exists() and not in_force.exists():
        raise FeedClosed(_("No contract of the partner is in force."))


def digest(delivery_id: UUID) -> Outcome:
    """Take a kept delivery in, in batches of INTAKE_BATCH_ROWS, each one transaction. May run twice or die midway.

    Raises Refused where the body as a whole cannot be read; the delivery then says so. What nobody foresaw is tried
    FAILURES_MAX times; then the delivery has failed, until staff let it be tried again.
    """
    delivery = Delivery.objects.select_related("feed__partner").get(pk=delivery_id)
    if delivery.state in (Delivery.State.DIGESTED, Delivery.State.FAILED):
        return Outcome.from_json(delivery.counts)
    try:
        return _digest(delivery)
    except PASSING:
        raise
    except Exception as error:
        if delivery.state == Delivery.State.RECEIVED:
            _fail(delivery, error)
        raise


def _digest(delivery: Delivery) -> Outcome:
    try:
        work = _Work(delivery)
    except Refused as refusal:
        _refuse(delivery, refusal)
        raise
    while work.take_batch():
        pass
    return work.outcome


def _fail(delivery: Delivery, error: Exception) -> None:
    """Count a failure that is ours. Its text may quote a row, so that only its kind is kept; the log has the rest."""
    reason = {"code": "failed", "field": "", "detail": type(error).__name__}
    waiting = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RECEIVED)
    waiting.update(failures=F("failures") + 1)
    waiting.filter(failures__gte=FAILURES_MAX).update(
        state=Delivery.State.FAILED, refusal=reason, digested_at=timezone.now()
    )


def try_again(delivery: Delivery) -> bool:
    """Let a delivery that failed wait for its digestion again; false where it has not failed."""
    failed = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED)
    return bool(failed.update(state=Delivery.State.RECEIVED, refusal=None, digested_at=None, failures=0))


def _refuse(delivery: Delivery, refusal: Refused) -> None:
    delivery.state, delivery.refusal, delivery.digested_at = Delivery.State.REFUSED, refusal.as_json(), timezone.now()
    delivery.save(update_fields=["state", "refusal", "digested_at"])


class _Work:
    """The digestion of one delivery: its rows as a stream, and how far it is."""

    def __init__(self, delivery: Delivery) -> None:
        self.delivery = delivery
        self.declared = formats.parse(delivery.feed.format)
        if delivery.door == Delivery.Door.WEBHOOK:
            self.declared = formats.of_webhook(self.declared)
        stream = self._open()
        self.mapping = Mapping(self.declared, stream.header, delivery.feed.partner.code)
        self.strangers = Mapping(self.declared, stream.header, kept=False)
        # read once to its end before anything is taken in: a body that breaks off is refused whole
        if delivery.rows_done == 0:
            deque(stream.items, maxlen=0)
        rows = iter(self._open().items)
        self.items = self._by_subject(rows) if self.declared.pairing else rows
        self.position = 0
        self.ahead = next(self.items, None)
        self.outcome = Outcome.from_json(delivery.counts)
        self.scenarios = set(Scenario.objects.values_list("code", flat=True))

    def _open(self) -> readers.Stream | readers.Rows:
        body = chunks.open_body(self.delivery)
        if self.delivery.door == Delivery.Door.WEBHOOK:
            return readers.read_webhook(body.read(), self.declared)
        return readers.open_stream(body, self.delivery.size_bytes, self.declared, _name_file(self.delivery))

    def _by_subject(self, rows: Items) -> Items:
        """The rows, a stretch at a time, with the taps of a person side by side.

        The pipeline pairs halves wherever they come from; but those that it meets in one batch are booked once,
        while a half that comes alone is judged again with the other.
        """
        while stretch := list(islice(rows, SORTED_ROWS)):
            yield from sorted(stretch, key=lambda item: self.mapping.read_subject(item[1]))

    @memory.uncollected()
    @transaction.atomic
    def take_batch(self) -> bool:
        """Digest the next rows; false when there are none. What is written counts the rows it took."""
        delivery = Delivery.objects.select_for_update().get(pk=self.delivery.pk)
        self.outcome = Outcome.from_json(delivery.counts)
        if delivery.state != Delivery.State.RECEIVED:
            return False
        batch = list(self._next_rows(delivery.rows_done))
        if batch:
            self._digest(batch)
            delivery.rows_done += len(batch)
        if self.ahead is None:
            delivery.state, delivery.digested_at = Delivery.State.DIGESTED, timezone.now()
        delivery.counts = self.outcome.as_json()
        delivery.save(update_fields=["rows_done", "state", "counts", "digested_at"])
        return delivery.state == Delivery.State.RECEIVED

    def _next_rows(self, start: int) -> Items:
        """A batch of rows; of a feed with pairing longer where the last person's taps go on."""
        while self.position < start and self.ahead is not None:  # done by a run before this one
            self._step()
        taken, last = 0, ""
        while self.ahead is not None:
            item = self.ahead
            subject = self.mapping.read_subject(item[1]) if self.declared.pairing else ""
            if taken >= settings.INTAKE_BATCH_ROWS and (subject != last or not subject):
                return
            taken, last = taken + 1, subject
            self._step()
            yield item

    def _step(self) -> None:
        self.ahead = next(self.items, None)
        self.position += 1

    def _digest(self, batch: list[tuple[int, Row]]) -> None:
        drafts: list[Draft] = []
        wrong: list[quarantine.Wrong] = []
        outcome = Outcome(rows=len(batch))
        until, horizon = timezone.now() + AHEAD, retention.horizon_of_batch()
        subjects = [self.mapping.read_subject(row) for _line, row in batch]
        linked = pipeline.find_linked(self.delivery.feed.partner, set(subjects))
        for subject, (line, row) in zip(subjects, batch, strict=True):
            try:
                known = not subject or subject in linked
                draft = (self.mapping if known else self.strangers).draft(line, row)
                if draft is None:
                    outcome.skipped += 1
                elif draft.action == "event" and draft.scenario not in self.scenarios:
                    raise RowError("scenario_unknown", "", f"there is no scenario {draft.scenario!r}")
                elif draft.action == "event" and draft.started_at > until:
                    raise RowError("in_the_future", "", f"it starts at {draft.started_at.isoformat()}")
                elif draft.action == "event" and horizon and draft.started_at < horizon:
                    raise RowError("too_old", "", f"it starts before {horizon.isoformat()}, when details begin")
                elif draft.action == "event" and not known:
                    outcome.unlinked += 1
                else:
                    drafts.append(draft)
            except RowError as error:
                wrong.append((line, error, row))
        taken = pipeline.run(self.delivery, drafts)
        taken.rows = 0
        outcome.add(taken)
        whose = [self.mapping.read_subject(row) for _line, _error, row in wrong]
        several = self.declared.split is not None
        outcome.quarantined += quarantine.keep(self.delivery, wrong, whose, linked, several=several)
        outcome.reasons.update(error.code for _line, error, _row in wrong)
        self.outcome.add(outcome)


def _name_file(delivery: Delivery) -> str:
    """The name under which it came; what lies in a store has the mark of its content behind it."""
    stored = delivery.door == Delivery.Door.STORE
    return delivery.external_id.rpartition("@")[0] if stored else delivery.external_id


@transaction.atomic
def left_behind(before: datetime, known: Collection[UUID]) -> list[Delivery]:
    """What was received before an instant and still waits, without what is `known` to be queued or in work now."""
    waiting = Delivery.objects.filter(state=Delivery.State.RECEIVED, received_at__lt=before).exclude(pk__in=known)
    return list(waiting.select_for_update(skip_locked=True).order_by("id")[:LEFT_BEHIND_AT_ONCE])


def old_raw() -> QuerySet[DeliveryChunk]:
    """Parts of raw bodies that were understood or refused RAW_RETENTION_HOURS ago.

    What still waits is kept, for the partner was told that it arrived. What failed is kept as long as bad rows are.
    """
    now, state = timezone.now(), Delivery.State
    done = Q(delivery__state__in=(state.DIGESTED, state.REFUSED))
    done &= Q(delivery__received_at__lt=now - timedelta(hours=settings.RAW_RETENTION_HOURS))
    failed = Q(delivery__state=state.FAILED)
    failed &= Q(delivery__received_at__lt=now - timedelta(days=settings.QUARANTINE_RETENTION_DAYS))
    return DeliveryChunk.objects.filter(done | failed)


def purge_raw() -> int:
    """Delete the old ones; return how many went."""
    return old_raw().delete()[0]
