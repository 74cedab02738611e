"""How long details are kept: activities, what rules found about them and their events, by the month of their arrival.

Reductions, claims, transfers and totals stay for ever. Once details are gone nobody could tell an event that comes
again from a new one: so what started before the first day whose details are kept is refused as too old.
"""

from datetime import date, datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from activities.models import Activity, DetailHorizon, Event, Finding
from config import clock, partitions
from config.identifiers import first_id
from config.problems import Problem

ROWS_AT_ONCE = 10_000
LOCK = 0x5254


class DetailsDropped(Problem):
    status, code, title = 410, "details_dropped", _("The details are no longer kept.")


def horizon() -> date | None:
    """Details of activities that arrived before this day were dropped; None where none ever were."""
    last: date | None = DetailHorizon.objects.aggregate(last=Max("before"))["last"]
    return last


def horizon_of_batch() -> datetime | None:
    """What started before this instant is too old. Until the transaction ends the instant stays as it is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s)", [LOCK])
    before = horizon()
    return clock.day_start(before) if before else None


def require(first: date) -> None:
    """Raises DetailsDropped where the details of a day are no longer complete."""
    before = horizon()
    if before is not None and first < before:
        raise DetailsDropped(_("Details are kept from %(day)s on.") % {"day": before.isoformat()})


def due() -> date | None:
    """The first day that policy keeps; None where it keeps all."""
    months = settings.DETAIL_RETENTION_MONTHS
    return clock.month_later(clock.city_today(), -months) if months else None


def old() -> dict[str, int]:
    """Rows that policy no longer keeps, by table."""
    before = due()
    if before is None:
        return {}
    floor = first_id(clock.day_start(before))
    return {
        "activities_event": Event.objects.filter(activity_id__lt=floor).count(),
        "activities_finding": Finding.objects.filter(activity_id__lt=floor).count(),
        "activities_activity": Activity.objects.filter(id__lt=floor).count(),
    }


def drop() -> dict[str, int]:
    """Drop what policy no longer keeps; how many rows of each table. May run twice or die midway.

    The horizon is written first, and batches that do not know of it yet are waited for: from then on nothing that
    loses its details is taken in anew.
    """
    before, found = due(), old()
    if before is None or not any(found.values()):
        return found
    floor = first_id(clock.day_start(before))
    DetailHorizon.objects.get_or_create(before=before, defaults={"first_kept": floor})
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    _erase("activities_event", "activity_id", floor.hex)
    for table, key in (("activities_finding", "activity_id"), ("activities_activity", "id")):
        partitions.drop(table, before)
        _erase(table, key, floor.hex)
    return found


def _erase(table: str, key: str, floor: str) -> None:
    """Delete rows some at a time, each time in a transaction of its own."""
    statement = f"""DELETE FROM {table} WHERE {key} < %(floor)s AND {key} IN (
        SELECT {key} FROM {table} WHERE {key} < %(floor)s LIMIT {ROWS_AT_ONCE})"""  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(statement, {"floor": floor})
        while cursor.rowcount:
            cursor.execute(statement, {"floor": floor})
