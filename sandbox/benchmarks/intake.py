"""Intake: from the bytes of a file to committed reductions, transfers, balances and daily totals.

Two baselines in the same run: the straightforward Django way, one event at a time (`vs_orm`), and COPY alone of
the resulting rows into tables with the same indexes (`vs_copy`, the floor).
"""

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
from sandbox.benchmarks import rides, row_by_row

SIZES = {
    "small": {"citizens": 5_000, "earlier": 15_000, "rows": 15_000, "orm_rows": 400},
    "full": {"citizens": 200_000, "earlier": 2_000_000, "rows": 200_000, "orm_rows": 2_000},
}
TABLES = (
    "activities_activity",
    "activities_event",
    "activities_reduction",
    "activities_dailytotal",
    "ledger_transfer",
)
"""The tables that grow with every event."""


def run(scale: str) -> dict[str, Any]:
    size = SIZES[scale]
    feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    subjects = rides.open_city(feed, size["citizens"])
    for day in range(size["earlier"] // size["rows"]):
        _take_in(feed, rides.write_file(subjects, size["rows"], day))
    _execute("ANALYZE")
    body = rides.write_file(subjects, size["rows"], 30)
    wal_bytes, disk_bytes = _wal_bytes(), _disk_bytes()
    intake_s = _timed(lambda: _take_in(feed, body))
    wal_bytes, disk_bytes = _wal_bytes() - wal_bytes, _disk_bytes() - disk_bytes
    copy_s = _copy_alone(size["rows"])
    orm_s = _one_by_one(feed, subjects, size["orm_rows"])
    events_per_s = size["rows"] / intake_s
    orm_events_per_s = size["orm_rows"] / orm_s
    return {
        "citizens": size["citizens"],
        "earlier_events": size["earlier"],
        "events": size["rows"],
        "events_per_s": round(events_per_s),
        "orm_events_per_s": round(orm_events_per_s),
        "copy_events_per_s": round(size["rows"] / copy_s),
        "vs_orm": round(events_per_s / orm_events_per_s, 1),
        "vs_copy": round(intake_s / copy_s, 2),
        "wal_bytes_per_event": round(wal_bytes / size["rows"]),
        "disk_bytes_per_event": round(disk_bytes / size["rows"]),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "breaches": sum((audit.run() | ledger_audit.run()).values()),
    }


def _take_in(feed: Feed, body: bytes) -> None:
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "bench", body)
    deliveries.digest(delivery.pk)


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


def _copy_alone(rows: int) -> float:
    """Seconds to COPY as many rows into each table's twin with the same indexes."""
    seconds = 0.0
    for table in TABLES:
        _execute(f"CREATE TABLE twin (LIKE {table} INCLUDING ALL)")
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY (SELECT * FROM {table} ORDER BY id DESC LIMIT {rows}) TO STDOUT") as out:  # noqa: S608  our own names
                content = b"".join(bytes(part) for part in out)

            def fill(content: bytes = content) -> None:
                with connection.cursor() as cursor, cursor.copy("COPY twin FROM STDIN") as target:
                    target.write(content)

            seconds += _timed(fill)
        _execute("DROP TABLE twin")
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
            "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [list(TABLES)]
        )
        return int(cursor.fetchone()[0])
