"""Making the rank boards: all orders of a period at once, as a new snapshot that replaces the old in one step.

Nobody who reads is ever kept waiting: a snapshot's scores lie in a table of their own, which is dropped only after
the next one has been current for a while. After its close date a period is never rebuilt.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from numpy.typing import NDArray

from config import sql
from dashboard import periods
from dashboard.models import CLOSES_AFTER, Board, Measure, Period, Snapshot, Stretch
from dashboard.periods import Step
from dashboard.ranks import ladder
from dashboard.statistics import COHORT_MIN

SQL_DIR = Path(__file__).parent / "sql"
BASELINE, BASELINE_MIN = timedelta(days=56), timedelta(days=28)
NO_SCORE = -(2**63)
BANDS_MAX, BAND_PEOPLE = 5, 50
TOP_MAX = 100
KEPT = {Period.WEEK: 8, Period.MONTH: 13, Period.YEAR: 5}
"""How many periods of each kind can be looked at."""
GRACE = timedelta(minutes=2)
"""Longer than any read of a snapshot takes."""
_REFRESH_LOCK = 0x52414E4B  # "RANK": two refreshes wait for each other

COLUMNS = {Measure.TOTAL: "total_mg", Measure.IMPROVEMENT: "improvement_mg", Measure.GREEN_DAYS: "green_days"}
ROW = np.dtype(
    [("fields", ">i2")]
    + [
        part
        for name, kind in [
            ("citizen_id", "V16"),
            ("district_id", ">i4"),
            ("trip_m", ">i4"),
            ("total_mg", ">i8"),
            ("improvement_mg", ">i8"),
            ("green_days", ">i8"),
        ]
        for part in [(f"{name}_bytes", ">i4"), (name, kind)]
    ]
)
"""A row of PostgreSQL's binary COPY: each value after its length."""
HEADER_BYTES, TRAILER_BYTES = 19, 2

Table = NDArray[Any]


def period_start(period: Period, day: date) -> date:
    return periods.floor(day, Step(period.value))


def refresh_current(day: date, periods: tuple[Period, ...] = tuple(Period)) -> dict[str, int]:
    """Rebuild the boards of what is not closed; how many people each period of the day has."""
    people = {}
    for period in periods:
        open_ones = Snapshot.objects.filter(period=period, current=True, closed_at=None)
        earlier = period_start(period, period_start(period, day) - timedelta(days=1))
        for start in sorted({earlier, *open_ones.values_list("period_start", flat=True)}):
            if start < period_start(period, day):
                refresh(period, start, day)
        people[period.value] = refresh(period, day, day)
    drop_old()
    return people


def refresh(period: Period, day: date, today: date | None = None) -> int:
    """Rebuild the boards of the period that holds the city day; how many people take part. May run twice.

    From the close date on (by `today`) it is the last time; a closed period stays as it is.
    """
    start = period_start(period, day)
    end = periods.shift(start, Step(period.value), 1)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_REFRESH_LOCK])
        earlier = Snapshot.objects.filter(period=period, period_start=start, current=True).first()
        if earlier and earlier.closed_at:
            return _people(earlier)
        today = today or day
        snapshot = Snapshot.objects.create(
            period=period, period_start=start, period_end=end, last_day=min(today, end - timedelta(days=1))
        )
        _score(snapshot)
        _rank(snapshot)
        if earlier:
            Snapshot.objects.filter(pk=earlier.pk).update(current=False, replaced_at=timezone.now())
        snapshot.current = True
        snapshot.closed_at = timezone.now() if today >= end + CLOSES_AFTER else None
        snapshot.save(update_fields=["current", "closed_at", "band_edges_m"])
        return _people(snapshot)


def drop_old() -> int:
    """Drop what was replaced some time ago, and periods too old to be looked at; how many snapshots went."""
    gone = list(Snapshot.objects.filter(current=False, replaced_at__lt=timezone.now() - GRACE))
    for period, count in KEPT.items():
        gone += Snapshot.objects.filter(period=period, current=True).order_by("-period_start")[count:]
    for snapshot in gone:
        with transaction.atomic():
            _execute(f"DROP TABLE IF EXISTS {snapshot.scores_table}")
            Stretch.objects.filter(board__snapshot=snapshot).delete()
            snapshot.delete()
    return len(gone)


def forget(citizen_id: UUID) -> None:
    """Take an erased person out of every snapshot; sums and places of others stay."""
    for snapshot in Snapshot.objects.all():
        _execute(f"DELETE FROM {snapshot.scores_table} WHERE citizen_id = %s", [citizen_id])  # noqa: S608  our own name
    for board in Board.objects.filter(top_ids__contains=[citizen_id]):
        kept = [pair for pair in zip(board.top_ids, board.top_scores, strict=True) if pair[0] != citizen_id]
        Board.objects.filter(pk=board.pk).update(
            top_ids=[pair[0] for pair in kept], top_scores=[pair[1] for pair in kept]
        )


