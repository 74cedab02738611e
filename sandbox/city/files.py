"""The files a partner delivers: CSV or JSON lines, compressed, the same bytes for the same records."""

import csv
import gzip
import io
import json
from collections.abc import Iterable

from sandbox.city import rides, taps
from sandbox.city.people import PARTNERS
from sandbox.city.records import Record, Row

CSV_COLUMNS = {rides.PARTNER: rides.COLUMNS, taps.PARTNER: taps.COLUMNS}
SUFFIXES = {feed: "csv.gz" if feed in CSV_COLUMNS else "jsonl.gz" for feed in PARTNERS}


def encode(feed: str, records: Iterable[Record]) -> bytes:
    rows = (record.row for record in records)
    text = _csv(CSV_COLUMNS[feed], rows) if feed in CSV_COLUMNS else _json_lines(rows)
    return gzip.compress(text.encode(), compresslevel=3, mtime=0)


def _csv(columns: tuple[str, ...], rows: Iterable[Row]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([row[column] for column in columns] for row in rows)
    return buffer.getvalue()


def _json_lines(rows: Iterable[Row]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
