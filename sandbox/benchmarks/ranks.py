"""Ranks: exact places of random citizens while all boards are rebuilt, beside a live `count(*)` of the same scores.

The city has a daily total per citizen in this month, in this week and in the eight weeks before; everybody takes part.
`exact` compares places with the counts; `vs_count` is how many times longer a count takes (medians);
`own_cpu_ms` is the work of this process alone for a place, which a busy machine changes less than the wall clock.
"""

import random
import statistics as figures
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any
from uuid import UUID

from django.db import connection, connections

from accounts.models import Citizen, District
from config import partitions, sql
from dashboard.models import Board, Measure, Period
from dashboard.ranks import boards, ranking, scores
from sandbox.benchmarks.full_city import unchecked

SIZES = {
    "small": {"citizens": 20_000, "lookups": 300, "counts": 20},
    "full": {"citizens": 10_000_000, "lookups": 3_000, "counts": 9},
}
TODAY = date(2026, 11, 18)
SQL_DIR = Path(__file__).parent / "sql"
BOARDS = [(measure, in_district, similar) for measure in Measure for in_district in (0, 1) for similar in (0, 1)]


def run(scale: str, citizens: int | None = None) -> dict[str, Any]:
    size = SIZES[scale]
    count = citizens or size["citizens"]
    seeded_s = _timed(lambda: _found_city(count))
    refresh_s = _timed(lambda: boards.refresh_current(TODAY, (Period.WEEK, Period.MONTH, Period.YEAR)))
    chance = random.Random(7)
    some = _some(chance, size["lookups"])
    cpu_s = time.process_time()
    quiet_ms = list(_lookups(some, chance))
    cpu_s = time.process_time() - cpu_s
    reading_ms: list[float] = []
    again_s = _while_refreshing(some, chance, reading_ms)
    count_ms, exact = _counts(some[: size["counts"]])
    return {
        "citizens": count,
        "seeded_s": round(seeded_s),
        "boards": Board.objects.filter(snapshot__current=True).count(),
        "exact": exact,
        "p50_ms": round(figures.median(quiet_ms), 2),
        "p99_ms": round(_p99(quiet_ms), 2),
        "own_cpu_ms": round(cpu_s * 1000 / len(some), 2),
        "refreshing_p99_ms": round(_p99(reading_ms), 2),
        "refreshing_worst_ms": round(max(reading_ms), 1),
        "count_ms": round(figures.median(count_ms), 1),
        "vs_count": round(figures.median(count_ms) / figures.median(quiet_ms), 1),
        "refresh_s": round(refresh_s, 1),
        "refresh_again_s": round(again_s, 1),
        "stretch_bytes_per_citizen": round(_bytes("dashboard_stretch") / count, 1),
        "score_bytes_per_citizen": round(_bytes(_snapshot_table()) / count, 1),
    }


def _found_city(citizens: int) -> None:
    """People in twelve districts with trips of every length, by SQL: their histories do not matter here."""
    District.objects.bulk_create(
        District(code=f"d{number}", name_zh=f"第{number}区", name_en=f"District {number}") for number in range(12)
    )
    with unchecked(), connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
        partitions.ensure(first=TODAY - timedelta(days=60), only="activities_dailytotal")
        cursor.execute(sql.read(SQL_DIR, "rank_city"), {"citizens": citizens, "today": TODAY})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _some(chance: random.Random, count: int) -> list[Citizen]:
    """Citizens from anywhere, by the nearest id to a random one."""
    ids = [UUID(int=chance.getrandbits(128)) for _number in range(count)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT id FROM accounts_citizen WHERE id >= start ORDER BY id LIMIT 1)"
            " FROM unnest(%s::uuid[]) AS start",
            [ids],
        )
        found = [row[0] for row in cursor.fetchall() if row[0]]
    people = Citizen.objects.in_bulk(found)
    return [people[citizen_id] for citizen_id in found]


def _lookups(people: list[Citizen], chance: random.Random) -> Iterator[float]:
    """Milliseconds of each citizen's place on a random board of a random period."""
    for citizen in people:
        measure, in_district, similar = chance.choice(BOARDS)
        period = chance.choice(list(Period))
        start = time.perf_counter()
        ranking.standing(citizen, period, TODAY, in_district=bool(in_district), measure=measure, similar=bool(similar))
        yield (time.perf_counter() - start) * 1000


def _while_refreshing(people: list[Citizen], chance: random.Random, taken_ms: list[float]) -> float:
    """Seconds of a second refresh of all boards, with a reader beside it whose milliseconds are collected."""
    over = Event()

    def read() -> None:
        try:
            while not over.is_set():
                taken_ms.extend(_lookups(people[:50], chance))
                time.sleep(0.05)
        finally:
            connections.close_all()

    reader = Thread(target=read)
    reader.start()
    try:
        return _timed(lambda: boards.refresh_current(TODAY, (Period.WEEK, Period.MONTH, Period.YEAR)))
    finally:
        over.set()
        reader.join()


def _counts(people: list[Citizen]) -> tuple[list[float], bool]:
    """Milliseconds of live counts over the month's scores, and whether all places are what was counted."""
    taken_ms, exact = [], True
    shot = ranking.kept(Period.MONTH)[0]
    for citizen in people:
        for measure, in_district, similar in BOARDS:
            standing = ranking.standing(
                citizen, Period.MONTH, TODAY, in_district=bool(in_district), measure=measure, similar=bool(similar)
            )
            own = next(iter(ranking.scores(shot, [citizen.pk])), None)
            if own is None or standing is None:
                continue
            where = f"{scores.COLUMNS[measure]} > %s AND public"
            if in_district:
                where += f" AND district_id = {own.district_id}"
            if similar:
                low, high = _bounds(ranking.band_of(own, shot), shot.band_edges_m)
                where += f" AND trip_m >= {low} AND trip_m < {high}"
            start = time.perf_counter()
            query = f"SELECT count(*) FROM {shot.scores_table} WHERE {where}"  # noqa: S608  our own names
            better = _scalar(query, [own.by(measure)])
            taken_ms.append((time.perf_counter() - start) * 1000)
            exact = exact and standing.place == better + 1
    return taken_ms, exact and bool(taken_ms)


def _bounds(band: int, edges_m: list[int]) -> tuple[int, int]:
    """The trip lengths (m) of a band, from and below."""
    if band == 0:
        return 0, 1
    edges = [1, *edges_m, 2**31 - 1]
    return edges[band - 1], edges[band]


def _snapshot_table() -> str:
    return ranking.kept(Period.MONTH)[0].scores_table


def _bytes(table: str) -> int:
    return int(_scalar("SELECT pg_total_relation_size(%s::regclass)", [table]))


def _scalar(query: str, parameters: list[Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchone()[0]


def _p99(taken_ms: list[float]) -> float:
    return sorted(taken_ms)[int(len(taken_ms) * 0.99)]


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