def _people(snapshot: Snapshot) -> int:
    whole = snapshot.boards.filter(measure=Measure.TOTAL, district_id=Board.CITY, band=Board.EVERYBODY).first()
    return whole.people if whole else 0


def _score(snapshot: Snapshot) -> None:
    start = snapshot.period_start
    parameters = {
        "baseline_start": start - BASELINE,
        "joined_by": start - BASELINE_MIN,
        "start": start,
        "end": snapshot.period_end,
        "elapsed": (snapshot.last_day - start).days + 1,
        "no_score": NO_SCORE,
    }
    _execute(sql.read(SQL_DIR, "score").format(table=snapshot.scores_table), parameters)
    _execute(f"ALTER TABLE {snapshot.scores_table} ADD PRIMARY KEY (citizen_id)")
    _execute(f"ANALYZE {snapshot.scores_table}")


def _rank(snapshot: Snapshot) -> None:
    people = _read(snapshot)
    snapshot.band_edges_m = band_edges(people["trip_m"].astype(np.int64))
    bands = bands_of(people["trip_m"].astype(np.int64), snapshot.band_edges_m)
    for district_id, band, rows in _cohorts(people["district_id"].astype(np.int64), bands):
        for measure, column in COLUMNS.items():
            _write_board(snapshot, measure, district_id, band, people[rows], column)


def _read(snapshot: Snapshot) -> Table:
    names = [name for name in ROW.names or () if name != "fields" and not name.endswith("_bytes")]
    query = f"SELECT {', '.join(names)} FROM {snapshot.scores_table} WHERE public"  # noqa: S608  our own names
    content = bytearray()
    with connection.cursor() as cursor, cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as blocks:
        for block in blocks:
            content += block
    count = (len(content) - HEADER_BYTES - TRAILER_BYTES) // ROW.itemsize
    return np.frombuffer(content, ROW, count, offset=HEADER_BYTES)


def band_edges(trips_m: NDArray[np.int64]) -> list[int]:
    """Where one band of commuters ends and the next begins (m): equal numbers of those whose trips are known."""
    known = trips_m[trips_m > 0]
    count = min(BANDS_MAX, len(known) // BAND_PEOPLE)
    if count < 2:
        return []
    return sorted({int(edge) for edge in np.quantile(known, [step / count for step in range(1, count)])})


def bands_of(trips_m: NDArray[np.int64], edges_m: list[int]) -> NDArray[np.int64]:
    """The band of each typical trip: 1 for the shortest; 0 where no trip's length is known."""
    return np.where(trips_m > 0, np.searchsorted(edges_m, trips_m, side="right") + 1, 0)


def _cohorts(districts: NDArray[np.int64], bands: NDArray[np.int64]) -> Iterator[tuple[int, int, Any]]:
    """Every board's people: (district, band, rows of theirs)."""
    everywhere = np.arange(len(districts))
    homes = [(Board.CITY, everywhere)]
    order = np.argsort(districts, kind="stable")
    found, starts = np.unique(districts[order], return_index=True)
    homes += [
        (int(district), rows)
        for district, rows in zip(found, np.split(order, starts[1:]), strict=False)
        if district != Board.CITY
    ]
    for district_id, rows in homes:
        yield district_id, Board.EVERYBODY, rows
        for band in np.unique(bands[rows]):
            yield district_id, int(band), rows[bands[rows] == band]


def _write_board(snapshot: Snapshot, measure: Measure, district_id: int, band: int, people: Table, column: str) -> None:
    people = people[people[column] != NO_SCORE]
    scores = people[column].astype(np.int64)
    if len(scores) < COHORT_MIN:
        return
    best = _best(scores, people["citizen_id"])
    board = Board.objects.create(
        snapshot=snapshot,
        measure=measure,
        district_id=district_id,
        band=band,
        people=len(scores),
        top_ids=[UUID(bytes=bytes(people["citizen_id"][row])) for row in best],
        top_scores=[int(scores[row]) for row in best],
    )
    Stretch.objects.bulk_create(
        (
            Stretch(board=board, low=piece.low, ahead=piece.ahead, above=piece.above, packed=piece.packed)
            for piece in ladder.cut(scores)
        ),
        batch_size=500,
    )


def _best(scores: NDArray[np.int64], ids: Table) -> list[int]:
    count = min(TOP_MAX, len(scores))
    first = np.argpartition(-scores, count - 1)[:count]
    return sorted((int(row) for row in first), key=lambda row: (-int(scores[row]), bytes(ids[row])))


def _execute(statement: str, parameters: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
