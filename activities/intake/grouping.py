"""Rows with the same key become one: the points of a trip, the hours of a day."""

from collections.abc import Callable
from hashlib import blake2b
from itertools import groupby
from typing import Any

from activities.intake.cells import Cells, digest
from activities.intake.formats.values import Text
from activities.intake.formats.vocabulary import Grouping
from activities.intake.problems import Refused
from activities.intake.rows import Items, Row, sift

GATHERED_ROWS_MAX = 1_000_000


def group(items: Items, header: list[str] | None, declared: Grouping) -> Items:
    """Objects with the columns of their first row, `first`, `last`, and all of them as `points`; line of the first.
    What is no row follows the group in which it stood.

    Raises Refused where a group is longer than declared, or goes on after another one began though it is said to stand
    together: such a file cannot be grouped as it streams by.
    """
    cells = Cells(header)
    keys = [cells.text(source) if isinstance(source, Text) else cells.cell(source) for source in declared.by]
    seen: set[bytes] = set()
    aside: list[tuple[int, Row]] = []
    items = sift(items, header, aside)

    def key(item: tuple[int, Any]) -> str:
        return digest(*[cell(item[1]) for cell in keys])

    for name, members in groupby(items if declared.together else _gather(items, key), key):
        short = blake2b(name.encode(), digest_size=8).digest()
        line, rows = _collect(members, header, declared.rows_max)
        if short in seen:
            raise Refused("rows_apart", f"line {line}: rows of one group do not stand together; sort the file by it")
        seen.add(short)
        yield line, {**rows[0], "first": rows[0], "last": rows[-1], "points": rows}
        yield from aside
        aside.clear()
    yield from aside


def _gather(items: Items, key: Callable[[tuple[int, Any]], str]) -> Items:
    """The rows group by group, the groups in the order in which they begin."""
    groups: dict[str, list[tuple[int, Any]]] = {}
    for number, item in enumerate(items, start=1):
        if number > GATHERED_ROWS_MAX:
            raise Refused("rows_apart", f"more than {GATHERED_ROWS_MAX} rows to be grouped must stand together")
        groups.setdefault(key(item), []).append(item)
    for members in groups.values():
        yield from members


def _collect(members: Items, header: list[str] | None, rows_max: int) -> tuple[int, list[dict[str, Any]]]:
    first, rows = 0, []
    for line, row in members:
        first = first or line
        rows.append(row if isinstance(row, dict) else dict(zip(header or [], row, strict=False)))
        if len(rows) > rows_max:
            raise Refused("rows_apart", f"line {first}: more than {rows_max} rows in one group")
    return first, rows
