"""Rows that could not be understood: kept with their reason, and handed back to the partner as CSV."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.linking.models import Link, digest_subject
from activities.intake.problems import RowError
from activities.intake.rows import Row
from activities.models import Delivery, QuarantinedRow
from config import secrecy, spreadsheets

CONTENT_CHARACTERS = 20_000
"""How much of a bad row is kept: that of grouped points can be very long."""
COLUMNS = ("line", "code", "field", "detail", "row")

Wrong = tuple[int, RowError, Row]


def keep(delivery: Delivery, wrong: list[Wrong], subjects: list[str], *, several: bool) -> int:
    """Keep bad rows, and their content unless it is of people who are not linked. Returns how many rows.

    `several` is for rows that are split: of their pieces the first one stands for all.
    """
    linked = _linked(delivery, set(subjects))
    QuarantinedRow.objects.bulk_create(
        (
            QuarantinedRow(
                delivery=delivery,
                line=line,
                code=error.code,
                field=error.field[:80],
                detail=error.detail[:300],
                content_encrypted=secrecy.encrypt(repr(row)[:CONTENT_CHARACTERS])
                if not subject or subject in linked
                else "",
            )
            for (line, error, row), subject in zip(wrong, subjects, strict=True)
        ),
        ignore_conflicts=several,
    )
    return len(wrong)


def old() -> QuerySet[QuarantinedRow]:
    """Those kept for QUARANTINE_RETENTION_DAYS."""
    before = timezone.now() - timedelta(days=settings.QUARANTINE_RETENTION_DAYS)
    return QuarantinedRow.objects.filter(created_at__lt=before)


def purge() -> int:
    """Delete the old ones; return how many went."""
    return old().delete()[0]


def _linked(delivery: Delivery, subjects: set[str]) -> set[str]:
    partner = delivery.feed.partner
    digests = {digest_subject(partner.code, subject): subject for subject in subjects if subject}
    live = Link.objects.filter(partner=partner, ended_at=None, subject_digest__in=list(digests))
    return {digests[bytes(found)] for found in live.values_list("subject_digest", flat=True)}


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
