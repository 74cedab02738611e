"""How long details are kept: activities, what rules found about them and their events, by the month of their arrival.

What stands behind them goes with them: deliveries, cancellations, and who used which card or phone.

Reductions, claims, transfers and totals stay for ever. Once details are gone nobody could tell an event that comes
again from a new one: so what started before the first day whose details are kept is refused as too old.
"""

from datetime import date, datetime
from typing import Any

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
TRACES = {
    "activities_cancellation": """t.created_at < %(since)s
        AND NOT EXISTS (SELECT FROM activities_event e WHERE e.key = t.key AND NOT e.cancelled)
        AND NOT EXISTS (SELECT FROM activities_event e WHERE e.key = t.key AND e.cancelled)""",
    "activities_instrument": """t.created_at < %(since)s AND NOT EXISTS (
        SELECT FROM activities_activity a WHERE a.citizen_id = t.citizen_id
        AND CASE t.kind WHEN 'payer' THEN a.payer ELSE a.device END = t.digest)""",
    "activities_delivery": """t.id < %(floor)s AND t.digested_at < %(since)s AND t.door <> 'store'
        AND NOT t.id = ANY(%(needed)s)
        AND NOT EXISTS (SELECT FROM activities_activity a WHERE a.delivery_id = t.id)""",
}
"""What nothing that is kept refers to any more. A stored object's delivery says that it was taken: that stays."""
PARTS_OF_DELIVERIES = ("activities_quarantinedrow", "activities_deliverychunk")


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


def old_traces() -> dict[str, int]:
    """Rows behind details that were dropped, by table."""
    about, found = _about_traces(), {}
    with connection.cursor() as cursor:
        for table, condition in TRACES.items() if about else ():
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE {condition}", about)  # noqa: S608  our own names
            found[table] = int(cursor.fetchone()[0])
    return found


def drop_traces() -> dict[str, int]:
    """Drop what stands behind details that were dropped; how many rows of each table. May run twice or die midway."""
    about, found = _about_traces(), {}
    for table in TRACES if about else ():
        found[table] = 0
        while gone := _drop_some(table, about):
            found[table] += gone
    return found


@transaction.atomic
def _drop_some(table: str, about: dict[str, Any]) -> int:
    key = "key" if table == "activities_cancellation" else "id"
    some = f"SELECT {key} FROM {table} t WHERE {TRACES[table]} LIMIT {ROWS_AT_ONCE}"  # noqa: S608  our own names
    with connection.cursor() as cursor:
        cursor.execute(some, about)
        keys = [row[0] for row in cursor.fetchall()]
        for part in PARTS_OF_DELIVERIES if keys and table == "activities_delivery" else ():
            cursor.execute(f"DELETE FROM {part} WHERE delivery_id = ANY(%s)", [keys])  # noqa: S608
        cursor.execute(f"DELETE FROM {table} WHERE {key} = ANY(%s)", [keys])  # noqa: S608
    return len(keys)


def _about_traces() -> dict[str, Any]:
    """Up to when traces go, and the older deliveries of which events are kept; {} where no details were dropped.

    An event is kept by its activity, which may have been made anew with a half that came later: few are older than
    the horizon, but each still ranks by its delivery. The table of events is read once.
    """
    before = horizon()
    if before is None:
        return {}
    since = clock.day_start(before)
    floor = first_id(since)
    needed = Event.objects.filter(delivery_id__lt=floor).values_list("delivery_id", flat=True).distinct()
    return {"since": since, "floor": floor, "needed": list(needed)}
