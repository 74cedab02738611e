"""Making the rank boards: all orders of a period at once, as a new snapshot that replaces the old in one step.

Nobody who reads is ever kept waiting: a snapshot's scores lie in a table of their own, which is dropped only after
the next one has been current for a while. After its close date a period is never rebuilt.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from config import clock
from dashboard import periods
from dashboard.models import CLOSES_AFTER, Board, Measure, Period, Snapshot
from dashboard.periods import Step
from dashboard.ranks import cohorts, ladder, scores
from dashboard.ranks.cohorts import Cohort, People
from dashboard.statistics import COHORT_MIN

TOP_MAX = 100
KEPT = {Period.WEEK: 8, Period.MONTH: 13, Period.YEAR: 5}
"""How many periods of each kind can be looked at."""
GRACE = timedelta(minutes=2)
"""Longer than any read of a snapshot takes."""
EVERY = timedelta(minutes=10)
"""How often weeks and months are rebuilt, on the ten minutes; in the largest city it takes as long."""
YEAR_AT = time(20, 40, tzinfo=UTC)
"""When years are rebuilt: by night in China."""
ENDED_EVERY = timedelta(hours=3)
"""How often a period is rebuilt that has ended and is still open for what operators report late."""
_REFRESH_LOCK = 0x52414E4B  # "RANK": two refreshes wait for each other
STRETCH_COLUMNS = {"board_id": "int8", "low": "int8", "ahead": "int4", "above": "int8", "packed": "bytea"}


def period_start(period: Period, day: date) -> date:
    return periods.floor(day, Step(period.value))


def refresh_current(day: date, periods: tuple[Period, ...] = tuple(Period)) -> dict[str, int]:
    """Rebuild the boards of what is not closed; how many people each period of the day has."""
    people = {}
    for period in periods:
        for start in _ended(period, day):
            refresh(period, start, day)
        people[period.value] = refresh(period, day, day)
    drop_old()
    return people


def _ended(period: Period, day: date) -> list[date]:
    """The periods before the day's that are due: never made yet, to be closed, or not rebuilt for a while."""
    start = period_start(period, day)
    before = period_start(period, start - timedelta(days=1))
    shots = {shot.period_start: shot for shot in Snapshot.objects.filter(period=period, current=True)}
    lately = timezone.now() - ENDED_EVERY

    def due(shot: Snapshot | None) -> bool:
        return shot is None or (not shot.closed_at and (shot.closes_on <= day or shot.refreshed_at < lately))

    return [begun for begun in sorted({before, *shots}) if begun < start and due(shots.get(begun))]


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
        scores.make(snapshot)
        _rank(snapshot)
        if earlier:
            Snapshot.objects.filter(pk=earlier.pk).update(current=False, replaced_at=timezone.now())
        snapshot.current = True
        snapshot.closed_at = timezone.now() if today >= end + CLOSES_AFTER else None
        snapshot.save(update_fields=["current", "closed_at", "band_edges_m"])
        return _people(snapshot)


def next_by(shot: Snapshot, now: datetime) -> datetime:
    """By when an open period shows what is so now: its next rebuild has begun and ended."""
    if shot.period == Period.YEAR:
        tonight = datetime.combine(now.astimezone(UTC), YEAR_AT)
        begins = tonight if now < tonight else tonight + timedelta(days=1)
    else:
        ended = clock.city_day(now) >= shot.period_end
        due = max(now, shot.refreshed_at + ENDED_EVERY) if ended else now
        begins = due + (datetime.min.replace(tzinfo=UTC) - due) % EVERY
    return begins + EVERY


def drop_old() -> int:
    """Drop what was replaced some time ago, and periods too old to be looked at; how many snapshots went."""
    gone = list(Snapshot.objects.filter(current=False, replaced_at__lt=timezone.now() - GRACE))
    for period, count in KEPT.items():
        gone += Snapshot.objects.filter(period=period, current=True).order_by("-period_start")[count:]
    for snapshot in gone:
        with transaction.atomic():
            _execute(f"DROP TABLE IF EXISTS {snapshot.scores_table}")
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


def _rank(snapshot: Snapshot) -> None:
    people = scores.read(snapshot)
    snapshot.band_edges_m = cohorts.band_edges(people.trips_m)
    for cohort in cohorts.ordered(people, snapshot.band_edges_m):
        if len(cohort.rows) >= COHORT_MIN:
            _write_board(snapshot, people, cohort)


def _write_board(snapshot: Snapshot, people: People, cohort: Cohort) -> None:
    column = people.scores[cohort.measure]
    best = sorted((-int(column[row]), bytes(people.ids[row])) for row in cohort.rows[:TOP_MAX])
    board = Board.objects.create(
        snapshot=snapshot,
        measure=cohort.measure,
        district_id=cohort.district_id,
        band=cohort.band,
        people=len(cohort.rows),
        top_ids=[UUID(bytes=identity) for _score, identity in best],
        top_scores=[-score for score, _identity in best],
    )
    target = f"COPY dashboard_stretch ({', '.join(STRETCH_COLUMNS)}) FROM STDIN (FORMAT binary)"
    with connection.cursor() as cursor, cursor.copy(target) as into:
        into.set_types(list(STRETCH_COLUMNS.values()))
        for piece in ladder.cut(column[cohort.rows]):
            into.write_row((board.pk, piece.low, piece.ahead, piece.above, piece.packed))


def _execute(statement: str, parameters: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
