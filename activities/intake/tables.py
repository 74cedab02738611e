"""Tables: delimited and fixed-width text, read line by line."""

import codecs
import csv
import difflib
import io
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from activities.intake import rows
from activities.intake.formats.vocabulary import FILE, Container
from activities.intake.problems import BODY_EMPTY, Refused, naming
from activities.intake.rows import Apart, Items

LINE_BYTES_MAX = 16_777_216
PEEK_BYTES = 65_536
WIDE_ENCODINGS = ("utf-16", "utf-32")
"""Encodings in which a line end is no single byte."""

BYTEWISE = "latin-1"
"""The encoding in which every byte is a character."""
MARK = "\ufeff"

DELIMITERS = (";", "\t", "|", ",")
GUESSED_ENCODINGS = ("utf-8", "gb18030", "big5", "windows-1252")

Cells = list[Any]
csv.field_size_limit(LINE_BYTES_MAX)


class Lines:
    """The decoded lines of a file; `number` is that of the last one handed out.

    Where columns are cut by bytes, a line is its bytes, each as one character: decoded, it could not be cut any more.
    """

    def __init__(self, source: BinaryIO, container: Container, before: int = 0) -> None:
        self.number = before
        self.container = container
        self.bytewise = container.kind == "fixed" and container.widths_in == "bytes"
        self.numbered = self._choose(self._decode(source), before)

    def __iter__(self) -> Iterator[str]:
        for number, line in self.numbered:
            self.number = number
            yield line

    def _choose(self, lines: Iterator[str], before: int) -> Iterator[tuple[int, str]]:
        """Without the lines that the format skips at the start, at the end and as comments."""
        container, waiting = self.container, deque[tuple[int, str]]()
        comment, header, number = self._spell(container.comment), self._spell(container.skip_to), 0
        for number, line in enumerate(lines, start=1):
            if number <= container.skip_lines or (comment and line.startswith(comment)):
                continue
            if header and header not in line:
                continue
            header = ""
            if not container.skip_last_lines:
                yield before + number, line
                continue
            if line.strip():
                waiting.append((before + number, line))
            if len(waiting) > container.skip_last_lines:
                yield waiting.popleft()
        if header and number:
            said = (
                f"no line has {container.skip_to!r} in it, with which by `skip_to` the header or the first row begins"
            )
            raise Refused("missing_column", said, container.skip_to)

    def _spell(self, text: str) -> str:
        """A text of the declaration as it stands in a line."""
        return text.encode(self.container.encoding).decode(BYTEWISE) if self.bytewise else text

    def _decode(self, source: BinaryIO) -> Iterator[str]:
        """The lines, without the byte-order mark that some put before the first one in any encoding."""
        lines = self._decode_all(source)
        first = next(lines, None)
        if first is not None:
            yield first.removeprefix(MARK)
            yield from lines

    def _decode_all(self, source: BinaryIO) -> Iterator[str]:
        encoding = self.container.encoding
        if codecs.lookup(encoding).name.startswith(WIDE_ENCODINGS):
            yield from self._decode_wide(source, encoding)
            return
        start = source.peek(PEEK_BYTES)  # type: ignore[attr-defined]
        if start.startswith(codecs.BOM_UTF8):
            source.read(len(codecs.BOM_UTF8))
        errors = "replace" if self.container.bad_bytes == "replace" else "strict"
        lines = self._cut(source, old=b"\r" in start and b"\n" not in start)
        for number, line in enumerate(lines, start=1):
            yield line.decode(BYTEWISE) if self.bytewise else decode(line, encoding, number, errors)

    def _cut(self, source: BinaryIO, *, old: bool) -> Iterator[bytes]:
        """The lines as bytes; records without line ends are as long as all their columns."""
        if not self.container.line_ends:
            return iter(lambda: source.read(sum(self.container.widths)), b"")
        return _read_old_lines(source) if old else read_lines(source)

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
    files: Iterator[tuple[str, BinaryIO]], container: Container, needed: set[str], told: str | None = None
) -> tuple[list[str], Items]:
    """The header of the first file that has one, and the rows of all, in its order of columns. Raises Refused.

    `told` is the name of a file that is none of a zip, where the rows must say of which they are.
    """
    for name, file in files:
        with naming(name):
            first = _Table(file, container, 0, None if told is None else name or told)
            if first.header is not None:
                _check_columns(first.header, needed)
                return first.header, _read_all(name, first, files, container, needed)
    raise Refused("body_empty", BODY_EMPTY)


