"""JSON: a document with a path to its rows, read as a stream, and lines with a row each.

A path is names with dots; `[]` stands for each item of a list, `{}` for each member of an object, and the last name
leads to a list. A row from within another object has that object as `^`, a member's own name is `^key`:
`users[].rides` gives rides with `^.id` of their user. Around the outermost list is the document, of which is known what
stands before the list.
"""

import codecs
import io
import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from typing import Any, BinaryIO

import ijson
import msgspec

from activities.intake import json_text
from activities.intake.formats.vocabulary import Container
from activities.intake.lines import MARK, Lines
from activities.intake.problems import Refused, RowError
from activities.intake.rows import Apart, Items, Row

PEEK_BYTES = 262_144
BAD_LINES_MAX = 1000
"""After so many lines without one row, it is another format that is meant."""
ITEM_BYTES_MAX = 67_108_864
"""How long an item of the outermost list may be, with all that is in it."""
STEP = re.compile(r"\[\]|\{\}|[^.\[\]{}]+")
DOCUMENT = "here begins a document; it is `kind: json`, and JSON lines have a row each"
ROWS = "it is a list of rows; a document is `kind: json`"
MORE = "behind the document there is more; JSON lines are `kind: jsonl`"
NO_LIST = "the body is no list of rows: say by `path` where they are; JSON lines are `kind: jsonl`"
SCALARS = ("string", "number", "boolean")
NAMES = {str: "a text", int: "a number", float: "a number", Decimal: "a number", bool: "a switch", type(None): "null"}


def read_lines(source: BinaryIO, container: Container) -> Items:
    """The rows; a line that is no JSON stands apart. Raises Refused where no line is, or not one of BAD_LINES_MAX."""
    lines, bad, begun = Lines(source, container), list[tuple[int, Apart]](), False
    for line in filter(str.strip, lines):
        row = _read_line(line, container)
        if not begun and isinstance(row, Apart):
            bad.append((lines.number, row))
            if len(bad) == BAD_LINES_MAX:
                break
            continue
        if not begun:
            yield from bad
            begun = True
        yield lines.number, row
    if not begun and bad:
        number, row = bad[0]
        detail = row.error.detail if row.error else ""
        begins = len(bad) > 1 and row[0][0] in "[{" and detail.endswith("truncated")
        raise Refused("bad_json", f"line {number}: {DOCUMENT if begins else detail}")


def _read_line(line: str, container: Container) -> Row:
    try:
        found = json_text.decode(line)
        if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
            return Apart(found, RowError("row_unreadable", "", ROWS))
        return as_row(found, container)
    except msgspec.DecodeError as error:
        return Apart([line.strip()], RowError("row_unreadable", "", f"it is not JSON: {error}"))


def read_document(source: BinaryIO, container: Container, needed: Collection[str] = ()) -> Items:
    """Raises Refused from within. No more than one item of the outermost list is held in memory, and of the document
    around it the members that are `needed` as columns."""
    number, steps, inside = 0, _steps(container.path), _Inside(container.path)
    outer = next(place for place, step in enumerate(steps) if step in ("[]", "{}"))
    up = "^." * sum(step in ("[]", "{}") for step in steps)
    around = _Around({name.removeprefix(up) for name in needed if name.startswith(up)})
    try:
        for item in _stream(_as_utf8(source, container.encoding), steps[:outer], steps[outer], around):
            if around.found and isinstance(item, dict):
                item["^"] = around.found
            for row in inside.expand(item, steps[outer + 1 :]):
                number += 1
                yield number, as_row(row, container)
    except (ijson.JSONError, ArithmeticError) as error:
        said = str(error).partition("\n")[0]  # behind it stands a piece of the body
        raise Refused("bad_json", MORE if "trailing garbage" in said else f"the body is not JSON: {said}") from error
    inside.check()


def find_rows(document: Any, path: str) -> list[Any]:
    """The rows of a small document. Raises Refused; a single object where a list is expected is one row."""
    steps, inside = _steps(path), _Inside(path)
    rows = list(inside.expand(document, steps, one=True))
    inside.check()
    if len(rows) == 1 and isinstance(row := rows[0], Apart) and row.error:
        raise Refused("bad_rows_path", f"{path or 'the body'!r}: {row.error.detail}", path)
    return rows


