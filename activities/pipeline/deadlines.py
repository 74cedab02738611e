"""Halves that waited for their other half as long as their feed allows are rejected, and the citizen reads why."""

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from activities import crediting
from activities.integrity import reasons
from activities.models import Activity
from activities.pipeline import books, policies
from activities.pipeline.act import COLUMNS, Act

AT_ONCE = 1_000


def reject_overdue() -> int:
    """Reject them, some at a time; return how many. May run twice or die midway.

    Nothing was booked for them, and a half that comes later still pairs them.
    """
    now, rejected = timezone.now(), 0
    feeds = set(_waiting(now).values_list("feed_id", flat=True).distinct())
    for feed_id, pairing in policies.read(feeds).items():
        while found := _reject(feed_id, policies.patience_ends(pairing, now)):
            rejected += found
    return rejected


def _waiting(before: datetime) -> QuerySet[Activity]:
    halves = (reasons.AWAITING_EXIT, reasons.ENTRY_MISSING)
    return Activity.objects.filter(status=Activity.Status.HELD, reason__in=halves, created_at__lt=before)


@transaction.atomic
def _reject(feed_id: int, before: datetime) -> int:
    overdue = dict(_waiting(before).filter(feed_id=feed_id).values_list("id", "citizen_id")[:AT_ONCE])
    with connection.cursor() as cursor:
        crediting.lock(cursor, overdue.values())
        cursor.execute(
            f"SELECT {COLUMNS} FROM activities_activity WHERE id = ANY(%s) AND status = 'held'",  # noqa: S608  our own names
            [list(overdue)],
        )
        acts = [act for act in map(Act.stored, cursor.fetchall()) if act.fixed]
        for act in acts:
            act.fix(reasons.UNPAIRED)
        books.write_acts(cursor, acts, {})
    return len(overdue)
