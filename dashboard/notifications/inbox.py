"""Notices of a citizen: gathering them from the sources, and reading them."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.notifications.models import Mark, Notice
from dashboard.notifications.sources import SOURCES, Draft

OVERLAP = timedelta(hours=1)
"""Read again from before the mark: what was being written then may have been committed since."""
FIRST_LOOK = timedelta(days=1)
KEPT = timedelta(days=180)
BATCH = 1000


def gather() -> int:
    """Draft notices of what is new in all rooms; how many there were. Run twice, it is the same notices."""
    return sum(_read(name) for name in SOURCES)


def _read(name: str) -> int:
    now = timezone.now()
    mark = Mark.objects.filter(pk=name).first()
    since = mark.read_to - OVERLAP if mark else now - FIRST_LOOK
    count = 0
    for some in _batches(SOURCES[name](since, now)):
        count += add(some)
    Mark.objects.update_or_create(pk=name, defaults={"read_to": now})
    return count


def add(drafts: Iterable[Draft]) -> int:
    """Notices that were not there yet; how many."""
    notices = [
        Notice(citizen_id=draft.citizen_id, kind=draft.kind, key=draft.key, facts=draft.facts) for draft in drafts
    ]
    with transaction.atomic():
        before = Notice.objects.filter(key__in=[notice.key for notice in notices]).count()
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        return Notice.objects.filter(key__in=[notice.key for notice in notices]).count() - before


def _batches(drafts: Iterator[Draft]) -> Iterator[list[Draft]]:
    while some := list(islice(drafts, BATCH)):
        yield some


def of(citizen_id: UUID) -> QuerySet[Notice]:
    """A citizen's notices, newest first. The one place that decides whose they are."""
    return Notice.objects.filter(citizen_id=citizen_id).order_by("-created_at", "-pk")


def unread(citizen_id: UUID) -> int:
    """For the bell of every page, so without the query compiler."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM notifications_notice WHERE citizen_id = %s AND read_at IS NULL", [citizen_id]
        )
        return int(cursor.fetchone()[0])


def mark_read(citizen_id: UUID, notice_id: UUID | None = None) -> int:
    """One notice, or all; a stranger's is none."""
    fresh = of(citizen_id).filter(read_at=None)
    if notice_id is not None:
        fresh = fresh.filter(pk=notice_id)
    return fresh.update(read_at=timezone.now())


def old() -> QuerySet[Notice]:
    """Those that were kept long enough."""
    return Notice.objects.filter(created_at__lt=timezone.now() - KEPT)


def forget_old() -> int:
    count, _by_model = old().delete()
    return count
