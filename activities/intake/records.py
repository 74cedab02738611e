"""Records of a delimited file. A quote that is not closed costs its own row, and not those that it would swallow."""

import csv
import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from activities.intake.formats.vocabulary import Container
from activities.intake.lines import LINE_BYTES_MAX
from activities.intake.problems import Refused, RowError
from activities.intake.rows import Apart

LINES_MAX = 100_000
"""Where a record seems to have more lines, a quote was not closed."""
AGAIN_MAX = 1_000_000
"""So many lines may be read again, beside four times as many as there are."""
WRITTEN_TWICE = "a quote within a cell is written twice"
UNCLOSED = f"a quote opens in this row and is not closed; {WRITTEN_TWICE}"
TRAILED = f"a quote closes before the end of its cell; {WRITTEN_TWICE}"
SWALLOWING = "a quote opens in this row and closes only behind line {line}, which looks like a row of its own"
DIGITS, LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")

Numbered = tuple[int, str]
csv.field_size_limit(LINE_BYTES_MAX)


class _Endless(Exception):  # noqa: N818  it is told as a quote that is not closed
    """A record goes on and on."""


class Records:
    """Pairs of line and cells: of a record its last line, of one whose quotes do not match its first one, apart.

    A record of one line, as nearly all are, is the csv module's business alone.
    """

    def __init__(self, lines: Iterator[Numbered], container: Container) -> None:
        self.lines, self.container, self.number = _keeping_nulls(lines, container), container, 0
        self.options, self.blanks = _dialect(container), _blanks(container)
        self.held, self.waiting, self.again = list[Numbered](), deque[Numbered](), 0
        self.header, self.last = container.header, list[Any]()

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        more = True
        while more:
            more = False
            try:
                for row in csv.reader(self._feed(), **self.options):
                    if len(self.held) > 1 and (line := self._find_swallowed()):
                        yield self._set_apart(SWALLOWING.format(line=line))
                        more = True
                        break
                    self.held.clear()
                    if row and (row[0] or any(row)):  # a sheet ends in rows of delimiters only
                        self.header, self.last = False, [] if self.header else row
                        yield self.number, row
            except (csv.Error, _Endless) as error:
                more = True
                if not self._mend(error):
                    yield self._set_apart(self._explain(error))

    def _feed(self) -> Iterator[str]:
        """The lines, first those that are read again; `held` are those of the record that is being read."""
        held = self.held
        while self.waiting:
            held.append(self.waiting.popleft())
            self.number = held[-1][0]
            yield held[-1][1]
        for numbered in self.lines:
            held.append(numbered)
            if len(held) > LINES_MAX:
                raise _Endless
            self.number = numbered[0]
            yield numbered[1]

    def _set_apart(self, detail: str) -> tuple[int, list[Any]]:
        """The first line of the record; the others are read again."""
        (number, line), *swallowed = self.held
        self.held.clear()
        self.waiting.extendleft(reversed(swallowed))
        self.again += len(swallowed)
        if self.again > AGAIN_MAX + 4 * number:
            raise Refused("bad_csv", f"line {number}: {detail}; so it is in too many lines")
        cells = [cell.strip().strip(self.container.quote) for cell in self._split(line)]
        return number, Apart(cells, RowError("quote_unclosed", "", detail))

    def _explain(self, error: Exception) -> str:
        """Raises Refused for what is wrong with more than a row."""
        said = str(error)
        if "new-line" in said:
            raise Refused("bad_csv", f"line {self.number}: a carriage return stands alone in it") from error
        if "field larger" in said and len(self.held) == 1:
            raise Refused("bad_csv", f"line {self.number}: {said}") from error
        return TRAILED if "expected after" in said else UNCLOSED

    def _mend(self, error: Exception) -> bool:
        """Whether blanks after closing quotes, which others write, are all that is wrong; the lines wait without."""
        if "expected after" not in str(error):
            return False
        text = "".join(line for _number, line in self.held)
        mended = self.blanks.sub(r"\1", text)
        lines = mended.splitlines(keepends=True)
        if mended == text or len(lines) != len(self.held):
            return False
        self.waiting.extendleft(reversed([(number, line) for (number, _), line in zip(self.held, lines, strict=True)]))
        self.held.clear()
        return True

    def _find_swallowed(self) -> int:
        """The first line within the record that looks like a row of its own, as the row before it does; else 0."""
        like = self.last or self._split(self.held[0][1])
        for number, line in self.held[1:]:
            cells = self._split(line)
            if len(cells) == len(like) and _resemble(cells, like):
                return number
        return 0

    def _split(self, line: str) -> list[str]:
        return line.rstrip("\r\n").split(self.container.delimiter)


def _resemble(cells: list[str], others: list[str]) -> bool:
    """Whether most of the cells with digits are written alike: 2026-08-01 as 2026-11-30, 7.5 as 10.25."""
    alike = [_shape(cell) == _shape(other) for cell, other in zip(cells, others, strict=True) if DIGITS.search(other)]
    return 2 * sum(alike) > len(alike)


def _shape(cell: str) -> str:
    return DIGITS.sub("0", LETTERS.sub("a", cell.strip()))


def _keeping_nulls(lines: Iterator[Numbered], container: Container) -> Iterator[Numbered]:
    """The lines with nothing where a cell is \\N and that means nothing: behind an escape it would be read as N."""
    signs = [re.escape(text) for text in container.empty if container.escape and text.startswith(container.escape)]
    if not signs:
        return lines
    delimiter = re.escape(container.delimiter)
    null = re.compile(rf"(?:^|(?<={delimiter}))(?:{'|'.join(signs)})(?={delimiter}|[\r\n]*$)")
    return ((number, null.sub("", line)) for number, line in lines)


def _dialect(container: Container) -> dict[str, Any]:
    options: dict[str, Any] = {"delimiter": container.delimiter, "escapechar": container.escape or None}
    options["skipinitialspace"] = container.delimiter != " "
    if not container.quote:
        return options | {"quoting": csv.QUOTE_NONE}
    return options | {"quotechar": container.quote, "doublequote": not container.escape, "strict": True}


def _blanks(container: Container) -> re.Pattern[str]:
    """A quoted cell, and the blanks behind it."""
    if not container.quote:
        return re.compile("(?!)")
    quote, delimiter, escape = (re.escape(sign) for sign in (container.quote, container.delimiter, container.escape))
    inner = rf"[^{quote}{escape}]|{escape}." if escape else rf"[^{quote}]|{quote}{quote}"
    blank = "[ \t]".replace(container.delimiter, "")
    begin = rf"(?:\A|{delimiter}) *" if container.delimiter != " " else rf"(?:\A|{delimiter})"
    return re.compile(rf"({begin}{quote}(?:{inner})*+{quote}){blank}*(?={delimiter}|[\r\n]*\Z)", re.DOTALL)
