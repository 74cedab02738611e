"""JSON: a document with a path to its rows, read as a stream, and lines with a row each.

A path is names with dots; `[]` stands for each item of a list, `{}` for each member of an object, and the last name
leads to a list. A row from within another object has that object as `^`, a member's own name is `^key`:
`users[].rides` gives rides with `^.id` of their user.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import ijson
import msgspec

from activities.intake import tables
from activities.intake.formats.vocabulary import Container
from activities.intake.problems import Refused
from activities.intake.rows import Items, Row

PEEK_BYTES = 262_144
ITEM_BYTES_MAX = 67_108_864
"""How long an item of the outermost list may be, with all that is in it."""
STEP = re.compile(r"\[\]|\{\}|[^.\[\]{}]+")


def read_lines(source: BinaryIO, container: Container) -> Items:
    """Raises Refused from within."""
    lines = tables.Lines(source, container)
    for line in lines:
        if line.strip():
            where = f"line {lines.number}"
            try:
                found = msgspec.json.decode(line)
            except msgspec.DecodeError as error:
                raise Refused("bad_json", f"{where} is not JSON: {error}") from error
            yield lines.number, as_row(found, container, where)


def read_document(source: BinaryIO, container: Container) -> Items:
    """Raises Refused from within. No more than one item of the outermost list is held in memory."""
    number = 0
    steps = _steps(container.path)
    outer = next(place for place, step in enumerate(steps) if step in ("[]", "{}"))
    try:
        for item in _stream(_as_utf8(source, container.encoding), steps[:outer], steps[outer]):
            for row in _expand(item, steps[outer + 1 :], container.path):
                number += 1
                yield number, as_row(row, container, f"row {number}")
    except ijson.JSONError as error:
        raise Refused("bad_json", f"the body is not JSON: {error}") from error


def find_rows(document: Any, path: str) -> list[Any]:
    """The rows of a small document. Raises Refused; a single object where a list is expected is one row."""
    found: list[Any] = [document]
    steps = _steps(path)
    if steps[-1] == "[]" and isinstance(inner := _descend(document, steps[:-1], path), dict):
        return [inner]
    return [row for value in found for row in _expand(value, steps, path)]


def as_row(value: Any, container: Container, where: str) -> Row:
    """An object, or a list of cells that get the declared names. Raises Refused."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise Refused("bad_json", f"{where} must be an object, not {type(value).__name__}")
    return dict(zip(container.columns, value, strict=False)) if container.columns else value


def first_name(path: str) -> str:
    """The name with which a path begins; "" where the document is the list."""
    return next((step for step in STEP.findall(path) if step not in ("[]", "{}")), "")


def _steps(path: str) -> list[str]:
    steps = STEP.findall(path)
    return steps if steps and steps[-1] in ("[]", "{}") else [*steps, "[]"]


def _stream(source: BinaryIO, names: list[str], marker: str) -> Iterator[Any]:
    """The items of the outermost list or object. Raises Refused where the path leads to nothing of the kind."""
    prefix, wanted = ".".join(names), "start_array" if marker == "[]" else "start_map"
    # where the rows begin early, as they nearly always do, the parser reads on by itself; else event by event
    near, bounded = _begins_early(source, prefix, wanted), _Bounded(source)
    events = bounded if near else _watch(ijson.parse(bounded), prefix, wanted)
    if marker == "[]":
        for item in ijson.items(events, f"{prefix}.item" if prefix else "item"):
            bounded.since = 0
            yield item
    else:
        for key, value in ijson.kvitems(events, prefix):
            bounded.since = 0
            yield {**value, "^key": key} if isinstance(value, dict) else value


def _begins_early(source: BinaryIO, prefix: str, wanted: str) -> bool:
    start = source.peek(PEEK_BYTES)  # type: ignore[attr-defined]
    try:
        return any(
            True for event in _watch(ijson.parse(io.BytesIO(start)), prefix, wanted) if event[:2] == (prefix, wanted)
        )
    except ijson.JSONError:
        return False


def _watch(events: Iterable[tuple[str, str, Any]], prefix: str, wanted: str) -> Iterator[tuple[str, str, Any]]:
    """The events as they are; at their end a refusal where the place of the rows was not among them."""
    found, there = False, []
    for event in events:
        if not found and event[0] == prefix and event[1] != "map_key":
            if event[1] != wanted:
                kind = "a list" if wanted == "start_array" else "an object"
                raise Refused("bad_rows_path", f"{prefix or 'the body'!r} must be {kind} of rows", prefix)
            found = True
        elif not found and event[:2] == ("", "map_key"):
            there.append(event[2])
        yield event
    if not found:
        known = ", ".join(there[:8])
        raise Refused("bad_rows_path", f"there is no {prefix!r} in the body; there are: {known}", prefix)


def _expand(value: Any, steps: list[str], path: str) -> Iterator[Any]:
    """The rows inside an item, each with the object it is from as `^`."""
    names: list[str] = []
    for place, step in enumerate(steps):
        if step not in ("[]", "{}"):
            names.append(step)
            continue
        inner, rest = _descend(value, names, path), steps[place + 1 :]
        for row in _members(inner, step, path):
            if isinstance(row, dict) and isinstance(value, dict) and names:
                row = {**row, "^": value}
            yield from _expand(row, rest, path)
        return
    yield _descend(value, names, path)


def _members(value: Any, marker: str, path: str) -> Iterator[Any]:
    if marker == "[]":
        if not isinstance(value, list):
            raise Refused("bad_rows_path", f"{path or 'the body'!r} must be a list of rows", path)
        yield from value
        return
    if not isinstance(value, dict):
        raise Refused("bad_rows_path", f"{path!r} must be an object of rows", path)
    for key, row in value.items():
        yield {**row, "^key": key} if isinstance(row, dict) else row


def _descend(value: Any, names: list[str], path: str) -> Any:
    for name in names:
        if not isinstance(value, dict) or name not in value:
            there = ", ".join(list(value)[:8]) if isinstance(value, dict) else type(value).__name__
            raise Refused("bad_rows_path", f"there is no {path!r} in the body; there are: {there}", path)
        value = value[name]
    return value


def _as_utf8(source: BinaryIO, encoding: str) -> BinaryIO:
    """JSON is read as UTF-8 without a mark; others are recoded on the way."""
    name = codecs.lookup(encoding).name
    if name in ("utf-8", "utf-8-sig", "ascii"):
        if source.peek(3).startswith(codecs.BOM_UTF8):  # type: ignore[attr-defined]
            source.read(3)
        return source
    return io.BufferedReader(_Recoded(io.TextIOWrapper(source, encoding)), PEEK_BYTES)


class _Bounded:
    """A stream of which no item may be longer than what memory holds; `since` counts from the last item."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.since = source, 0

    def read(self, size: int) -> bytes:
        piece = self.source.read(size)
        self.since += len(piece)
        if self.since > ITEM_BYTES_MAX:
            raise Refused("bad_json", f"a row, or what stands before the rows, is longer than {ITEM_BYTES_MAX} bytes")
        return piece


class _Recoded(io.RawIOBase):
    """Text in any encoding, read as UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text, self.rest = text, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            self.rest = self.rest or self.text.read(PEEK_BYTES // 4).encode()
        except UnicodeError as error:
            raise Refused("bad_encoding", f"not {self.text.encoding}: {error}") from error
        view = memoryview(buffer)
        content, self.rest = self.rest[: len(view)], self.rest[len(view) :]
        view[: len(content)] = content
        return len(content)
