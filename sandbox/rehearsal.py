"""A partner's file taken in for show: as a delivery, and once more, with its people linked. Nothing of it stays."""

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.db import transaction

from activities.intake import deliveries
from activities.models import Delivery, Feed, QuarantinedRow
from activities.outcome import Outcome
from sandbox import enrolment

SHOWN = 10
COUNTS = ("rows", "accepted", "held", "rejected", "cancelled", "corrected", "skipped", "unlinked")


@dataclass(frozen=True)
class Rehearsal:
    """What became of a body, and of the same body again; the first bad rows; how long the first time took."""

    size_bytes: int
    first: Outcome
    again: Outcome
    wrong: list[QuarantinedRow]
    took_s: float

    def describe(self) -> list[str]:
        first = self.first
        lines = [f"{name:14} {count:>8,}" for name in COUNTS if (count := getattr(first, name)) or name == "rows"]
        lines.append(f"{'duplicates':14} {first.duplicates:>8,}, and {self.again.duplicates:,} when it comes again")
        lines.append(f"{'quarantined':14} {first.quarantined:>8,}")
        lines += [f"  line {row.line}: {row.code}: {row.field or 'row'}: {row.detail}" for row in self.wrong]
        reasons = {name: count for name, count in first.reasons.items() if name not in {row.code for row in self.wrong}}
        if reasons:
            lines.append("not counted:   " + ", ".join(f"{name} {count:,}" for name, count in sorted(reasons.items())))
        lines.append(f"{'credited':14} {first.reduction_mg / 1_000_000:>8,.2f} kg, {first.points:,} points")
        lines.append(f"{'took':14} {self.took_s:>8.2f} s, {first.rows / self.took_s:,.0f} rows a second")
        return lines


def rehearse(feed: Feed, path: Path, door: Delivery.Door) -> Rehearsal:
    """Raises Refused, FeedClosed, OSError."""
    with transaction.atomic():
        enrolment.enrol(path, feed)
        started = time.perf_counter()
        delivery_id, first = _take(feed, path, door)
        took_s = time.perf_counter() - started
        wrong = list(QuarantinedRow.objects.filter(delivery=delivery_id).order_by("line")[:SHOWN])
        _delivery_id, again = _take(feed, path, door)
        transaction.set_rollback(True)
    return Rehearsal(path.stat().st_size, first, again, wrong, took_s)


def _take(feed: Feed, path: Path, door: Delivery.Door) -> tuple[UUID, Outcome]:
    with path.open("rb") as content:
        delivery, _new = deliveries.receive(feed, door, path.name[-128:], content)
    return delivery.pk, deliveries.digest(delivery.pk)