def as_row(value: Any, container: Container) -> Row:
    """An object, or a list of cells that get the declared names; anything else stands apart."""
    if isinstance(value, dict | Apart):
        return value
    if not isinstance(value, list):
        return Apart([value], RowError("row_unreadable", "", f"it is {NAMES[type(value)]}; a row is an object"))
    return dict(zip(container.columns, value, strict=False)) if container.columns else value


def first_name(path: str) -> str:
    """The name with which a path begins; "" where the document is the list."""
    return next((step for step in STEP.findall(path) if step not in ("[]", "{}")), "")


def _steps(path: str) -> list[str]:
    steps = STEP.findall(path)
    return steps if steps and steps[-1] in ("[]", "{}") else [*steps, "[]"]


class _Around:
    """The members of a document that stand before its rows."""

    def __init__(self, wanted: set[str]) -> None:
        self.wanted, self.found = wanted, dict[str, Any]()

    def note(self, path: str, value: Any) -> None:
        if path not in self.wanted:
            return
        *names, last = path.split(".")
        place = self.found
        for name in names:
            place = place.setdefault(name, {})
        place[last] = value


def _stream(source: BinaryIO, names: list[str], marker: str, around: _Around) -> Iterator[Any]:
    """The items of the outermost list or object. Raises Refused where the path leads to nothing of the kind."""
    prefix, wanted = ".".join(names), "start_array" if marker == "[]" else "start_map"
    # where the rows begin early, as they nearly always do, the parser reads on by itself; else event by event
    near, bounded = _begins_early(source, prefix, wanted, around), _Bounded(source)
    events = bounded if near else _watch(ijson.parse(bounded), prefix, wanted, around)
    if marker == "[]":
        for item in ijson.items(events, f"{prefix}.item" if prefix else "item"):
            bounded.since = 0
            yield item
    else:
        for key, value in ijson.kvitems(events, prefix):
            bounded.since = 0
            yield _keyed(key, value)


def _begins_early(source: BinaryIO, prefix: str, wanted: str, around: _Around) -> bool:
    start = source.peek(PEEK_BYTES)  # type: ignore[attr-defined]
    if json_text.Depth().add(start) > json_text.NESTING_MAX or json_text.has_long_number(start):
        return False
    try:
        events = _watch(ijson.parse(io.BytesIO(start)), prefix, wanted, around)
        return any(True for event in events if event[:2] == (prefix, wanted))
    except (ijson.JSONError, ArithmeticError):
        return False


def _watch(
    events: Iterable[tuple[str, str, Any]], prefix: str, wanted: str, around: _Around
) -> Iterator[tuple[str, str, Any]]:
    """The events as they are; at their end a refusal where the place of the rows was not among them."""
    found, there = False, []
    for event in events:
        if not found and event[0] == prefix and event[1] != "map_key":
            if event[1] not in (wanted, "null"):
                kind = "a list" if wanted == "start_array" else "an object"
                listed = bool(prefix) or wanted == "start_map"
                said = f"{prefix or 'the body'!r} must be {kind} of rows" if listed else NO_LIST
                raise Refused("bad_rows_path", said, prefix)
            found = True
        elif not found and event[:2] == ("", "map_key"):
            there.append(event[2])
        elif not found and event[1] in SCALARS:
            around.note(event[0], event[2])
        yield event
    if not found:
        known = ", ".join(there[:8])
        raise Refused("bad_rows_path", f"there is no {prefix!r} in the body; there are: {known}", prefix)


