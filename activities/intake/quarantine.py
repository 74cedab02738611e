"""Rows that could not be understood: kept with their reason, and handed back to the partner as CSV."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.linking.models import Link, digest_subject
from activities.intake.problems import RowError
from activities.intake.rows import Row
from activities.models import Delivery, QuarantinedRow
from config import spreadsheets

CONTENT_CHARACTERS = 20_000
"""How much of a bad row is kept: that of grouped points can be very long."""
DECIMAL = re.compile(r"Decimal\('([^']*)'\)")
COLUMNS = ("line", "code", "field", "detail", "row")

Wrong = tuple[int, RowError, Row]


def keep(delivery: Delivery, wrong: list[Wrong], subjects: list[str], linked: set[str], *, several: bool) -> int:
    """Keep bad rows; of people who are not `linked` no more than what was wrong in which field. Returns how many rows.

    `several` is for rows that are split: of their pieces the first one stands for all.
    """
    partner, rows = delivery.feed.partner.code, []
    for (line, error, row), subject in zip(wrong, subjects, strict=True):
        kept = QuarantinedRow(delivery=delivery, line=line, code=error.code, field=error.field[:80])
        if not subject or subject in linked:
            kept.detail, kept.content = error.detail[:300], _show(row)
            kept.subject_digest = digest_subject(partner, subject) if subject else None
        rows.append(kept)
    QuarantinedRow.objects.bulk_create(rows, ignore_conflicts=several)
    return len(wrong)


def _show(row: Row) -> str:
    """A row as it came, with numbers as such."""
    return DECIMAL.sub(r"\1", repr(row))[:CONTENT_CHARACTERS]


def forget(citizen_id: UUID) -> None:
    """Blank what is kept of a person's rows."""
    for link in Link.objects.filter(citizen_id=citizen_id):
        of_partner = QuarantinedRow.objects.filter(delivery__feed__partner=link.partner_id)
        _blank(of_partner.filter(subject_digest=link.subject_digest))


def forget_unlinked() -> int:
    """Blank what is kept of rows of people who are linked no more; return how many rows."""
    live = Link.objects.filter(
        partner=OuterRef("delivery__feed__partner"), subject_digest=OuterRef("subject_digest"), ended_at=None
    )
    return _blank(QuarantinedRow.objects.filter(subject_digest__isnull=False).exclude(Exists(live)))


def _blank(rows: QuerySet[QuarantinedRow]) -> int:
    return rows.update(subject_digest=None, detail="", content_encrypted="")


def old() -> QuerySet[QuarantinedRow]:
    """Those kept for QUARANTINE_RETENTION_DAYS."""
    before = timezone.now() - timedelta(days=settings.QUARANTINE_RETENTION_DAYS)
    return QuarantinedRow.objects.filter(created_at__lt=before)


def purge() -> int:
    """Delete the old ones; return how many went."""
    return old().delete()[0]


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def as_csv(delivery: Delivery) -> Iterator[str]:
    """The quarantined rows of a delivery in the order of their lines, for the partner; read as they are written."""
    writer: Any = csv.writer(_Echo())
    yield "\ufeff"  # without it spreadsheets take the text for another encoding
    yield writer.writerow(COLUMNS)
    for row in delivery.quarantined.order_by("line").iterator(chunk_size=2000):
        content = row.content if row.content_encrypted else ""
        yield writer.writerow([row.line, *map(spreadsheets.as_text, (row.code, row.field, row.detail, content))])
