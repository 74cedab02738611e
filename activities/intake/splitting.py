"""A row that holds several things becomes a row for each of them: the items of an order, the legs of a ticket."""

from collections.abc import Callable, Iterator
from typing import Any

from activities.intake import rows
from activities.intake.cells import Cells, spell
from activities.intake.formats.vocabulary import PIECE, Splitting
from activities.intake.rows import Items, Row

Pieces = Callable[[Row], Iterator[tuple[Any, ...]]]


def split(items: Items, header: list[str] | None, declared: Splitting) -> Items:
    """Objects with the columns of their row, the declared names, and `piece`: its place, from 1. All have its line.

    Empty pieces are left out; the places of the others do not change by it.
    """
    cells = Cells(header)
    read = _listed(cells, declared) if declared.column != "" else _side_by_side(cells, declared)
    for line, row in items:
        whole = row if isinstance(row, dict) else rows.as_object(row, header or [])
        if whole is None:
            yield line, row  # not to be understood, and refused with its own reason
            continue
        for number, piece in enumerate(read(row), start=1):
            if any(isinstance(value, dict | list) or spell(value) for value in piece):
                yield line, {**whole, **dict(zip(declared.names, piece, strict=False)), PIECE: number}


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
