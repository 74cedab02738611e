"""The floor under intake: COPY alone of the rows that a delivery wrote, into the very tables and indexes."""

import time

from django.db import connection

from activities.models import Delivery

OWN = "SELECT citizen_id, id FROM activities_activity WHERE delivery_id = %s"
REDUCTIONS = f"SELECT id FROM activities_reduction WHERE (citizen_id, activity_id) IN ({OWN})"  # noqa: S608  our own words
WRITTEN = {
    "activities_activity": "delivery_id = %s",
    "activities_event": "delivery_id = %s",
    "activities_reduction": f"(citizen_id, activity_id) IN ({OWN})",
    "activities_dailytotal": "(citizen_id, city_day) IN"
    " (SELECT citizen_id, city_day FROM activities_activity WHERE delivery_id = %s)",
    "ledger_transfer": f"id IN ({REDUCTIONS})",
}
"""The tables that grow with every event, and what of them a delivery wrote."""


def again(delivery: Delivery) -> float:
    """Seconds to COPY what the delivery wrote once more; it is taken out before, so that the books stay as they are.

    The pages are at hand and have just the room that is needed: no way to write these rows is faster.
    """
    seconds, kept = 0.0, {}
    with connection.cursor() as cursor:
        for table, where in WRITTEN.items():
            with cursor.copy(f"COPY (SELECT * FROM {table} WHERE {where}) TO STDOUT", [delivery.pk]) as out:  # noqa: S608  our own words
                kept[table] = b"".join(bytes(part) for part in out)
        cursor.execute("SET session_replication_role = replica")
        for table, where in reversed(WRITTEN.items()):
            cursor.execute(f"DELETE FROM {table} WHERE {where}", [delivery.pk])  # noqa: S608  our own words
        cursor.execute("SET session_replication_role = origin")
        for table in kept:
            cursor.execute(f"VACUUM {table}")
        for table, rows in kept.items():
            start = time.perf_counter()
            with cursor.copy(f"COPY {table} FROM STDIN") as target:
                target.write(rows)
            seconds += time.perf_counter() - start
    return seconds


def disk_bytes() -> int:
    """What the tables take, with their parts and indexes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH named AS (SELECT name::regclass::oid AS id FROM unnest(%s::text[]) AS name)"
            " SELECT sum(pg_total_relation_size(id))"
            " FROM (TABLE named UNION SELECT inhrelid FROM pg_inherits WHERE inhparent IN (TABLE named)) AS part",
            [list(WRITTEN)],
        )
        return int(cursor.fetchone()[0])
