"""From the bytes of a delivery to rows, as a stream. A body that cannot be read to its end is refused whole."""

import io
from functools import partial
from typing import Any, BinaryIO

import msgspec

from activities.intake import documents, grouping, headings, json_text, splitting, tables, workbooks
from activities.intake.formats.vocabulary import Container, Format
from activities.intake.problems import BODY_EMPTY, Refused, naming
from activities.intake.rows import Items, Row
from activities.intake.unpacking import unpack


class Stream:
    """The rows of a body: `header` (tables only) and `items`, to be read once."""

    def __init__(self, header: list[str] | None, items: Items) -> None:
        self.header = header
        self.items = items


class Rows:
    """The rows of a small body, all at hand."""

    def __init__(self, header: list[str] | None, items: list[tuple[int, Row]]) -> None:
        self.header = header
        self.items = items


def read(body: bytes, declared: Format) -> Rows:
    """Raises Refused where the container is broken or a column is missing."""
    stream = open_stream(io.BytesIO(body), len(body), declared)
    return Rows(stream.header, list(stream.items))


def open_stream(source: BinaryIO, size_bytes: int, declared: Format, file: str = "") -> Stream:
    """The rows of a seekable stream; `file` is its name. Raises Refused at once, or later from within `items`."""
    container, told = declared.container, dict.fromkeys(declared.told, file)
    if container.kind in ("jsonl", "json"):
        stream = Stream(None, _read_json(source, size_bytes, declared, told))
    else:
        open_parts = workbooks.open_sheets if container.kind == "workbook" else tables.open_files
        stream = Stream(*tables.read(open_parts(source, size_bytes, container, told), declared.columns))
    return _reshape(stream, declared)


def _reshape(stream: Stream, declared: Format) -> Stream:
    """Rows completed by what stands above them, grouped where they are one thing, split where they are several."""
    stream = Stream(*headings.complete(stream.items, stream.header, declared.container))
    if declared.group is not None:
        stream = Stream(None, grouping.group(stream.items, stream.header, declared.group))
    if declared.split is not None:
        items = splitting.split(stream.items, stream.header, declared.split, declared.container.empty)
        stream = Stream(None, items)
    return stream


def _read_json(source: BinaryIO, size_bytes: int, declared: Format, told: dict[str, str]) -> Items:
    container = declared.container
    read_document = partial(documents.read_document, needed=declared.columns)
    read = documents.read_lines if container.kind == "jsonl" else read_document
    before, empty = 0, True
    for name, member in unpack(source, size_bytes, container.members):
        last = before
        if member.peek(1):  # type: ignore[attr-defined]
            empty = False
            with naming(name):
                for number, row in read(member, container):
                    last = before + number
                    yield last, row if not told or isinstance(row, list) else {**row, **tables.tell(told, name)}
        before = last
    if empty:
        raise Refused("body_empty", BODY_EMPTY)


def read_webhook(body: bytes, declared: Format) -> Rows:
    """The rows of a webhook: a list of rows, an object with the rows (or one row) under `data`, or JSON lines.

    Raises Refused.
    """
    if not body.strip():
        raise Refused("body_empty", BODY_EMPTY)
    container = declared.container
    try:
        found = json_text.decode(body)
    except msgspec.DecodeError as error:
        lines = body.strip().splitlines()
        if len(lines) < 2 or not lines[0].strip().endswith(b"}"):
            raise Refused("bad_json", f"the body is not JSON: {error}") from error
        stream = io.BufferedReader(io.BytesIO(body))
        items = [(line, _unwrap(row, container)) for line, row in documents.read_lines(stream, container)]
        return Rows(None, list(_reshape(Stream(None, iter(items)), declared).items))
    if isinstance(found, dict) and _is_row(found, declared):
        found = [found]
    rows = found if isinstance(found, list) else documents.find_rows(found, container.path)
    items = [(n, documents.as_row(row, container)) for n, row in enumerate(rows, start=1)]
    return Rows(None, list(_reshape(Stream(None, iter(items)), declared).items))


def _is_row(found: dict[str, Any], declared: Format) -> bool:
    """One row by itself, as one JSON line is: it has columns of the format, and not what leads to rows."""
    start = documents.first_name(declared.container.path)
    return start not in found and not declared.columns.isdisjoint(found)


def _unwrap(row: Row, container: Container) -> Row:
    """A line may be a row, or an envelope around one."""
    if isinstance(row, dict) and isinstance(inner := row.get(container.path), dict):
        return inner
    return row
