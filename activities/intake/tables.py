"""Tables: delimited and fixed-width text, read line by line."""

import codecs
import csv
import difflib
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from activities.intake.formats.vocabulary import Container
from activities.intake.problems import BODY_EMPTY, Refused, naming

LINE_BYTES_MAX = 16_777_216
PEEK_BYTES = 65_536
WIDE_ENCODINGS = ("utf-16", "utf-32")
"""Encodings in which a line end is no single byte."""

DELIMITERS = (";", "\t", "|", ",")
GUESSED_ENCODINGS = ("utf-8", "gb18030", "big5", "windows-1252")

Cells = list[Any]
csv.field_size_limit(LINE_BYTES_MAX)


class Lines:
    """The decoded lines of a file; `number` is that of the last one handed out."""

    def __init__(self, source: BinaryIO, container: Container, before: int = 0) -> None:
        self.number = before
        self.container = container
        self.numbered = self._choose(self._decode(source), before)

    def __iter__(self) -> Iterator[str]:
        for number, line in self.numbered:
            self.number = number
            yield line

    def _choose(self, lines: Iterator[str], before: int) -> Iterator[tuple[int, str]]:
        """Without the lines that the format skips at the start, at the end and as comments."""
        container, waiting = self.container, deque[tuple[int, str]]()
        for number, line in enumerate(lines, start=1):
            if number <= container.skip_lines or (container.comment and line.startswith(container.comment)):
                continue
            if not container.skip_last_lines:
                yield before + number, line
                continue
            if line.strip():
                waiting.append((before + number, line))
            if len(waiting) > container.skip_last_lines:
                yield waiting.popleft()

    def _decode(self, source: BinaryIO) -> Iterator[str]:
        encoding = self.container.encoding
        if codecs.lookup(encoding).name.startswith(WIDE_ENCODINGS):
            yield from self._decode_wide(source, encoding)
            return
        start = source.peek(PEEK_BYTES)  # type: ignore[attr-defined]
        if start.startswith(codecs.BOM_UTF8):
            source.read(len(codecs.BOM_UTF8))
        errors = "replace" if self.container.bad_bytes == "replace" else "strict"
        lines = read_lines(source) if b"\r" not in start or b"\n" in start else _read_old_lines(source)
        for number, line in enumerate(lines, start=1):
            yield decode(line, encoding, number, errors)

    def _decode_wide(self, source: BinaryIO, encoding: str) -> Iterator[str]:
        errors = "replace" if self.container.bad_bytes == "replace" else "strict"
        text = io.TextIOWrapper(source, encoding, errors, newline="")
        try:
            for number, line in enumerate(iter(lambda: text.readline(LINE_BYTES_MAX), ""), start=1):
                if len(line) == LINE_BYTES_MAX:
                    raise Refused("bad_csv", f"line {number} is longer than {LINE_BYTES_MAX} characters")
                yield line
        except UnicodeError as error:
            raise Refused("bad_encoding", f"not {encoding}: {error}") from error


def read_lines(source: BinaryIO) -> Iterator[bytes]:
    """Raises Refused where a line does not end."""
    for number, line in enumerate(iter(lambda: source.readline(LINE_BYTES_MAX), b""), start=1):
        if len(line) == LINE_BYTES_MAX:
            raise Refused("bad_csv", f"line {number} is longer than {LINE_BYTES_MAX} bytes")
        yield line


def _read_old_lines(source: BinaryIO) -> Iterator[bytes]:
    """Lines that end in a carriage return alone, as spreadsheets on Macs still write them."""
    rest = b""
    while piece := source.read(PEEK_BYTES):
        *lines, rest = (rest + piece).split(b"\r")
        yield from (line + b"\n" for line in lines)
        if len(rest) > LINE_BYTES_MAX:
            raise Refused("bad_csv", f"a line is longer than {LINE_BYTES_MAX} bytes")
    if rest:
        yield rest


def decode(line: bytes, encoding: str, number: int, errors: str = "strict") -> str:
    try:
        return line.decode(encoding, errors)
    except UnicodeDecodeError as error:
        wrong = line[error.start : error.start + 1].hex()
        raise Refused(
            "bad_encoding",
            f"line {number}: byte 0x{wrong} at position {error.start + 1} is not {encoding}{_encodings(line)}",
        ) from error


def _encodings(line: bytes) -> str:
    """In which encodings a line could be read."""
    if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "; it begins like utf-16"
    fitting = [name for name in GUESSED_ENCODINGS if _fits(line, name)]
    return f"; it could be {' or '.join(fitting)}" if fitting else ""


