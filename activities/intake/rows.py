"""What readers hand to the mapping."""

from collections.abc import Iterator
from typing import Any

from activities.intake.problems import RowError

Row = list[Any] | dict[str, Any]
"""A table row's cells in the order of the header, or a JSON object (or list)."""
Items = Iterator[tuple[int, Row]]
"""Pairs of line and row. Lines count from 1, in JSON rows; through all files of a zip."""


def trim(row: Row, width: int) -> Row:
    """A row whose line ends with a delimiter, without the empty cells that this makes. Raises RowError for others."""
    if isinstance(row, dict) or len(row) < width or any(row[width:]):
        raise RowError("column_count", "", f"{len(row)} cells, {width} expected")
    return row[:width]


def as_object(row: list[Any], header: list[str]) -> dict[str, Any] | None:
    """The cells by their names; None where they are not as many as the names."""
    if len(row) < len(header) or any(row[len(header) :]):
        return None
    return dict(zip(header, row, strict=False))
