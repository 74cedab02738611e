"""What readers hand to the mapping."""

from collections.abc import Iterator
from typing import Any

from activities.intake.problems import RowError

Row = list[Any] | dict[str, Any]
"""A table row's cells in the order of the header, or a JSON object (or list)."""
Items = Iterator[tuple[int, Row]]
"""Pairs of line and row. Lines count from 1, in JSON rows; through all files of a zip."""


class Apart(list[Any]):
    """What stands where a row should be: its content as it came, and why it is no row; no `error` where it is empty.

    `told` are the cells that have a name. By them the format may still pass it over, as it does with a line of totals.
    """

    def __init__(self, content: list[Any], error: RowError | None = None, told: dict[str, Any] | None = None) -> None:
        super().__init__(content)
        self.error, self.told = error, told or {}


def trim(row: Row, width: int) -> Row:
    """A row whose line ends with a delimiter, without the empty cells that this makes. Raises RowError for others."""
    if isinstance(row, dict) or len(row) < width or any(row[width:]):
        raise RowError("column_count", "", f"{len(row)} cells, {width} expected")
    return row[:width]


def as_object(row: Row, header: list[str] | None) -> dict[str, Any] | Apart:
    """The cells by their names; what has not as many cells as there are names stands apart."""
    if isinstance(row, dict | Apart):
        return row
    names = header or []
    told = dict(zip(names, row, strict=False))
    if len(row) < len(names) or any(row[len(names) :]):
        return Apart(row, RowError("column_count", "", f"{len(row)} cells, {len(names)} expected"), told)
    return told


def sift(items: Items, header: list[str] | None, aside: list[tuple[int, Row]]) -> Items:
    """The rows; what is none of them, or has not as many cells as there are names, is laid aside."""
    width = len(header) if header is not None else None
    for line, row in items:
        whole = row
        if width is not None and isinstance(row, list) and len(row) != width:
            whole = as_object(row, header)
        if isinstance(whole, Apart):
            aside.append((line, whole))
        else:
            yield line, row
