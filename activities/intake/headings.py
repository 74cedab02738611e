"""What a row does not say by itself: it stands in the cell above, in a heading line, or as JSON in a cell."""

from collections.abc import Callable
from typing import Any

import msgspec

from activities.intake import conditions, json_text, rows
from activities.intake.cells import Cells, spell
from activities.intake.formats.values import Name
from activities.intake.formats.vocabulary import Case, Container, Heading
from activities.intake.problems import RowError
from activities.intake.rows import Apart, Items, Row


def complete(items: Items, header: list[str] | None, container: Container) -> tuple[list[str] | None, Items]:
    """The rows with all that belongs to them, and their header; they become objects where it says more than cells."""
    if container.fill_down:
        items = _fill_down(items, header, container.fill_down)
    if container.heading is not None:
        header, items = None, _carry(items, header, container.heading)
    if container.json_columns:
        header, items = None, _open_json(items, header, container.json_columns)
    return header, items


def _fill_down(items: Items, header: list[str] | None, names: tuple[Name, ...]) -> Items:
    """An empty cell of these columns has the value of the last one above that was not empty."""
    places = Cells(header).positions
    last: dict[Name, Any] = {}
    for line, row in items:
        if isinstance(row, dict | Apart) or places is None:
            yield line, row
            continue
        for name in names:
            place = places[str(name)]
            if place < len(row):
                row[place] = last[name] = row[place] if spell(row[place]) else last.get(name, "")
        yield line, row


def _carry(items: Items, header: list[str] | None, declared: Heading) -> Items:
    """Rows that match `when` are no rows: what they say is told of every row beneath them.

    Records of several kinds are of several lengths; cells that are not there are empty.
    """
    cells = Cells(None)
    matches = conditions.bind(cells, Case(when=declared.when))
    reads = {name: cells.cell(source) for name, source in declared.names.items()}
    told = dict.fromkeys(reads, "")
    width = len(header or [])
    for line, row in items:
        if isinstance(row, Apart) and row.error:
            yield line, row
            continue
        whole = row if isinstance(row, dict) else dict(zip(header or [], row, strict=False))
        if _matches(matches, whole):
            told = {name: read(whole) for name, read in reads.items()}
        elif isinstance(row, list) and any(row[width:]):
            yield line, rows.as_object(row, header)
        else:
            yield line, {**whole, **told}


def _matches(matches: Callable[[Row], bool], row: Row) -> bool:
    """A line without the number that a heading has is none."""
    try:
        return matches(row)
    except RowError:
        return False


def _open_json(items: Items, header: list[str] | None, names: tuple[str, ...]) -> Items:
    """What is no JSON stays a text, in which no path leads anywhere."""
    for line, row in items:
        whole = rows.as_object(row, header)
        if isinstance(whole, dict):
            whole |= {name: _decode(whole.get(name)) for name in names}
        yield line, whole


def _decode(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json_text.decode(value)
    except msgspec.DecodeError:
        return value
