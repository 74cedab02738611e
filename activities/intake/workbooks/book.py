"""The parts of a workbook: its sheets, the texts that they share, and how their cells are shown."""

import fnmatch
import posixpath
import re
import zipfile
from functools import cached_property
from typing import BinaryIO, NamedTuple

from activities.intake.formats.errors import suggest
from activities.intake.problems import Refused
from activities.intake.unpacking import Budget, bound
from activities.intake.workbooks import markup, shown

PART_BYTES_MAX = 16_777_216
TEXTS_BYTES_MAX = 134_217_728
"""How long the texts that cells share may be, with their markup: they are held in memory."""
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Sheet(NamedTuple):
    name: str
    part: str
    hidden: bool


class Book:
    """A workbook that was opened. Raises Refused, also later on."""

    def __init__(self, archive: zipfile.ZipFile, budget: Budget) -> None:
        self.archive, self.budget = archive, budget
        self.members = {_tidy(info.filename): info for info in archive.infolist()}
        main = self._relate("").of_kind("officeDocument") or "xl/workbook.xml"
        self.relations, listed = self._relate(main), _Listed()
        self._read(main, listed)
        self.from_1904 = listed.from_1904
        self.sheets = [
            Sheet(name, part, hidden)
            for name, relation, hidden in listed.sheets
            if (part := self.relations.sheets.get(relation)) is not None
        ]

    def choose(self, wanted: str | int) -> list[Sheet]:
        """A sheet by its place among those that are shown, or by its name, or those whose names fit a pattern."""
        if isinstance(wanted, int):
            found = [sheet for sheet in self.sheets if not sheet.hidden][wanted - 1 : wanted]
        else:
            found = [sheet for sheet in self.sheets if sheet.name.strip() == wanted.strip()]
            found = found or [sheet for sheet in self.sheets if fnmatch.fnmatchcase(sheet.name, wanted)]
        if not found:
            hint = suggest(wanted, [sheet.name for sheet in self.sheets]) or "; it has none"
            raise Refused("missing_sheet", f"the workbook has no sheet {wanted!r}{hint}")
        return found

    def open(self, sheet: Sheet) -> BinaryIO:
        return self._open(sheet.part, None)

    @cached_property
    def texts(self) -> list[str]:
        part, told = self.relations.of_kind("sharedStrings"), Texts()
        if part is not None and _tidy(part) in self.members:
            self._read(part, told, TEXTS_BYTES_MAX)
        return told.found

    @cached_property
    def kinds(self) -> list[str | int]:
        """What the number of each style is."""
        part, told = self.relations.of_kind("styles"), _Styles()
        if part is not None and _tidy(part) in self.members:
            self._read(part, told)
        return [told.custom.get(number, shown.BUILT_IN.get(number, shown.NUMBER)) for number in told.used]

    def _relate(self, part: str) -> "_Relations":
        folder, name = posixpath.split(part)
        told = _Relations(folder)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if _tidy(path) in self.members:
            self._read(path, told)
        return told

    def _read(self, part: str, handler: markup.Handler, bytes_max: int = PART_BYTES_MAX) -> None:
        with self._open(part, bytes_max) as source:
            markup.read(source, handler, part)

    def _open(self, part: str, bytes_max: int | None) -> BinaryIO:
        info = self.members.get(_tidy(part))
        if info is None:
            raise Refused("bad_workbook", f"{part} of the workbook is missing")
        if bytes_max is not None and info.file_size > bytes_max:
            said = f"{part} of the workbook is longer than {bytes_max} bytes; send it in parts, or as CSV"
            raise Refused("body_unpacks_too_large", said)
        return bound(self.archive.open(info), self.budget)


def _tidy(name: str) -> str:
    """As some programs write the names of parts, and all mean them."""
    return name.replace("\\", "/").lstrip("/").lower()


class _Quiet:
    """Reads no text."""

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class _Relations(_Quiet):
    """Which parts belong to one."""

    def __init__(self, folder: str) -> None:
        self.folder, self.kinds = folder, dict[str, str]()
        self.sheets: dict[str, str] = {}

    def of_kind(self, kind: str) -> str | None:
        return self.kinds.get(kind)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        target, kind = attributes.get("Target", ""), attributes.get("Type", "").rpartition("/")[2]
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{self.folder}/{target}")
        part = part.lstrip("/")
        self.kinds.setdefault(kind, part)
        if kind == "worksheet":
            self.sheets[attributes.get("Id", "")] = part


class _Listed(_Quiet):
    """The sheets in the order of their tabs."""

    def __init__(self) -> None:
        self.sheets: list[tuple[str, str, bool]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "workbookPr":
            self.from_1904 = attributes.get("date1904") in ("1", "true")
        elif name == "sheet":
            relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.sheets.append((attributes.get("name", ""), relation, attributes.get("state", "visible") != "visible"))


class _Styles(_Quiet):
    """The formats of the styles that cells name by number."""

    def __init__(self) -> None:
        self.custom: dict[int, str | int] = {}
        self.used: list[int] = []
        self.inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self.custom[_number(attributes.get("numFmtId"))] = shown.kind_of(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            self.inside = True
        elif name == "xf" and self.inside:
            self.used.append(_number(attributes.get("numFmtId")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self.inside = False


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


class Texts:
    """The texts of `si` elements: runs of letters put together, without the readings that stand above them."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.pieces: list[str] = []
        self.reads = self.aside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "t":
            self.reads = not self.aside
        elif name == "rPh":
            self.aside = True
        elif name == "si":
            self.pieces = []

    def end(self, name: str) -> None:
        if name == "t":
            self.reads = False
        elif name == "rPh":
            self.aside = False
        elif name == "si":
            self.found.append(unescape("".join(self.pieces)))

    def text(self, text: str) -> None:
        if self.reads:
            self.pieces.append(text)


def unescape(text: str) -> str:
    """Signs that XML cannot hold are written as _x000D_."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
