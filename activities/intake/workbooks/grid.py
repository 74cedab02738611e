"""The rows of a sheet, as they stream by, with a text for each cell."""

from collections import deque
from collections.abc import Iterator
from typing import Any

from activities.intake.formats.vocabulary import Container
from activities.intake.lines import choose
from activities.intake.problems import Refused
from activities.intake.workbooks import markup, shown
from activities.intake.workbooks.book import Book, Sheet, unescape

ROWS_MAX, COLUMNS_MAX = 1_048_576, 16_384
ROW_CHARACTERS_MAX = 16_777_216
DIGITS = "0123456789"


class Grid:
    """The cells of each row that is not empty; its number is that of the sheet. What is beyond the header is left."""

    def __init__(self, book: Book, sheet: Sheet, container: Container, before: int) -> None:
        self.book, self.sheet, self.container = book, sheet, container
        self.before = self.number = before

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        width = len(self.container.columns)
        for number, cells in choose(self._rows(), self.container, _begins, _has, any):
            width = width or len(cells)
            row = cells[:width]
            if any(row):
                self.number = self.before + number
                yield self.number, row + [""] * (width - len(row))

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        told = _Rows(self.book)
        with self.book.open(self.sheet) as source:
            for _piece in markup.parse(source, told, self.sheet.part):
                while told.ready:
                    yield told.ready.popleft()


def _begins(cells: list[str], text: str) -> bool:
    return bool(cells) and cells[0].startswith(text)


def _has(cells: list[str], text: str) -> bool:
    return any(text in cell for cell in cells)


class _Rows:
    """Gathers the rows of a sheet as its elements come. Raises Refused from within."""

    def __init__(self, book: Book) -> None:
        self.texts, self.kinds, self.from_1904 = book.texts, book.kinds, book.from_1904
        self.ready: deque[tuple[int, list[str]]] = deque()
        self.row = self.size = 0
        self.cells: list[str] = []
        self.kind, self.style, self.column = "n", "0", -1
        self.into: list[str] | None = None
        self.value: list[str] = []
        self.formula: list[str] | None = None
        self.calculated = self.aside = False
        self.columns: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self.column = self._place(reference.rstrip(DIGITS)) if reference else self.column + 1
            if self.column >= COLUMNS_MAX:
                raise Refused("bad_workbook", f"row {self.row} has more than {COLUMNS_MAX} cells")
            self.kind, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.value, self.formula, self.calculated = [], None, False
        elif name == "v":
            self.into, self.calculated = self.value, True
        elif name == "t":
            self.into = None if self.aside else self.value
        elif name == "f":
            self.into = self.formula = []
        elif name == "row":
            self._begin(attributes.get("r"))
        elif name == "rPh":
            self.aside = True

    def _begin(self, told: str | None) -> None:
        self.row = int(told) if told and told.isdecimal() and len(told) < 9 else self.row + 1
        if self.row > ROWS_MAX:
            raise Refused("bad_workbook", f"the sheet has more than {ROWS_MAX} rows")
        self.cells, self.column, self.size = [], -1, 0

    def end(self, name: str) -> None:
        if name == "v" or name == "t" or name == "f":
            self.into = None
        elif name == "c":
            if text := self._spell():
                if self.column >= len(self.cells):
                    self.cells += [""] * (self.column + 1 - len(self.cells))
                self.cells[self.column] = text
        elif name == "row":
            self.ready.append((self.row, self.cells))
        elif name == "rPh":
            self.aside = False

    def text(self, text: str) -> None:
        if self.into is not None:
            self.into.append(text)
            self.size += len(text)
            if self.size > ROW_CHARACTERS_MAX:
                raise Refused("bad_workbook", f"row {self.row} is longer than {ROW_CHARACTERS_MAX} characters")

    def _place(self, letters: str) -> int:
        """The place of a column by its letters, from 0."""
        place = self.columns.get(letters)
        if place is None:
            place = 0
            for letter in letters.upper()[:4]:
                place = place * 26 + ord(letter) - 64
            self.columns[letters] = place = place - 1
            if not letters.isascii() or not letters.isalpha():
                raise Refused("bad_workbook", f"row {self.row} has a cell in a column {letters!r}")
        return place

    def _spell(self) -> str:
        """The text of the cell that ends; a formula that nobody has calculated stands for itself."""
        value, kind = "".join(self.value), self.kind
        if not value:
            return "" if self.formula is None or self.calculated else f"={''.join(self.formula)}"
        if kind == "s":
            place = int(value) if value.strip().isdecimal() else -1
            if not 0 <= place < len(self.texts):
                raise Refused("bad_workbook", f"row {self.row} has a cell with a text that is not there")
            return self.texts[place].strip()
        if kind == "n":
            style = int(self.style) if self.style.isdecimal() else 0
            what = self.kinds[style] if style < len(self.kinds) else shown.NUMBER
            return shown.spell(value.strip(), what, from_1904=self.from_1904)
        if kind == "b":
            return "true" if value.strip() == "1" else "false"
        return value.strip().replace("T", " ") if kind == "d" else unescape(value).strip()
