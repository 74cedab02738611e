"""Splitting a table that is there already by months, with its rows, as a step of a migration."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection, migrations
from django.db.backends.utils import CursorWrapper

from config import clock, partitions
from config.identifiers import first_id, made_at
from config.partitions import Table

OLDEST_MONTHS = 60
"""Parts are made for rows up to so many months old; what is older lies in the default part."""
FAR = first_id(datetime(2100, 1, 1, tzinfo=UTC))
"""Ids above are no ids of a time, but derived from others or made by clients."""


def by_month(
    table: str, key: str, primary_key: Sequence[str], whole_key: Sequence[str] = ("id",), aside: bool = False
) -> migrations.RunPython:
    """Split a table by the months of `key`, a date or a UUIDv7, which must be part of the primary and unique keys.

    Names of constraints, indexes and triggers stay as they are. `aside` keeps ids that carry no time in a part of
    their own. Backward, the table is whole again with the primary key `whole_key`.
    """

    def forward(apps: Any, editor: Any) -> None:
        with connection.cursor() as cursor:
            _split(cursor, table, key, primary_key, aside)

    def backward(apps: Any, editor: Any) -> None:
        with connection.cursor() as cursor:
            _rebuild(cursor, table, "", whole_key, aside=False)

    return migrations.RunPython(forward, backward)


def _split(cursor: CursorWrapper, table: str, key: str, primary_key: Sequence[str], aside: bool) -> None:
    _rebuild(cursor, table, key, primary_key, aside)
    for part in partitions.parts(table):
        partitions.guard(cursor, table, part.name)


def _rebuild(cursor: CursorWrapper, table: str, key: str, primary_key: Sequence[str], aside: bool) -> None:
    """The same table, split by `key` or whole, with all its rows, constraints, indexes and triggers."""
    statements = _definitions(cursor, table)
    serial = _serial(cursor, table)
    cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    split = f"PARTITION BY RANGE ({key})" if key else ""
    cursor.execute(f"CREATE TABLE {table} (LIKE {table}_before INCLUDING DEFAULTS INCLUDING CONSTRAINTS) {split}")
    if key:
        _make_parts(cursor, table, key, aside)
    cursor.execute(f"INSERT INTO {table} SELECT * FROM {table}_before")  # noqa: S608  our own names
    if serial:
        cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {serial} DROP DEFAULT")
    cursor.execute(f"DROP TABLE {table}_before")
    columns = ", ".join(primary_key)
    cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_pkey PRIMARY KEY ({columns})")
    for statement in statements:
        cursor.execute(statement)
    if serial:
        _count(cursor, table, serial)


def _definitions(cursor: CursorWrapper, table: str) -> list[str]:
    """Statements that make the keys, indexes and triggers again; checks and defaults are copied with the columns."""
    cursor.execute(
        "SELECT format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', %s, conname, pg_get_constraintdef(oid))"
        " FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('u', 'f')"
        " UNION ALL SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i WHERE i.indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)"
        " UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
        [table, table, table, table],
    )
    return [row[0] for row in cursor.fetchall()]


def _serial(cursor: CursorWrapper, table: str) -> str:
    """The column that counts by itself; "" where there is none."""
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND pg_get_serial_sequence(%s, attname) IS NOT NULL",
        [table, table],
    )
    row = cursor.fetchone()
    return str(row[0]) if row else ""


def _count(cursor: CursorWrapper, table: str, column: str) -> None:
    """A plain sequence: split tables have identity columns from PostgreSQL 17 on only."""
    sequence = f"{table}_{column}_seq"
    cursor.execute(f"CREATE SEQUENCE {sequence} OWNED BY {table}.{column}")
    cursor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT nextval('{sequence}')")
    cursor.execute(f"SELECT setval('{sequence}', coalesce(max({column}), 0) + 1, false) FROM {table}")  # noqa: S608  our own names


def _make_parts(cursor: CursorWrapper, table: str, key: str, aside: bool) -> None:
    cursor.execute(f"CREATE TABLE {table}_default PARTITION OF {table} DEFAULT")
    if aside:
        cursor.execute(f"CREATE TABLE {table}_aside PARTITION OF {table} FOR VALUES FROM (%s) TO (MAXVALUE)", [FAR])
    split = next(one for one in partitions.tables() if one.name == table)
    partitions.ensure(first=_first_month(cursor, split), only=table)


def _first_month(cursor: CursorWrapper, table: Table) -> date | None:
    """The month of the oldest row that is not older than OLDEST_MONTHS; None without rows."""
    oldest = clock.month_later(clock.city_today(), -OLDEST_MONTHS)
    cursor.execute(
        f"SELECT {table.key} FROM {table.name}_before WHERE {table.key} >= %s AND {table.key} < %s"  # noqa: S608  our own names
        f" ORDER BY {table.key} LIMIT 1",
        [table.floor(oldest), table.floor(clock.city_today())],
    )
    row = cursor.fetchone()
    if row is None:
        return None
    return clock.city_day(made_at(row[0])) if table.by_id else row[0]
