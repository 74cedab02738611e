"""Deliveries: kept as received, then digested batch by batch. A digestion that died goes on where it stopped."""

import hashlib
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.linking.models import Link, digest_subject
from activities import pipeline
from activities.intake import formats, readers
from activities.intake.mapping import Draft, Mapping
from activities.intake.problems import Refused, RowError
from activities.models import Delivery, DeliveryChunk, Feed, QuarantinedRow, Scenario
from activities.outcome import Outcome
from config import secrecy
from config.problems import Problem

log = logging.getLogger(__name__)

CHUNK_BYTES = 1_048_576
RESUME_AT_ONCE = 100
CHANGED = "event_changed"


class DeliveryConflict(Problem):
    status, code, title = 409, "delivery_conflict", _("This webhook id was used before with another body.")


class FeedClosed(Problem):
    status, code, title = 409, "feed_closed", _("This feed is not open.")


@transaction.atomic
def receive(feed: Feed, door: Delivery.Door, external_id: str, body: bytes) -> tuple[Delivery, bool]:
    """Keep a body as received; return the delivery and whether it is new.

    A webhook's id is an idempotency key: the same id and body is the same delivery, the same id with another
    body raises DeliveryConflict. Raises FeedClosed where the feed or its partner is not active.
    """
    if not (feed.active and feed.partner.active):
        raise FeedClosed
    digest = hashlib.sha256(body).digest()
    values = {"content_sha256": digest, "size_bytes": len(body)}
    if door == Delivery.Door.WEBHOOK:
        delivery, new = Delivery.objects.get_or_create(feed=feed, door=door, external_id=external_id, defaults=values)
        if bytes(delivery.content_sha256) != digest:
            raise DeliveryConflict
    else:
        delivery, new = Delivery.objects.create(feed=feed, door=door, external_id=external_id, **values), True
    if new:
        DeliveryChunk.objects.bulk_create(
            DeliveryChunk(
                delivery=delivery,
                number=number,
                content_encrypted=secrecy.encrypt_bytes(body[start : start + CHUNK_BYTES]),
            )
            for number, start in enumerate(range(0, len(body), CHUNK_BYTES))
        )
    return delivery, new


def digest(delivery_id: UUID) -> Outcome:
    """Take a kept delivery in, in batches of INTAKE_BATCH_ROWS, each one transaction. May run twice or die midway.

    Raises Refused where the body as a whole cannot be read; the delivery then says so.
    """
    delivery = Delivery.objects.select_related("feed__partner").get(pk=delivery_id)
    if delivery.state == Delivery.State.DIGESTED:
        return Outcome.from_json(delivery.counts)
    try:
        work = _Work(delivery, _read_body(delivery))
    except Refused as refusal:
        _refuse(delivery, refusal)
        raise
    while work.take_batch():
        pass
    return work.outcome


def _read_body(delivery: Delivery) -> bytes:
    chunks = delivery.chunks.order_by("number").values_list("content_encrypted", flat=True)
    return b"".join(secrecy.decrypt_bytes(bytes(chunk)) for chunk in chunks)


def _refuse(delivery: Delivery, refusal: Refused) -> None:
    delivery.state, delivery.refusal, delivery.digested_at = Delivery.State.REFUSED, refusal.as_json(), timezone.now()
    delivery.save(update_fields=["state", "refusal", "digested_at"])