def _fits(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def read(
    files: Iterator[tuple[str, BinaryIO]], container: Container, needed: set[str]
) -> tuple[list[str], Iterator[tuple[int, Cells]]]:
    """The header of the first file that has one, and the rows of all, in its order of columns. Raises Refused."""
    for name, file in files:
        with naming(name):
            first = _Table(file, container, 0)
            if first.header is not None:
                _check_columns(first.header, needed)
                return first.header, _read_all(name, first, files, container, needed)
    raise Refused("body_empty", BODY_EMPTY)


def _read_all(
    name: str, table: "_Table", files: Iterator[tuple[str, BinaryIO]], container: Container, needed: set[str]
) -> Iterator[tuple[int, Cells]]:
    header = table.header or []
    with naming(name):
        yield from table.rows
    for name, file in files:
        with naming(name):
            table = _Table(file, container, table.lines.number)
            if table.header is None or table.header == header or not container.header:
                yield from table.rows
                continue
            _check_columns(table.header, needed)
            yield from _in_order(table, table.header, header)


def _in_order(table: "_Table", there: list[str], wanted: list[str]) -> Iterator[tuple[int, Cells]]:
    """The rows of a file with the columns of the first one."""
    places, width = [there.index(name) if name in there else -1 for name in wanted], len(there)
    for line, cells in table.rows:
        yield line, [cells[at] if at >= 0 else "" for at in places] if len(cells) == width else cells


def _check_columns(header: list[str], needed: set[str]) -> None:
    positions = {str(place) for place in range(1, len(header) + 1)}
    missing = sorted(needed.difference(header).difference(positions))
    if missing:
        there = ", ".join(name or "(no name)" for name in header)
        hint = _hint(missing[0], header)
        raise Refused("missing_column", f"column {missing[0]!r} is missing; {hint}there are: {there}", missing[0])
    for name in needed:
        if header.count(name) > 1:
            places = " and ".join(str(at) for at, there in enumerate(header, start=1) if there == name)
            detail = f"column {name!r} stands at {places}; say which by its position, or name them all by `columns`"
            raise Refused("duplicate_column", detail, name)


def _hint(missing: str, header: list[str]) -> str:
    """What may be wrong where a column is not found."""
    if len(header) == 1:
        between = next((sign for sign in DELIMITERS if sign in header[0]), "")
        return f"is the delimiter {between!r}? " if between else ""
    near = difflib.get_close_matches(missing, header, n=1)
    return f"did you mean {near[0]!r}? " if near else ""


class _Table:
    """One file: `header` is None where it has no line at all."""

    def __init__(self, source: BinaryIO, container: Container, before: int) -> None:
        self.lines = Lines(source, container, before)
        self.container = container
        records = self._records()
        first = next(records, None)
        self.header: list[str] | None = None
        if first is None:
            self.rows: Iterator[tuple[int, Cells]] = iter(())
        elif container.header and container.kind == "csv":
            self.header = list(container.columns) or [name.strip() for name in first[1]]
            self.rows = records
        else:
            self.header = list(container.columns) or [str(place) for place in range(1, len(first[1]) + 1)]
            self.rows = _again(first, records)

    def _records(self) -> Iterator[tuple[int, Cells]]:
        split = _splitter(self.container)
        if split is not None:
            for line in self.lines:
                if line.strip():
                    yield self.lines.number, split(line.rstrip("\r\n"))
            return
        try:
            for row in csv.reader(self.lines, **_dialect(self.container)):
                if row and (row[0] or any(row)):  # a sheet ends in rows of delimiters only
                    yield self.lines.number, row
        except csv.Error as error:
            what = "a carriage return stands alone in it" if "new-line" in str(error) else error
            raise Refused("bad_csv", f"line {self.lines.number}: {what}") from error


def _again(first: tuple[int, Cells], rest: Iterable[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    yield first
    yield from rest


def _dialect(container: Container) -> dict[str, Any]:
    options: dict[str, Any] = {"delimiter": container.delimiter, "escapechar": container.escape or None}
    if not container.quote:
        return options | {"quoting": csv.QUOTE_NONE}
    return options | {"quotechar": container.quote, "doublequote": not container.escape}


def _splitter(container: Container) -> Callable[[str], Cells] | None:
    """How a line is split where the csv module cannot do it."""
    if container.kind == "fixed":
        return _cutter(container)
    if len(container.delimiter) > 1:
        return lambda line: line.split(container.delimiter)
    return None


def _cutter(container: Container) -> Callable[[str], Cells]:
    """Fixed columns, counted in characters, or in the bytes of the encoding (a Chinese character is two in gb18030)."""
    ends = [sum(container.widths[: place + 1]) for place in range(len(container.widths))]
    spans = list(zip([0, *ends], ends, strict=False))
    if container.widths_in == "characters":
        return lambda line: [line[start:end] for start, end in spans]
    encoding = container.encoding

    def cut(line: str) -> Cells:
        content = line.encode(encoding)
        return [content[start:end].decode(encoding, errors="replace") for start, end in spans]

    return cut
