"""Intake: from the bytes of a file to committed reductions, transfers, balances and daily totals.

Two baselines in the same run: the straightforward Django way, one event at a time (`vs_orm`), and COPY alone of
the same rows into the very tables and indexes (`vs_copy`, the floor). The history is made by the database.
"""

import os
import resource
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from activities import audit
from activities.intake import deliveries, formats, readers
from activities.intake.mapping import Draft, Mapping
from activities.models import Delivery, Feed
from ledger import audit as ledger_audit
from sandbox.benchmarks import history, processes, rides, row_by_row

SIZES = {
    "small": {"citizens": 5_000, "earlier": 15_000, "rows": 15_000, "orm_rows": 300},
    "full": {"citizens": 1_000_000, "earlier": 10_000_000, "rows": 200_000, "orm_rows": 2_000},
}
GROWTH = 3
"""How many times the history is in the end what it was at first."""
WRITTEN = {
    "activities_activity": "delivery_id = %s",
    "activities_event": "delivery_id = %s",
    "activities_reduction": "activity_id IN (SELECT id FROM activities_activity WHERE delivery_id = %s)",
    "activities_dailytotal": "(citizen_id, city_day) IN"
    " (SELECT citizen_id, city_day FROM activities_activity WHERE delivery_id = %s)",
    "ledger_transfer": "reference IN (SELECT r.id FROM activities_reduction r"
    " JOIN activities_activity a ON a.id = r.activity_id AND a.citizen_id = r.citizen_id WHERE a.delivery_id = %s)",
}
"""The tables that grow with every event, and what of them a delivery wrote."""


def run(scale: str, **sizes: int) -> dict[str, Any]:
    """`sizes` stand for those of the scale: citizens, earlier (rides), rows (of the file), orm_rows."""
    size = {**SIZES[scale], **sizes}
    feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    subjects, days = history.open_people(feed, size["citizens"]), size["earlier"] // size["citizens"]
    first_day = rides.FIRST_DAY.date()
    history.add_days(feed, size["citizens"], first_day, 0, days)
    _take_in(feed, rides.write_file(subjects, size["rows"] // 10, 10))
    wal_bytes, disk_bytes = _wal_bytes(), _disk_bytes()
    body = rides.write_file(subjects, size["rows"], 0)
    start = time.perf_counter()
    delivery = _take_in(feed, body)
    intake_s = time.perf_counter() - start
    wal_bytes, disk_bytes = _wal_bytes() - wal_bytes, _disk_bytes() - disk_bytes
    copy_s, orm_s = _copy_alone(delivery), _one_by_one(feed, subjects, size["orm_rows"])
    two_s = _by_two_workers(feed, subjects, size["rows"])
    peak_rss_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    history.add_days(feed, size["citizens"], first_day, days, (GROWTH - 1) * days)
    grown = rides.write_file(subjects, size["rows"], 20)
    grown_s = _timed(lambda: _take_in(feed, grown))
    events_per_s = size["rows"] / intake_s
    orm_events_per_s = size["orm_rows"] / orm_s
    return {
        "citizens": size["citizens"],
        "earlier_events": days * size["citizens"],
        "grown_events": GROWTH * days * size["citizens"],
        "events": size["rows"],
        "events_per_s": round(events_per_s),
        "orm_events_per_s": round(orm_events_per_s),
        "copy_events_per_s": round(size["rows"] / copy_s),
        "vs_orm": round(events_per_s / orm_events_per_s, 1),
        "vs_copy": round(intake_s / copy_s, 2),
        "growth_30m": round(intake_s / grown_s, 2),
        "two_workers": round(intake_s / two_s, 2),
        "wal_bytes_per_event": round(wal_bytes / size["rows"]),
        "disk_bytes_per_event": round(disk_bytes / size["rows"]),
        "peak_rss_mb": peak_rss_mb,
        "breaches": sum((audit.run() | ledger_audit.run()).values()),
    }


def _take_in(feed: Feed, body: bytes) -> Delivery:
    delivery = _receive(feed, body)
    deliveries.digest(delivery.pk)
    return delivery


def _receive(feed: Feed, body: bytes) -> Delivery:
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "bench", body)
    return delivery


def _one_by_one(feed: Feed, subjects: list[str], rows: int) -> float:
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "bench", b"-")
    drafts = _drafts(feed, rides.write_file(subjects, rows, 31))

    def take_in() -> None:
        for draft in drafts:
            row_by_row.take_in(delivery, draft)

    return _timed(take_in)


def _drafts(feed: Feed, body: bytes) -> list[Draft]:
    declared = formats.parse(feed.format)
    rows = readers.read(body, declared)
    mapping = Mapping(declared, rows.header)
    return [draft for line, row in rows.items if (draft := mapping.draft(line, row)) is not None]


def _by_two_workers(feed: Feed, subjects: list[str], rows: int) -> float:
    """Seconds until two processes have digested a file of half as many rows each, of other people each."""
    half = len(subjects) // 2
    waiting = [_receive(feed, rides.write_file(people, rows // 2, 15)) for people in (subjects[:half], subjects[half:])]

    def work() -> None:
        for pid in [processes.fork(lambda one=one: deliveries.digest(one.pk)) for one in waiting]:  # type: ignore[misc]
            if os.waitpid(pid, 0)[1]:
                raise ChildProcessError("a worker failed")

    return _timed(work)


def _copy_alone(delivery: Delivery) -> float:
    """Seconds to COPY what the delivery wrote once more into the very tables, from which it is taken out before."""
    seconds, kept = 0.0, {}
    with connection.cursor() as cursor:
        for table, where in WRITTEN.items():
            with cursor.copy(f"COPY (SELECT * FROM {table} WHERE {where}) TO STDOUT", [delivery.pk]) as out:  # noqa: S608  our own names
                kept[table] = b"".join(bytes(part) for part in out)
        cursor.execute("SET session_replication_role = replica")
        for table, where in reversed(WRITTEN.items()):
            cursor.execute(f"DELETE FROM {table} WHERE {where}", [delivery.pk])  # noqa: S608  our own names
        cursor.execute("SET session_replication_role = origin")
        for table in kept:
            cursor.execute(f"VACUUM {table}")

        def fill(table: str) -> None:
            with cursor.copy(f"COPY {table} FROM STDIN") as target:
                target.write(kept[table])

        for table in kept:
            seconds += _timed(lambda table=table: fill(table))  # type: ignore[misc]
    return seconds


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _wal_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint")
        return int(cursor.fetchone()[0])


def _disk_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid"
            " WHERE coalesce(i.inhparent, c.oid) = ANY(%s::regclass[])",
            [list(WRITTEN)],
        )
        return int(cursor.fetchone()[0])
