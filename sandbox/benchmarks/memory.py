"""Memory: a large file, and one four times as large, digested from each kind of body in processes of their own.

A body that was held in memory, or rows that were, would make the second take more than the first. Then a file of an
operator's day: at full scale twelve million rows, as a large city has them.
"""

import gzip
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import msgspec

from activities.intake import deliveries
from activities.models import Delivery, Feed
from sandbox.benchmarks import city_file, digesting, rides

SIZES = {
    "small": {"rows": 30_000, "citizens": 300, "city_rows": 60_000},
    "full": {"rows": 30_000, "citizens": 300, "city_rows": 12_000_000},
}
GROWTH = 4
RIDES_EACH = 3
"""Who is not linked rides as often as who is; there are as many of them as that takes."""

Lines = Iterator[bytes]


def run(scale: str, **sizes: int) -> dict[str, Any]:
    size = {**SIZES[scale], **sizes}
    rows = [size["rows"], GROWTH * size["rows"]]
    figures: dict[str, Any] = {"rows": rows[0], "rows_grown": rows[1]}
    for kind in KINDS:
        once, grown = peaks(kind, size["citizens"], rows)
        figures |= {f"{kind}_peak_rss_mb": once, f"{kind}_grown_peak_rss_mb": grown}
    city = city_file.measure(size["city_rows"])
    figures |= {f"city_{name}": value for name, value in city.items()}
    figures["peak_rss_mb"] = max(value for name, value in figures.items() if name.endswith("_mb"))
    return figures


def peaks(kind: str, citizens: int, rows: list[int]) -> list[int]:
    """The most memory (MB) that a file of so many rows takes, one after the other, for a feed of its own people."""
    table = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    container, open_file = KINDS[kind]
    declared = {**table.format, "container": {"kind": container}}
    feed = Feed.objects.create(partner=table.partner, code=f"bench-{kind}", format=declared)
    linked = [f"{kind}{subject}" for subject in range(citizens)]
    rides.open_people(feed, linked)
    return [_peak(feed, linked, count, 40 + turn, open_file) for turn, count in enumerate(rows)]


def _peak(feed: Feed, linked: list[str], rows: int, day: int, open_file: Callable[..., Any]) -> int:
    riders = [*linked, *(f"stranger{number}" for number in range(rows // RIDES_EACH - len(linked)))]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rides"
        with open_file(path, "wb") as file:
            file.writelines(_lines(feed, riders, rows, day))
        with path.open("rb") as body:
            delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, path.name, body)
    return digesting.peak_rss_mb(delivery)


def _lines(feed: Feed, riders: list[str], rows: int, day: int) -> Lines:
    table = rides.lines(riders, rows, day)
    header = next(table)
    if feed.format["container"]["kind"] == "csv":
        yield header.encode() + b"\n"
        yield from (line.encode() + b"\n" for line in table)
        return
    names = header.split(",")
    yield from (msgspec.json.encode(dict(zip(names, line.split(","), strict=True))) + b"\n" for line in table)


def _plain(path: Path, mode: str) -> IO[bytes]:
    return path.open(mode)


@contextmanager
def _zipped(path: Path, _mode: str) -> Iterator[IO[bytes]]:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("rides.csv", "w") as member:
        yield member


KINDS: dict[str, tuple[str, Callable[..., Any]]] = {
    "csv": ("csv", _plain),
    "gzip": ("csv", gzip.open),
    "zip": ("csv", _zipped),
    "jsonl": ("jsonl", _plain),
}
"""How the file comes: the declared container, and what packs it."""