class _Inside:
    """The rows within an item. A list that is missing or null has none, unless no item at all has it: then the path is
    wrong."""

    def __init__(self, path: str) -> None:
        self.path, self.found, self.missing = path, False, ""

    def check(self) -> None:
        """Raises Refused where nothing was found at the path."""
        if self.missing and not self.found:
            raise Refused("bad_rows_path", self.missing, self.path)

    def expand(self, value: Any, steps: list[str], *, one: bool = False) -> Iterator[Any]:
        """The rows, each with the object it is from as `^`. `one`: an object in place of the last list is a row."""
        if not steps or isinstance(value, Apart):
            yield value
            return
        place = next(place for place, step in enumerate(steps) if step in ("[]", "{}"))
        names, marker, rest = steps[:place], steps[place], steps[place + 1 :]
        inner = self._descend(value, names, last=not rest)
        if inner is None:
            return
        alone = one and not rest and marker == "[]" and isinstance(inner, dict)
        for row in [inner] if alone else self._members(inner, marker):
            if isinstance(row, dict) and isinstance(value, dict) and names:
                row = {**row, "^": value}
            yield from self.expand(row, rest, one=one)

    def _descend(self, value: Any, names: list[str], *, last: bool) -> Any:
        """What stands at the names; None where there is nothing. `last` ones lead to the rows."""
        for name in names:
            if not isinstance(value, dict) or name not in value:
                there = ", ".join(list(value)[:8]) if isinstance(value, dict) else NAMES.get(type(value), "a list")
                self.missing = self.missing or f"there is no {self.path!r} in the body; there are: {there}"
                return None
            value = value[name]
        self.found = self.found or last
        return value

    def _members(self, value: Any, marker: str) -> Iterator[Any]:
        if not isinstance(value, list if marker == "[]" else dict):
            kind = "a list" if marker == "[]" else "an object"
            yield Apart([value], RowError("row_unreadable", self.path, f"{kind} of rows is expected"))
        elif isinstance(value, dict):
            yield from (_keyed(key, row) for key, row in value.items())
        else:
            yield from value


def _keyed(key: str, value: Any) -> dict[str, Any]:
    """A member of an object of rows with its name; a plain value is its `^value`."""
    return {**value, "^key": key} if isinstance(value, dict) else {"^value": value, "^key": key}


def _as_utf8(source: BinaryIO, encoding: str) -> BinaryIO:
    """JSON is read as UTF-8 without a mark; others are recoded on the way."""
    name = codecs.lookup(encoding).name
    if source.peek(3).startswith(codecs.BOM_UTF8):  # type: ignore[attr-defined]
        source.read(3)
        return source
    if name in ("utf-8", "utf-8-sig", "ascii"):
        return source
    return io.BufferedReader(_Recoded(io.TextIOWrapper(source, encoding)), PEEK_BYTES)


class _Bounded:
    """A stream of which no item may be longer or deeper than what memory holds; `since` counts from the last item."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.since, self.depth, self.halves = source, 0, json_text.Depth(), json_text.Halves()

    def read(self, size: int) -> bytes:
        while (piece := self._check(self.source.read(size))) and not (whole := self.halves.replace(piece)):
            pass  # all of it may be half a character
        return whole if piece else self.halves.replace(b"")

    def _check(self, piece: bytes) -> bytes:
        self.since += len(piece)
        if self.since > ITEM_BYTES_MAX:
            raise Refused("bad_json", f"a row, or what stands before the rows, is longer than {ITEM_BYTES_MAX} bytes")
        if json_text.has_long_number(piece, bool(self.depth.quoted)):
            raise Refused("bad_json", json_text.TOO_LONG)
        if self.depth.add(piece) > json_text.NESTING_MAX:
            raise Refused("bad_json", json_text.TOO_DEEP)
        return piece


class _Recoded(io.RawIOBase):
    """Text in any encoding, read as UTF-8."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text, self.rest, self.begun = text, b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            text = "" if self.rest else self.text.read(PEEK_BYTES // 4)
            self.rest = self.rest or (text if self.begun else text.removeprefix(MARK)).encode()
            self.begun = True
        except UnicodeError as error:
            raise Refused("bad_encoding", f"not {self.text.encoding}: {error}") from error
        view = memoryview(buffer)
        content, self.rest = self.rest[: len(view)], self.rest[len(view) :]
        view[: len(content)] = content
        return len(content)
