"""Stored activities as the columns of a family, streamed: one path for replay, restatement, audit and explanation.

A server-side cursor hands out one packed row a citizen, so that memory depends neither on the period nor on the
size of the tables, and no value is touched by Python alone.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import numpy as np
from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg import ServerCursor

from activities.methodologies.columns import BASES, EVIDENCE, INPUTS, Columns, Flags, Integers
from activities.models import Reduction
from config import sql

QUERIES = Path(__file__).parent.parent / "sql" / "methodologies"
CHUNK_ENTRIES = 20_000
FETCH_CITIZENS = 50
_INT32, _INT64 = ">i4", ">i8"
_ORDERS: dict[str, Any] = {"bases": list(BASES), "grades": list(EVIDENCE)}
_DAY_ZERO = (date(2000, 1, 1) - date(1970, 1, 1)).days


@dataclass(frozen=True, slots=True)
class Entries:
    """What a query selected, those of a citizen together, in the order of their start.

    `sizes` says how many entries each of `citizens` has; `ids` holds 16 bytes an entry, of its activity or reduction;
    `methodologies` the id of the version that was used (0: none yet); `days` days since 1970; `booked_mg` what counts;
    `left_mg` what the version's daily cap left of the formula, -1 where it was not reached.
    """

    citizens: Sequence[UUID]
    sizes: Integers
    ids: bytes
    scenarios: Integers
    methodologies: Integers
    days: Integers
    booked_mg: Integers
    fixed_points: Integers
    left_mg: Integers
    columns: Columns

    def __len__(self) -> int:
        return len(self.booked_mg)

    def id(self, place: int) -> UUID:
        return UUID(bytes=self.ids[place * 16 : place * 16 + 16])

    def day(self, place: int) -> date:
        return date(1970, 1, 1) + timedelta(days=int(self.days[place]))

    def citizen_days(self) -> Integers:
        """A number for each citizen and city day."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes) * 100_000 + self.days

    def by_citizen(self, amounts: Integers) -> Integers:
        """The sum of each citizen's amounts."""
        starts = np.cumsum(self.sizes) - self.sizes
        return np.add.reduceat(amounts, starts)


def take(columns: Columns, where: Flags) -> Columns:
    """The chosen rows of all columns."""
    return Columns(*(getattr(columns, name)[where] for name in Columns.__slots__))


def stream(
    query: str, parameters: Mapping[str, Any], chosen: str = "", chunk: int = CHUNK_ENTRIES
) -> Iterator[Entries]:
    """The entries that a query of this room selects, some `chunk` at a time. Needs a transaction.

    `chosen` is the condition of `of_reductions`.
    """
    rows: list[tuple[Any, ...]] = []
    count = 0
    connection.ensure_connection()
    with ServerCursor(connection.connection, f"entries_{uuid4().hex}") as cursor:
        cursor.execute(_packed(query, chosen), {**_ORDERS, **parameters}, binary=True)
        while fetched := cursor.fetchmany(FETCH_CITIZENS):
            rows += fetched
            count += sum(row[1] for row in fetched)
            if count >= chunk:
                yield _unpack(rows)
                rows, count = [], 0
    if rows:
        yield _unpack(rows)


def of_reduction(credit: Reduction) -> Entries | None:
    """The inputs of one credit as they were when it was written; None for a reversal. One query.

    The activity's id leads to the one part of each table in which it lies.
    """
    chosen = "r.id = %(id)s AND r.activity_id = %(activity_id)s"
    wanted = {**_ORDERS, "id": credit.pk, "activity_id": credit.activity_id}
    with connection.cursor() as cursor:
        cursor.execute(_packed("of_reductions", chosen), wanted)
        rows = cursor.fetchall()
    return _unpack(rows) if rows else None


def contents(cursor: CursorWrapper, activities: Iterable[tuple[UUID, UUID]]) -> dict[UUID, dict[str, Any]]:
    """What activities (citizen, activity) say now that a calculation may use, by their ids."""
    citizens, ids = zip(*activities, strict=True)
    query = sql.read(QUERIES, "content").replace("{further}", sql.read(QUERIES, "further"))
    cursor.execute(query, {"inputs": list(INPUTS), "citizens": list(citizens), "activities": list(ids)})
    return {activity_id: json.loads(content) for activity_id, content in cursor.fetchall()}


def _packed(query: str, chosen: str) -> str:
    entries = sql.read(QUERIES, query).replace("{further}", sql.read(QUERIES, "further")).replace("{chosen}", chosen)
    return sql.read(QUERIES, "pack").replace("{entries}", entries)


def _unpack(rows: list[tuple[Any, ...]]) -> Entries:
    """Of what was corrected since, the content of then goes before the columns."""
    citizens, sizes, ids, *packed, further = zip(*rows, strict=True)
    kinds = (_INT64, _INT64, _INT32, _INT64, _INT64, _INT64, _INT32, _INT64, _INT32, _INT64, _INT64)
    scenarios, methodologies, days, started, ended, distance_m, basis, quantity, evidence, booked_mg, fixed_points = (
        _numbers(parts, kind) for parts, kind in zip(packed, kinds, strict=True)
    )
    few = _further("\n".join(further))
    left_mg = np.full(len(scenarios), -1)
    for place, said in few:
        left_mg[place] = said.get("day_left_mg", -1)
    return Entries(
        [UUID(bytes=bytes(citizen)) for citizen in citizens],
        np.array(sizes, dtype=np.int64),
        b"".join(ids),
        scenarios,
        methodologies,
        days + _DAY_ZERO,
        booked_mg,
        fixed_points,
        left_mg,
        Columns.assemble(
            {
                "distance_m": distance_m,
                "basis": basis,
                "quantity": quantity,
                "evidence": evidence,
                "duration_s": np.where(ended < started, -1, (ended - started) // 1_000_000),
            },
            few,
        ),
    )


def _numbers(parts: Sequence[bytes], kind: str) -> Integers:
    return np.frombuffer(b"".join(parts), dtype=kind).astype(np.int64)


def _further(lines: str) -> list[tuple[int, dict[str, Any]]]:
    """The inputs that few activities have, with their places."""
    if not lines.strip("\n"):
        return []
    return [(place, _with_duration(json.loads(line))) for place, line in enumerate(lines.split("\n")) if line]


def _with_duration(said: dict[str, Any]) -> dict[str, Any]:
    """The content of before a correction says start and end; a family wants the time between them."""
    if "started_at" in said:
        start, end = said["started_at"], said["ended_at"]
        said["duration_s"] = end and int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    return said