class _Work:
    """The digestion of one delivery: its rows, and how far it is."""

    def __init__(self, delivery: Delivery, body: bytes) -> None:
        self.delivery = delivery
        declared = formats.parse(delivery.feed.format)
        if delivery.door == Delivery.Door.WEBHOOK:
            declared = formats.of_webhook(declared)
        rows = readers.read(body, declared)
        self.mapping = Mapping(declared, rows.header)
        self.pairing = timedelta(seconds=declared.pairing.limit_s) if declared.pairing else None
        self.items = rows.items
        if self.pairing is not None:  # a subject's taps must not be torn apart by a batch
            self.items = sorted(rows.items, key=lambda item: self.mapping.read_subject(item[1]))
        self.by_line = dict(rows.items)
        self.outcome = Outcome.from_json(delivery.counts)
        self.scenarios = set(Scenario.objects.values_list("code", flat=True))

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
        if delivery.rows_done == len(self.items):
            delivery.state, delivery.digested_at = Delivery.State.DIGESTED, timezone.now()
        delivery.counts = self.outcome.as_json()
        delivery.save(update_fields=["rows_done", "state", "counts", "digested_at"])
        return delivery.state == Delivery.State.RECEIVED

    def _next_rows(self, start: int) -> Iterator[tuple[int, readers.Row]]:
        """A batch of rows, longer where the last subject's rows go on."""
        remaining = islice(self.items, start, None)
        last = ""
        for number, item in enumerate(remaining):
            if number >= settings.INTAKE_BATCH_ROWS and (
                self.pairing is None or self.mapping.read_subject(item[1]) != last
            ):
                return
            if self.pairing is not None:
                last = self.mapping.read_subject(item[1])
            yield item

    def _digest(self, batch: list[tuple[int, readers.Row]]) -> None:
        drafts: list[Draft] = []
        wrong: list[tuple[int, RowError]] = []
        outcome = Outcome(rows=len(batch))
        for line, row in batch:
            try:
                draft = self.mapping.draft(line, row)
                if draft is None:
                    outcome.skipped += 1
                elif draft.scenario not in self.scenarios:
                    raise RowError("scenario_unknown", "", f"there is no scenario {draft.scenario!r}")
                else:
                    drafts.append(draft)
            except RowError as error:
                wrong.append((line, error))
        result = pipeline.run(self.delivery, drafts, self.pairing)
        result.outcome.rows = 0
        outcome.add(result.outcome)
        wrong += [
            (line, RowError(CHANGED, "", "this event came before with other content")) for line in result.changed_lines
        ]
        outcome.quarantined += self._quarantine(wrong)
        outcome.reasons.update(error.code for _line, error in wrong)
        self.outcome.add(outcome)

    def _quarantine(self, wrong: list[tuple[int, RowError]]) -> int:
        """Keep bad rows with their reason; of people who are not linked only the reason is kept."""
        subjects = {line: self.mapping.read_subject(self.by_line[line]) for line, _error in wrong}
        linked = self._linked(set(subjects.values()))
        QuarantinedRow.objects.bulk_create(
            QuarantinedRow(
                delivery=self.delivery,
                line=line,
                code=error.code,
                field=error.field[:80],
                detail=error.detail[:300],
                content_encrypted=secrecy.encrypt(repr(self.by_line[line]))
                if not subjects[line] or subjects[line] in linked
                else "",
            )
            for line, error in wrong
        )
        return len(wrong)

    def _linked(self, subjects: set[str]) -> set[str]:
        partner = self.delivery.feed.partner
        digests = {digest_subject(partner.code, subject): subject for subject in subjects if subject}
        live = Link.objects.filter(partner=partner, ended_at=None, subject_digest__in=list(digests))
        return {digests[bytes(found)] for found in live.values_list("subject_digest", flat=True)}


def resume(before: datetime) -> int:
    """Digest what was received before an instant and is still waiting: its worker died. Returns how many.

    A delivery that is still being digested elsewhere comes to no harm: each batch locks it and goes on where it is.
    """
    waiting = Delivery.objects.filter(state=Delivery.State.RECEIVED, received_at__lt=before)
    resumed = list(waiting.order_by("id").values_list("id", flat=True)[:RESUME_AT_ONCE])
    for delivery_id in resumed:
        try:
            digest(delivery_id)
        except Problem as problem:  # the next delivery is not to wait for this one
            log.warning("delivery %s was not digested: %s", delivery_id, problem.code)
    return len(resumed)


def purge_raw() -> int:
    """Delete raw bodies older than RAW_RETENTION_HOURS; return how many chunks went."""
    before = timezone.now() - timedelta(hours=settings.RAW_RETENTION_HOURS)
    deleted, _rows = DeliveryChunk.objects.filter(delivery__received_at__lt=before).delete()
    return deleted
