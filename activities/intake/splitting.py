"""A row that holds several things becomes a row for each of them: the items of an order, the days of a person."""

from collections.abc import Callable, Iterator
from typing import Any

from activities.intake import rows
from activities.intake.cells import Cells, spell
from activities.intake.formats.vocabulary import PIECE, Splitting
from activities.intake.rows import Apart, Items, Row

Pieces = Callable[[Row], Iterator[tuple[Any, ...]]]


def split(items: Items, header: list[str] | None, declared: Splitting, empty: tuple[str, ...] = ()) -> Items:
    """Objects with the columns of their row, the declared names, and `piece`: its place, from 1. All have its line.

    Empty pieces are left out; the places of the others do not change by it. A row without any is passed over.
    """
    read, nothing = _read(header, declared, empty), {"", *empty}
    for line, row in items:
        whole = rows.as_object(row, header)
        if isinstance(whole, Apart):
            yield line, whole
            continue
        some = False
        for number, piece in enumerate(read(row), start=1):
            if any(isinstance(value, dict | list) or spell(value) not in nothing for value in piece):
                some = True
                yield line, {**whole, **dict(zip(declared.names, piece, strict=False)), PIECE: number}
        if not some:
            yield line, Apart([whole])


def _read(header: list[str] | None, declared: Splitting, empty: tuple[str, ...]) -> Pieces:
    if declared.keep:
        return _across(header, declared, {"", *empty})
    cells = Cells(header, empty)
    return _listed(cells, declared) if declared.column != "" else _side_by_side(cells, declared)


def _listed(cells: Cells, declared: Splitting) -> Pieces:
    value = cells.value(declared.column)

    def read(row: Row) -> Iterator[tuple[Any, ...]]:
        found = value(row)
        pieces = found if isinstance(found, list) else spell(found).split(declared.separator)
        return ((piece,) for piece in pieces)

    return read


def _side_by_side(cells: Cells, declared: Splitting) -> Pieces:
    groups = [[cells.value(name) for name in group] for group in declared.columns]

    def read(row: Row) -> Iterator[tuple[Any, ...]]:
        return (tuple(look(row) for look in group) for group in groups)

    return read


def _across(header: list[str] | None, declared: Splitting, nothing: set[str]) -> Pieces:
    """Every column that is not kept is a piece: its name, and its value. What we said of a row ourselves is none."""
    kept = set(declared.keep)

    def read(row: Row) -> Iterator[tuple[Any, ...]]:
        pairs = row.items() if isinstance(row, dict) else zip(header or [], row, strict=False)
        told = ((name, value) for name, value in pairs if name not in kept and name[:1] != "^")
        return (() if spell(pair[1]) in nothing else pair for pair in told)

    return read
