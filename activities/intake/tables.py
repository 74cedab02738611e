"""Tables: the header and the rows of delimited and fixed-width text, and of the sheets of a workbook."""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO, Protocol

from activities.intake import records, rows
from activities.intake.cells import narrow
from activities.intake.formats.vocabulary import FILE, Container
from activities.intake.lines import BYTEWISE, Lines
from activities.intake.problems import BODY_EMPTY, Refused, naming
from activities.intake.rows import Apart, Items
from activities.intake.unpacking import unpack

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
"""Characters without a width, which come into a header with a copied word."""
SEPARATOR = re.compile("sep=.{1,4}", re.IGNORECASE)
"""The line before the header by which Excel is told the delimiter."""
DELIMITERS = (";", "\t", "|", ",")
BREAK = re.compile(r"\s*[\r\n]\s*")

Cells = list[Any]


class Records(Protocol):
    """The cells of each line that is not empty, the header among them; `number` is that of the last line."""

    @property
    def number(self) -> int: ...

    def __iter__(self) -> Iterator[tuple[int, Cells]]: ...


Part = tuple[str, Callable[[int], "Table"]]
"""The name of a file of a zip or of a sheet, and its table, whose lines are counted on from a number."""


def open_files(source: BinaryIO, size_bytes: int, container: Container, told: dict[str, str]) -> Iterator[Part]:
    """The files of a body, each with its rows to say what is `told` of it. Raises Refused from within."""
    for name, file in unpack(source, size_bytes, container.members):
        yield name, partial(_open, file, container, tell(told, name))


def _open(file: BinaryIO, container: Container, told: dict[str, str], before: int) -> "Table":
    return Table(Delimited(file, container, before), container, told)


def tell(told: dict[str, str], name: str) -> dict[str, str]:
    """What is told of a file, which in a zip has a name of its own."""
    return {**told, FILE: name} if FILE in told and name else told


def read(parts: Iterator[Part], needed: set[str]) -> tuple[list[str], Items]:
    """The header of the first table that has one, and the rows of all, in its order of columns. Raises Refused."""
    for name, open_table in parts:
        with naming(name):
            first = open_table(0)
            if first.header is not None:
                _check_columns(first.header, needed)
                return first.header, _read_all(name, first, parts, needed)
    raise Refused("body_empty", BODY_EMPTY)


def _read_all(name: str, table: "Table", parts: Iterator[Part], needed: set[str]) -> Items:
    header = table.header or []
    with naming(name):
        yield from table.rows
    for name, open_table in parts:
        with naming(name):
            table = open_table(table.records.number)
            if table.header is None or table.header == header or not table.named:
                yield from table.rows
                continue
            _check_columns(table.header, needed)
            yield from _in_order(table, table.header, header)


def _in_order(table: "Table", there: list[str], wanted: list[str]) -> Items:
    """The rows of a table with the columns of the first one."""
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
    near = [name for name in header if _fold(name) == _fold(missing)]
    near = near or difflib.get_close_matches(missing, header, n=1)
    return f"did you mean {near[0]!r}? " if near else ""


def _fold(name: str) -> str:
    """A name without what people do not see a difference in: case, width, blanks."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


class Table:
    """One file or sheet: `header` is None where it has no line at all. `told` is what its rows must say of where they
    are from; `named` is whether its first line has the names."""

    def __init__(self, records: Records, container: Container, told: dict[str, str]) -> None:
        self.records, self.named = records, container.header and container.kind != "fixed"
        lines = iter(records)
        first = next(lines, None)
        if first is not None and SEPARATOR.fullmatch(container.delimiter.join(map(str, first[1]))):
            first = next(lines, None)
        self.header: list[str] | None = None
        if first is None:
            self.rows: Items = iter(())
        elif isinstance(first[1], Apart) and (container.header or not container.columns):
            raise Refused("bad_csv", f"line {first[0]}: {first[1].error.detail if first[1].error else ''}")
        elif self.named:
            tidy = narrow if container.half_width else str.strip
            self.header = list(container.columns) or [
                BREAK.sub(" ", tidy(name.translate(INVISIBLE))) for name in first[1]
            ]
            self.rows = lines
        else:
            self.header = list(container.columns) or [str(place) for place in range(1, len(first[1]) + 1)]
            self.rows = _again(first, lines)
        if told and self.header is not None:
            self.header, self.rows = [*self.header, *told], _tell(self.rows, self.header, told)


class Delimited:
    """The records of a text, delimited or of fixed width."""

    def __init__(self, source: BinaryIO, container: Container, before: int = 0) -> None:
        self.lines = Lines(source, container, before)
        self.container = container

    @property
    def number(self) -> int:
        return self.lines.number

    def __iter__(self) -> Iterator[tuple[int, Cells]]:
        split = _splitter(self.container, self.lines)
        if split is not None:
            for line in self.lines:
                if line.strip():
                    yield self.lines.number, split(line.rstrip("\r\n"))
            return
        numbered = ((self.lines.before + number, line) for number, line in self.lines.numbered)
        read = records.Records(numbered, self.container)
        yield from read
        self.lines.number = max(read.number, self.lines.number)


def _again(first: tuple[int, Cells], rest: Iterable[tuple[int, Cells]]) -> Items:
    yield first
    yield from rest


def _tell(items: Items, header: list[str], told: dict[str, str]) -> Items:
    """The rows with what is told of them as the last cells."""
    for line, row in items:
        whole = rows.as_object(row, header)
        if isinstance(whole, Apart):
            whole.told |= told
            yield line, whole
        else:
            yield line, [*list(row)[: len(header)], *told.values()]


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
