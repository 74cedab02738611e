"""Parts of the large real samples, cut by people to keep the suite short; `bench integrity` takes the whole in."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

Row = dict[str, str]


def cut(path: Path, folder: Path, keep: Callable[[Row], bool]) -> Path:
    """The rows of a gzipped CSV that are kept, in their order, as a file of the same name."""
    part = folder / path.name
    with gzip.open(path, "rt", newline="") as source, gzip.open(part, "wt", newline="") as target:
        rows = csv.DictReader(source)
        writer = csv.DictWriter(target, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows(row for row in rows if keep(row))
    return part


def read(path: Path) -> list[Row]:
    with gzip.open(path, "rt", newline="") as source:
        return list(csv.DictReader(source))


def suspicious_riders(path: Path) -> set[str]:
    """Users of the wide sample with a ride over two hours or 25 km/h, or two rides at once."""
    rides: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    found = set()
    for row in read(path):
        user, minutes = row["userid"], float(row["duration_min_derived"])
        if minutes > 120 or float(row["path_distance_m_derived"]) * 60 > 25_000 * minutes:
            found.add(user)
        start = datetime.fromisoformat(row["start_time"])
        rides[user].append((start, start + timedelta(minutes=minutes)))
    for user, own in rides.items():
        own.sort()
        if any(start < end for (_begin, end), (start, _end) in zip(own, own[1:], strict=False)):
            found.add(user)
    return found


def cards_of_several_taps(*paths: Path) -> set[str]:
    """Cards with more than one tap: all that can make a journey, overlap or be told twice."""
    taps: dict[str, int] = defaultdict(int)
    for path in paths:
        for row in read(path):
            taps[row["card_no"]] += 1
    return {card for card, count in taps.items() if count > 1}
