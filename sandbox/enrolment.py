"""Opens a citizen and a link for each pseudonymous person of a file, so that real samples can be taken in."""

from datetime import datetime
from pathlib import Path

from django.db import transaction

from accounts.linking import links
from accounts.linking.models import Link, digest_subject
from accounts.models import Citizen, Consent
from activities.intake import formats, readers
from activities.intake.mapping import Mapping
from activities.intake.problems import RowError
from activities.models import Feed


def enrol(path: Path, feed: Feed) -> dict[str, int]:
    """Counts of `people` in the file and of the citizens `opened`; running it again opens nobody. Raises Refused."""
    declared = formats.parse(feed.format)
    rows = readers.read(path.read_bytes(), declared)
    mapping = Mapping(declared, rows.header)
    subjects = sorted({subject for _line, row in rows.items if (subject := mapping.read_subject(row))})
    earliest = _earliest(mapping, rows)
    with transaction.atomic():
        opened = _open(feed, subjects, earliest) if earliest else 0
    return {"people": len(subjects), "opened": opened}


def _earliest(mapping: Mapping, rows: readers.Rows) -> datetime | None:
    """When the first activity of the file began; rows that cannot be read do not count."""
    earliest = None
    for line, row in rows.items:
        try:
            draft = mapping.draft(line, row)
        except RowError:
            continue
        if draft is not None and (earliest is None or draft.started_at < earliest):
            earliest = draft.started_at
    return earliest


def _open(feed: Feed, subjects: list[str], reads_from: datetime) -> int:
    partner = feed.partner
    live = Link.objects.filter(partner=partner, ended_at=None)
    known = {bytes(digest) for digest in live.values_list("subject_digest", flat=True)}
    live.filter(reads_from__gt=reads_from).update(reads_from=reads_from)
    fresh = [subject for subject in subjects if digest_subject(partner.code, subject) not in known]
    citizens = Citizen.objects.bulk_create([Citizen() for _subject in fresh], batch_size=5000)
    pairs = list(zip(citizens, fresh, strict=True))
    links.open_many(partner, pairs, reads_from=reads_from, channel=Consent.Channel.SANDBOX)
    return len(fresh)
