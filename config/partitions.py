"""Large tables in parts of a month each, made ahead of time.

A table is split by a date, or by a UUIDv7, which carries the instant at which it was made: so the id alone stays the
key, and whoever knows an id finds the one part. What belongs to no part lies in the table's default part, so that
writing never stops. The database's catalogue says which tables are split; nothing is listed here.
"""

import re
from datetime import date
from typing import NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from config import clock
from config.identifiers import first_id

MONTHS_AHEAD = 3
LOCK = 0x5041
MONTH = re.compile(r"_(\d{4})_(\d{2})$")


class AppendOnlyError(Exception):
    """Parts of an append-only table are never dropped."""


class Table(NamedTuple):
    """A table that is split, and the column by whose values."""

    name: str
    key: str
    by_id: bool

    @property
    def default(self) -> str:
        return f"{self.name}_default"

    def part(self, month: date) -> str:
        return f"{self.name}_{month:%Y_%m}"

    def floor(self, day: date) -> UUID | date:
        """No key of the day or later is smaller."""
        return first_id(clock.day_start(day)) if self.by_id else day


class Part(NamedTuple):
    """`first` is the first day of its month; None for the default part and for what stands aside."""

    table: str
    name: str
    first: date | None
    bounds: str
    rows: int
    """As last counted by the database."""
    size_bytes: int


def tables() -> list[Table]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, a.attname, a.atttypid = 'uuid'::regtype FROM pg_partitioned_table p"
            " JOIN pg_class c ON c.oid = p.partrelid AND c.relnamespace = current_schema()::regnamespace"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] ORDER BY c.relname"
        )
        return [Table(*row) for row in cursor.fetchall()]


def parts(table: str) -> list[Part]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid), greatest(c.reltuples, 0)::bigint,"
            " pg_total_relation_size(c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass ORDER BY c.relname",
            [table],
        )
        return [Part(table, name, _month(name), *rest) for name, *rest in cursor.fetchall()]


def ensure(months_ahead: int = MONTHS_AHEAD, first: date | None = None, only: str = "") -> list[str]:
    """Make the parts that are missing from the first month there is, or `first`, up to `months_ahead` from now.

    `only` is one table; without it all are seen to. What lay in the default part moves to its month. Returns the
    names of the parts made. May run twice, or in two places at once. Raises OperationalError where a running
    transaction does not let go of the default part.
    """
    made: list[str] = []
    for table in tables():
        if only not in ("", table.name):
            continue
        known = [part.first for part in parts(table.name) if part.first]
        month = min(*known, (first or clock.city_today()).replace(day=1), clock.city_today().replace(day=1))
        while month <= clock.month_later(clock.city_today(), months_ahead):
            if month not in known and _make(table, month):
                made.append(table.part(month))
            month = clock.month_later(month, 1)
    return made


def analyze(names: list[str]) -> None:
    """Statistics for the tables of these parts as wholes, which the database does not take by itself."""
    with connection.cursor() as cursor:
        for table in sorted({MONTH.sub("", name) for name in names}):
            cursor.execute(f"ANALYZE {table}")


def drop(table: str, before: date) -> list[str]:
    """Drop the months of a table that end before or with the day; return their names. Raises AppendOnlyError."""
    dropped = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND tgfoid = 'refuse_change'::regproc", [table]
        )
        if cursor.fetchone():
            raise AppendOnlyError(table)
        _lock(cursor, table)
        for part in parts(table):
            if part.first and clock.month_later(part.first, 1) <= before:
                cursor.execute(f"DROP TABLE {part.name}")
                dropped.append(part.name)
    return dropped


def missing() -> list[str]:
    """The parts of this month and the next that are not there."""
    months = (clock.city_today().replace(day=1), clock.month_later(clock.city_today(), 1))
    there = {part.name for table in tables() for part in parts(table.name)}
    return [name for table in tables() for month in months if (name := table.part(month)) not in there]


def strays() -> dict[str, int]:
    """Rows that came while their month had no part, by table."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables():
            known = [part.first for part in parts(table.name) if part.first]
            low, high = min(known, default=date(2000, 1, 1)), clock.month_later(clock.city_today(), 1)
            cursor.execute(
                f"SELECT count(*) FROM {table.default} WHERE {table.key} >= %s AND {table.key} < %s",  # noqa: S608  our own names
                [table.floor(low), table.floor(high)],
            )
            (count,) = cursor.fetchone()
            if count:
                found[table.name] = count
    return found


@transaction.atomic
def _make(table: Table, month: date) -> bool:
    """Make a part beside the table and put it in, so that only the default part is locked, for a moment."""
    part, low, high = table.part(month), table.floor(month), table.floor(clock.month_later(month, 1))
    with connection.cursor() as cursor:
        _lock(cursor, table.name)
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [part])
        if cursor.fetchone()[0]:
            return False
        cursor.execute(f"CREATE TABLE {part} (LIKE {table.name} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
        cursor.execute(f"LOCK TABLE {table.default} IN ACCESS EXCLUSIVE MODE")
        _move(cursor, table, part, low, high)
        cursor.execute(f"ALTER TABLE {table.name} ATTACH PARTITION {part} FOR VALUES FROM (%s) TO (%s)", [low, high])
        guard(cursor, table.name, part)
    return True


def _lock(cursor: CursorWrapper, table: str) -> None:
    cursor.execute("SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, table])


def _move(cursor: CursorWrapper, table: Table, part: str, low: UUID | date, high: UUID | date) -> None:
    """Rows keep what they say: only the place changes, so triggers that keep rows as they are stand aside."""
    within = f"{table.key} >= %s AND {table.key} < %s"
    cursor.execute(f"SELECT 1 FROM {table.default} WHERE {within} LIMIT 1", [low, high])  # noqa: S608  our own names
    if cursor.fetchone():
        cursor.execute(f"INSERT INTO {part} SELECT * FROM {table.default} WHERE {within}", [low, high])  # noqa: S608  our own names
        cursor.execute(f"ALTER TABLE {table.default} DISABLE TRIGGER USER")
        cursor.execute(f"DELETE FROM {table.default} WHERE {within}", [low, high])  # noqa: S608  our own names
        cursor.execute(f"ALTER TABLE {table.default} ENABLE TRIGGER USER")


def guard(cursor: CursorWrapper, table: str, part: str) -> None:
    """Triggers on rows reach the parts by themselves; those on TRUNCATE are repeated for each part."""
    cursor.execute(
        "SELECT tgname, tgfoid::regproc FROM pg_trigger"
        " WHERE tgrelid = %s::regclass AND tgtype::integer & 32 <> 0 AND NOT tgisinternal AND tgenabled <> 'D'",
        [table],
    )
    for trigger, function in cursor.fetchall():
        cursor.execute(
            f"CREATE TRIGGER {trigger} BEFORE TRUNCATE ON {part} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def _month(name: str) -> date | None:
    found = MONTH.search(name)
    return date(int(found[1]), int(found[2]), 1) if found else None
