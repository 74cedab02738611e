"""The file of an operator's day: of a hundred riders LINKED_PCT have an account here, the rest are strangers."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from activities.intake import deliveries
from activities.models import Delivery, Feed
from config import clock
from sandbox.benchmarks import digesting, history, rides

RIDES_EACH = 3
LINKED_PCT = 5
STRANGERS_SHARE = 40
"""The file of nobody with an account, by which the speed for strangers is known, has this part of the rows."""
BLOCK_ROWS = 20_000
FIRST_HOURS = (7, 12, 17)
"""A rider's rides begin within three hours after each of these, and last less than an hour."""


def measure(rows: int) -> dict[str, Any]:
    """Lay two such files at the file door and digest them in processes of their own."""
    feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    riders = rows // RIDES_EACH
    strangers = _take_in(feed, [f"x{number}" for number in range(riders // STRANGERS_SHARE)])
    linked = set(history.open_people(feed, riders * LINKED_PCT // 100))
    people = [str(number // 20 + 1) if number % 20 == 0 else f"x{number}" for number in range(riders)]
    whole = _take_in(feed, people)
    own = sum(person in linked for person in people)
    return {
        "strangers_rows": strangers["rows"],
        "strangers_rows_per_s": strangers["rows_per_s"],
        **whole,
        "linked_rows": RIDES_EACH * own,
    }


def _take_in(feed: Feed, people: list[str]) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rides.csv.gz"
        with gzip.open(path, "wb", compresslevel=1) as file:
            file.writelines(_blocks(people))
        size_bytes = path.stat().st_size
        with path.open("rb") as body:
            delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, path.name, body)
    digestion = digesting.digest_elsewhere(delivery)
    delivery.refresh_from_db()
    counts = delivery.counts
    return {
        "rows": counts["rows"],
        "body_bytes": size_bytes,
        "rows_per_s": round(counts["rows"] / digestion.seconds),
        "rows_per_cpu_s": round(counts["rows"] / digestion.cpu_s),
        "peak_rss_mb": digestion.peak_rss_mb,
        **{name: counts[name] for name in ("accepted", "rejected", "unlinked", "quarantined")},
    }


def _blocks(people: list[str]) -> Iterator[bytes]:
    yield f"{rides.HEADER}\n".encode()
    day = clock.city_today() - timedelta(days=1)
    for hour in FIRST_HOURS:
        clocks = [f"{day} {hour + minute // 60:02}:{minute % 60:02}" for minute in range(240)]
        for first in range(0, len(people), BLOCK_ROWS):
            block = enumerate(people[first : first + BLOCK_ROWS], start=first)
            yield "".join([_line(number, person, hour, clocks) for number, person in block]).encode()


def _line(number: int, person: str, hour: int, clocks: list[str]) -> str:
    start, minutes = number * 7 % 180, 4 + number % 36
    metres = minutes * (80 + number % 121)
    return f"{hour}-{number},{person},{clocks[start]},{clocks[start + minutes]},{metres / 1000}\n"
