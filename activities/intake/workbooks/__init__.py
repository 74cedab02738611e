"""Workbooks (.xlsx): the rows of the sheets that a format names, as a stream; a cell is the text of what it holds."""

from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

from activities.intake import tables, unpacking
from activities.intake.formats.vocabulary import SHEET, Container
from activities.intake.problems import naming
from activities.intake.workbooks.book import Book, Sheet
from activities.intake.workbooks.grid import Grid


def open_sheets(source: BinaryIO, size_bytes: int, container: Container, told: dict[str, str]) -> Iterator[tables.Part]:
    """The sheets of a workbook, or of several in a zip, as tables whose rows say what is `told` of them."""
    for name, archive, budget in unpacking.open_workbooks(source, size_bytes, container.members):
        with naming(name):
            book = Book(archive, budget)
            sheets = book.choose(container.sheet)
        for sheet in sheets:
            said = " / ".join(filter(None, (name, sheet.name if len(sheets) > 1 else "")))
            yield said, partial(_open, book, sheet, container, _tell(told, name, sheet))


def _open(book: Book, sheet: Sheet, container: Container, told: dict[str, str], before: int) -> tables.Table:
    return tables.Table(Grid(book, sheet, container, before), container, told)


def _tell(told: dict[str, str], name: str, sheet: Sheet) -> dict[str, str]:
    known = tables.tell(told, name)
    return {**known, SHEET: sheet.name} if SHEET in told else known
