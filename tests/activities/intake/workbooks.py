"""Workbooks made in the test, part by part, as any program may write them."""

import io
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"

Cell = str | int | float | bool | tuple[str | int | float, str] | None
"""What stands in a cell, or a number with the format in which it is shown; raw XML begins with `<c`."""


class Workbook:
    """Sheets by their names; `styles` are those that its cells used."""

    def __init__(self, **sheets: Sequence[Sequence[Cell]]) -> None:
        self.sheets = {name: list(rows) for name, rows in sheets.items()}
        self.styles: list[str] = []
        self.texts: list[str] = []
        self.hidden: set[str] = set()
        self.from_1904 = False
        self.parts: dict[str, str] = {}

    def pack(self) -> bytes:
        """The file. `parts` stand in for what would be written."""
        self.styles, self.texts = [], []
        written = {
            f"xl/worksheets/sheet{number}.xml": self._sheet(rows)
            for number, rows in enumerate(self.sheets.values(), start=1)
        }
        written |= {"_rels/.rels": relations([("officeDocument", "xl/workbook.xml")])}
        written |= {"xl/workbook.xml": self._list(), "xl/_rels/workbook.xml.rels": self._relations()}
        written |= {"xl/sharedStrings.xml": self._texts(), "xl/styles.xml": self._styles()}
        body = io.BytesIO()
        with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in (written | self.parts).items():
                archive.writestr(name, content)
        return body.getvalue()

    def _sheet(self, rows: Sequence[Sequence[Cell]]) -> str:
        lines = []
        for number, cells in enumerate(rows, start=1):
            written = [self._cell(cell, f"{chr(64 + at)}{number}") for at, cell in enumerate(cells, start=1)]
            lines.append(f'<row r="{number}">{"".join(written)}</row>')
        return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'

    def _cell(self, cell: Cell, place: str) -> str:
        if cell is None:
            return ""
        if isinstance(cell, tuple):
            value, shown = cell
            if shown not in self.styles:
                self.styles.append(shown)
            return f'<c r="{place}" s="{1 + self.styles.index(shown)}"><v>{value}</v></c>'
        if isinstance(cell, bool):
            return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
        if isinstance(cell, str) and not cell.startswith("<c"):
            self.texts.append(cell)
            return f'<c r="{place}" t="s"><v>{len(self.texts) - 1}</v></c>'
        return cell if isinstance(cell, str) else f'<c r="{place}"><v>{cell}</v></c>'

    def _list(self) -> str:
        sheets = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"{self._state(name)}/>'
            for at, name in enumerate(self.sheets, start=1)
        )
        calendar = '<workbookPr date1904="1"/>' if self.from_1904 else ""
        return f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{calendar}<sheets>{sheets}</sheets></workbook>'

    def _state(self, name: str) -> str:
        return ' state="hidden"' if name in self.hidden else ""

    def _relations(self) -> str:
        sheets = [("worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(self.sheets) + 1)]
        return relations([*sheets, ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")])

    def _texts(self) -> str:
        texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in self.texts)
        return f'<sst xmlns="{MAIN}">{texts}</sst>'

    def _styles(self) -> str:
        formats = "".join(
            f'<numFmt numFmtId="{164 + at}" formatCode={quoteattr(shown)}/>' for at, shown in enumerate(self.styles)
        )
        used = "".join(f'<xf numFmtId="{164 + at}"/>' for at in range(len(self.styles)))
        return f'<styleSheet xmlns="{MAIN}"><numFmts>{formats}</numFmts><cellXfs><xf/>{used}</cellXfs></styleSheet>'


def relations(of: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(of, start=1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'
