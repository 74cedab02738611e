"""The tables that a feed keeps beside its rows: where its stations are, how far it is from one to another."""

import csv
import io
from functools import lru_cache

from activities.intake.formats.vocabulary import Table

BYTES_MAX = 1_048_576
ROWS_MAX = 20_000


class Sheet:
    """A table that was read: the names of its columns, and its rows by the values of its key."""

    def __init__(self, header: list[str], rows: dict[tuple[str, ...], list[str]]) -> None:
        self.header, self.rows = header, rows

    def index(self, column: str, separator: str) -> dict[str, str]:
        """The values of a column by the key; of a key of several columns, with the separator between their values."""
        at = self.header.index(column)
        return {separator.join(key): row[at] for key, row in self.rows.items()}


@lru_cache(maxsize=64)
def load(table: Table) -> Sheet:
    """Raises ValueError where it is no table, too long, or has a key twice."""
    if len(table.csv.encode()) > BYTES_MAX:
        raise ValueError(f"it is longer than {BYTES_MAX} bytes")
    lines = csv.reader(io.StringIO(table.csv), delimiter=table.delimiter, skipinitialspace=table.delimiter != " ")
    header = [name.strip() for name in next(lines, [])]
    for name in table.key:
        if header.count(name) != 1:
            raise ValueError(f"there is no column {name!r} to be its key; there are: {', '.join(header)}")
    places, rows = [header.index(name) for name in table.key], dict[tuple[str, ...], list[str]]()
    for cells in filter(any, lines):
        row = [cell.strip() for cell in cells]
        if len(row) != len(header):
            raise ValueError(f"line {lines.line_num}: {len(row)} cells, {len(header)} expected")
        key = tuple(row[place] for place in places)
        if rows.setdefault(key, row) != row:
            raise ValueError(f"line {lines.line_num}: the key {' + '.join(key)!r} comes twice")
    if len(rows) > ROWS_MAX:
        raise ValueError(f"{len(rows)} rows are more than {ROWS_MAX}")
    if table.either_way:
        rows = {key[::-1]: row for key, row in rows.items()} | rows
    return Sheet(header, rows)
