"""What readers hand to the mapping."""

from collections.abc import Iterator
from typing import Any

Row = list[Any] | dict[str, Any]
"""A table row's cells in the order of the header, or a JSON object (or list)."""
Items = Iterator[tuple[int, Row]]
"""Pairs of line and row. Lines count from 1, in JSON rows; through all files of a zip."""
