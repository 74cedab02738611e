"""The scores of a snapshot, in a table of its own: made by the database, read back in columns."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from config import sql
from dashboard.models import Measure, Snapshot
from dashboard.ranks.cohorts import NO_SCORE, People

SQL_DIR = Path(__file__).parent / "sql"
BASELINE, BASELINE_MIN = timedelta(days=56), timedelta(days=28)
COLUMNS = {Measure.TOTAL: "total_mg", Measure.IMPROVEMENT: "improvement_mg", Measure.GREEN_DAYS: "green_days"}

VALUES = {
    "citizen_id": "V16",
    "district_id": ">i4",
    "trip_m": ">i4",
    "total_mg": ">i8",
    "improvement_mg": ">i8",
    "green_days": ">i2",
}
ROW = np.dtype(
    [("fields", ">i2"), *(part for name, kind in VALUES.items() for part in [(f"{name}_bytes", ">i4"), (name, kind)])]
)
"""A row of PostgreSQL's binary COPY: each value after its length."""
HEADER_BYTES, TRAILER_BYTES = 19, 2
CHUNK_BYTES = 4_000_000
WORK_MEMORY = "256MB"
"""For sums by citizen and for the key, while a snapshot is made; what is more goes to disk."""


def make(snapshot: Snapshot) -> None:
    """Write the table. In a transaction: the memory it may use is set for its time."""
    start = snapshot.period_start
    parameters: dict[str, date | int] = {
        "baseline_start": start - BASELINE,
        "joined_by": start - BASELINE_MIN,
        "start": start,
        "end": snapshot.period_end,
        "elapsed": (snapshot.last_day - start).days + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{WORK_MEMORY}'; SET LOCAL maintenance_work_mem = '{WORK_MEMORY}'")
        cursor.execute(sql.read(SQL_DIR, "score").format(table=snapshot.scores_table), parameters)
        cursor.execute(f"ALTER TABLE {snapshot.scores_table} ADD PRIMARY KEY (citizen_id)")


def read(snapshot: Snapshot) -> People:
    """Everybody who takes part, without a row object for anybody: forty bytes a person."""
    chunks: dict[str, list[NDArray[Any]]] = {name: [] for name in VALUES}
    columns = ", ".join(f"coalesce({name}, {NO_SCORE})" if name == "improvement_mg" else name for name in VALUES)
    query = f"SELECT {columns} FROM {snapshot.scores_table} WHERE public"  # noqa: S608  our own names
    content = bytearray()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as blocks:
        content += next(iter(blocks))[HEADER_BYTES:]
        for block in blocks:
            content += block
            if len(content) >= CHUNK_BYTES:
                content = _take(content, chunks)
    _take(content[:-TRAILER_BYTES], chunks)
    people = {name: np.concatenate(parts) for name, parts in chunks.items()}
    return People(
        ids=people["citizen_id"],
        district_ids=people["district_id"],
        trips_m=people["trip_m"],
        scores={measure: people[column] for measure, column in COLUMNS.items()},
    )


def _take(content: bytearray, chunks: dict[str, list[NDArray[Any]]]) -> bytearray:
    """Move whole rows into the columns; what is left of the content."""
    count = len(content) // ROW.itemsize
    rows = np.frombuffer(content, ROW, count)
    for name, parts in chunks.items():
        parts.append(rows[name].astype(rows[name].dtype.newbyteorder("=")))
    return bytearray(content[count * ROW.itemsize :])