def _read_all(
    name: str, table: "_Table", files: Iterator[tuple[str, BinaryIO]], container: Container, needed: set[str]
) -> Items:
    header = table.header or []
    with naming(name):
        yield from table.rows
    for name, file in files:
        with naming(name):
            table = _Table(file, container, table.lines.number, None if table.file is None else name)
            if table.header is None or table.header == header or not container.header:
                yield from table.rows
                continue
            _check_columns(table.header, needed)
            yield from _in_order(table, table.header, header)


def _in_order(table: "_Table", there: list[str], wanted: list[str]) -> Items:
    """The rows of a file with the columns of the first one."""
    for line, row in table.rows:
        whole = rows.as_object(row, there)
        yield line, whole if isinstance(whole, Apart) else [whole.get(name, "") for name in wanted]


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
    """One file: `header` is None where it has no line at all. `file` is its name where the rows must tell it."""

    def __init__(self, source: BinaryIO, container: Container, before: int, file: str | None = None) -> None:
        self.lines = Lines(source, container, before)
        self.container, self.file = container, file
        records = self._records()
        first = next(records, None)
        self.header: list[str] | None = None
        if first is None:
            self.rows: Items = iter(())
        elif container.header and container.kind == "csv":
            self.header = list(container.columns) or [name.strip() for name in first[1]]
            self.rows = records
        else:
            self.header = list(container.columns) or [str(place) for place in range(1, len(first[1]) + 1)]
            self.rows = _again(first, records)
        if file is not None and self.header is not None:
            self.header, self.rows = [*self.header, FILE], _tell(self.rows, self.header, file)

    def _records(self) -> Iterator[tuple[int, Cells]]:
        split = _splitter(self.container, self.lines)
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


def _again(first: tuple[int, Cells], rest: Iterable[tuple[int, Cells]]) -> Items:
    yield first
    yield from rest


def _tell(items: Items, header: list[str], file: str) -> Items:
    """The rows with the name of their file as the last cell."""
    for line, row in items:
        whole = rows.as_object(row, header)
        if isinstance(whole, Apart):
            whole.told[FILE] = file
            yield line, whole
        else:
            yield line, [*list(row)[: len(header)], file]


def _dialect(container: Container) -> dict[str, Any]:
    options: dict[str, Any] = {"delimiter": container.delimiter, "escapechar": container.escape or None}
    options["skipinitialspace"] = container.delimiter != " "
    if not container.quote:
        return options | {"quoting": csv.QUOTE_NONE}
    return options | {"quotechar": container.quote, "doublequote": not container.escape}


def _splitter(container: Container, lines: Lines) -> Callable[[str], Cells] | None:
    """How a line is split where the csv module cannot do it."""
    if container.kind == "fixed":
        return _cutter(container, lines)
    if len(container.delimiter) > 1:
        return lambda line: line.split(container.delimiter)
    return None


def _cutter(container: Container, lines: Lines) -> Callable[[str], Cells]:
    """Fixed columns, counted in characters, or in the bytes of the encoding (a Chinese character is two in gb18030)."""
    ends = [sum(container.widths[: place + 1]) for place in range(len(container.widths))]
    spans = list(zip([0, *ends], ends, strict=False))
    if container.widths_in == "characters":
        return lambda line: [line[start:end] for start, end in spans]
    errors = "replace" if container.bad_bytes == "replace" else "strict"

    def cut(line: str) -> Cells:
        content = line.encode(BYTEWISE)
        try:
            return [content[start:end].decode(container.encoding, errors) for start, end in spans]
        except UnicodeDecodeError as error:
            cell = error.object.decode(container.encoding, "replace")
            raise Refused(
                "bad_encoding",
                f"line {lines.number}: a column would be {cell!r}, which begins or ends within a character of"
                f" {container.encoding}; are the widths right? `bad_bytes: replace` takes it as it is",
            ) from error

    return cut
