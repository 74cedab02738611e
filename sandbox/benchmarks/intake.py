"""Intake: from the bytes of a file to committed reductions, transfers, balances and daily totals.

Two baselines between the files of the same run: the straightforward Django way, one event at a time (`vs_orm`), and
COPY alone of the same rows into the very tables and indexes (`vs_copy`, the floor). The database makes the history.

Every file is of a day of its own after a day on which everybody rode, and before one without rides, as the files of
yesterday are; so all meet the same neighbours, before the history grows and after. Days before and after lie equally
far back. A file of full size goes first and is not counted; figures are medians.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from statistics import median
from typing import Any, NamedTuple

from django.db import connection

from activities import audit
from activities.intake import deliveries, formats, readers
from activities.intake.mapping import Draft, Mapping
from activities.models import Delivery, Feed
from config import clock
from ledger import audit as ledger_audit
from sandbox.benchmarks import copying_alone, digesting, history, processes, rides, row_by_row

SIZES = {
    "small": {"citizens": 5_000, "earlier": 50_000, "rows": 15_000, "orm_rows": 300},
    "full": {"citizens": 1_000_000, "earlier": 10_000_000, "rows": 200_000, "orm_rows": 1_500},
}
GROWTH = 3
"""How many times the history is in the end what it was at first."""
ROUNDS = 3
DAYS_APART = 3
"""Between two days of history."""
FILES = 3 * ROUNDS + 1
"""Before the history grows: one first, and of each round one, one in halves, one by the ORM. Each needs a day."""
LATER = (0, 2, 10, 14)
"""Days of the files after, among those that were added, newest first: as far back as those before."""


class Round(NamedTuple):
    """One file of full size, and what it left behind."""

    seconds: float
    wal_bytes: int
    disk_bytes: int
    delivery: Delivery


class City:
    """People with a past of some days, and a way to take in files of days after them."""

    def __init__(self, size: dict[str, int]) -> None:
        self.size = size
        self.feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
        self.days = max(size["earlier"] // size["citizens"], FILES)
        self.subjects = history.open_people(self.feed, size["citizens"])

    def live(self, *turns: int) -> list[date]:
        """Everybody rides on days spread over the whole past; the days after them, newest first."""
        last = clock.city_today() - timedelta(days=DAYS_APART)
        numbers = [number for number in range(GROWTH * self.days) if number % GROWTH in turns]
        days = [last - timedelta(days=DAYS_APART * number) for number in numbers]
        history.add_days(self.feed, self.size["citizens"], days)
        return [day + timedelta(days=1) for day in days]

    def file(self, day: date, rows: int, people: list[str] | None = None) -> bytes:
        return rides.write_file(people or self.subjects, rows, (day - rides.FIRST_DAY.date()).days)

    def measure(self, day: date) -> Round:
        """Take in a file of full size."""
        body, wal_bytes, disk_bytes = self.file(day, self.size["rows"]), _wal_bytes(), copying_alone.disk_bytes()
        start = time.perf_counter()
        delivery = _receive(self.feed, body)
        deliveries.digest(delivery.pk)
        seconds = time.perf_counter() - start
        return Round(seconds, _wal_bytes() - wal_bytes, copying_alone.disk_bytes() - disk_bytes, delivery)

    def by_two_workers(self, day: date) -> float:
        """Seconds until two processes have digested half a file each, of half of the people each."""
        half, rows = len(self.subjects) // 2, self.size["rows"] // 2
        people = (self.subjects[:half], self.subjects[half:])
        waiting = [_receive(self.feed, self.file(day, rows, own)) for own in people]
        works = [partial(deliveries.digest, one.pk) for one in waiting]
        return _timed(lambda: processes.wait([processes.fork(work) for work in works]))

    def one_by_one(self, day: date) -> float:
        """Seconds a ride by the ORM."""
        rows = self.size["orm_rows"] // ROUNDS
        delivery, drafts = _receive(self.feed, b"-"), _drafts(self.feed, self.file(day, rows))
        return _timed(lambda: [row_by_row.take_in(delivery, draft) for draft in drafts]) / rows


def run(scale: str, **sizes: int) -> dict[str, Any]:
    """`sizes` stand for those of the scale: citizens, earlier (rides), rows (of a file), orm_rows."""
    size = {**SIZES[scale], **sizes}
    city, rows = City(size), size["rows"]
    first, *days = city.live(0)
    city.measure(first)
    found, copies_s, orms_s, twos_s = [], [], [], []
    for turn in range(ROUNDS):
        one, half, single = days[3 * turn : 3 * turn + 3]
        found.append(city.measure(one))
        copies_s.append(copying_alone.again(found[-1].delivery))
        twos_s.append(city.by_two_workers(half))
        orms_s.append(city.one_by_one(single))
    seconds = median(one.seconds for one in found)
    later = city.live(1, 2)
    grown_s = median([city.measure(later[number]).seconds for number in LATER][1:])
    peak_rss_mb = digesting.peak_rss_mb(_receive(city.feed, city.file(later[-1], rows)))
    return {
        "citizens": size["citizens"],
        "earlier_events": city.days * size["citizens"],
        "grown_events": GROWTH * city.days * size["citizens"],
        "events": rows,
        "events_per_s": round(rows / seconds),
        "orm_events_per_s": round(1 / median(orms_s)),
        "copy_events_per_s": round(rows / median(copies_s)),
        "vs_orm": round(median(orms_s) * rows / seconds, 1),
        "vs_copy": round(seconds / median(copies_s), 2),
        "growth_30m": round(seconds / grown_s, 2),
        "two_workers": round(seconds / median(twos_s), 2),
        "wal_bytes_per_event": round(median(one.wal_bytes for one in found) / rows),
        "disk_bytes_per_event": round(median(one.disk_bytes for one in found) / rows),
        "peak_rss_mb": peak_rss_mb,
        "breaches": sum((audit.run() | ledger_audit.run()).values()),
    }


def _receive(feed: Feed, body: bytes) -> Delivery:
    delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, "bench", body)
    return delivery


def _drafts(feed: Feed, body: bytes) -> list[Draft]:
    declared = formats.parse(feed.format)
    rows = readers.read(body, declared)
    mapping = Mapping(declared, rows.header)
    return [draft for line, row in rows.items if (draft := mapping.draft(line, row)) is not None]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _wal_bytes() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT (pg_current_wal_lsn() - '0/0')::bigint")
        return int(cursor.fetchone()[0])
