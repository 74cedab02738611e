"""Reading the columns of a row as text, and the texts that are made of them."""

import hashlib
import re
from collections.abc import Callable
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from typing import Any

from activities.intake.formats import lookups
from activities.intake.formats.values import LookUp, Name, Scalar, Text
from activities.intake.formats.vocabulary import Table
from activities.intake.problems import RowError
from activities.intake.rows import Row

Cell = Callable[[Row], str]
"""Reads one text of a row; "" where it is absent."""
NARROW = {0xFF01 + place: 0x21 + place for place in range(94)} | {0x3000: 0x20}
EXACT = Context(prec=MAX_PREC, Emin=MIN_EMIN, Emax=MAX_EMAX)
"""Leaves out zeros and no digit."""
PLACE = re.compile(r"-?[0-9]{1,9}")
LISTED = 8
"""How many known values a refusal names."""


def spell(value: Any) -> str:
    """A value as it stands in JSON, without quotes; "" for null. A number is spelled alike at every door."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _spell_number(value) if isinstance(value, Decimal) else str(value).strip()


def _spell_number(value: Decimal) -> str:
    """The shortest that says the same, as most programs write it: 12.5 for 12.50, 1000.0 for 1e3, 7.12e+17."""
    text = repr(float(value))
    return text if Decimal(text) == value else str(value.normalize(EXACT)).lower()


def spellings(value: Scalar) -> tuple[str, ...]:
    """How a value of the declaration may stand in a cell: a switch as every language writes it."""
    text = spell(value)
    return (text, text.capitalize(), text.upper()) if isinstance(value, bool) else (text,)


class Cells:
    """The columns of one body: positions in the cells of a CSV row, or paths in a JSON object."""

    def __init__(
        self,
        header: list[str] | None,
        empty: tuple[str, ...] = (),
        tables: dict[str, Table] | None = None,
        *,
        half_width: bool = False,
    ) -> None:
        self.tables, self.half_width = tables or {}, half_width
        self.positions = None
        if header is not None:
            self.positions = {str(place): place - 1 for place in range(1, len(header) + 1)}
            self.positions.update({name: place for place, name in enumerate(header)})
        self.empty = frozenset(empty)

    def value(self, name: Name) -> Callable[[Row], Any]:
        """A value as it came: a list or an object in JSON, None where it is absent or means nothing."""
        read, empty = self._raw(name), self.empty
        if not empty:
            return read

        def look(row: Row) -> Any:
            found = read(row)
            return None if isinstance(found, str) and found.strip() in empty else found

        return look

    def _raw(self, name: Name) -> Callable[[Row], Any]:
        if self.positions is not None:
            place = self.positions[str(name)]
            return lambda row: row[place]  # type: ignore[index]
        whole, path = str(name), str(name).split(".")
        if len(path) == 1:
            return lambda row: row.get(whole) if isinstance(row, dict) else _step(row, whole, first=1)

        def look(row: Row) -> Any:
            if isinstance(row, dict) and whole in row:
                return row[whole]
            found: Any = row
            for key in path:
                found = _step(found, key)
            return found

        return look

    def cell(self, name: Name) -> Cell:
        read = self._plain(name)
        if self.half_width:
            read = _then(read, narrow)
        if not self.empty:
            return read
        empty = self.empty

        def look(row: Row) -> str:
            text = read(row)
            return "" if text in empty else text

        return look

    def _plain(self, name: Name) -> Cell:
        if self.positions is not None:
            place = self.positions[str(name)]
            return lambda row: row[place].strip()  # type: ignore[index]
        value = self._raw(name)
        return lambda row: spell(value(row))

    def text(self, text: Text, *, whole: bool = False) -> Cell:
        """Raises RowError from within where a map or a table does not have a value, and of a `whole` text where one of
        the parts between which a separator stands is empty: an id without its number would be that of many."""
        read = self._source(text, whole and bool(text.separator))
        for change in _changes(text):
            read = _then(read, change)
        if text.look_up is not None:
            read = _then(read, self._look_up(text, text.look_up))
        if not text.map:
            return read
        known = {spelled: spell(value) for key, value in text.map.items() for spelled in spellings(key)}
        return _then(read, _mapped(known, text.otherwise, label(text)))

    def required(self, text: Text) -> Cell:
        """Raises RowError from within where the text is not whole, or empty."""
        return _filled(self.text(text, whole=True), label(text))

    def _look_up(self, text: Text, declared: LookUp) -> Callable[[str], str]:
        """What a table says; where there is nothing to look up, nothing."""
        known = lookups.load(self.tables[declared.table]).index(declared.column, text.separator)
        field, blank = label(text), text.separator * (len(text.concat) - 1)

        def change(value: str) -> str:
            if value in ("", blank):
                return ""
            found = known.get(value)
            if found is None and text.otherwise is None:
                raise RowError("value_unmapped", field, f"{value!r} is not in the table {declared.table!r}")
            return spell(text.otherwise) if found is None else found

        return change

    def _source(self, text: Text, whole: bool) -> Cell:
        if text.column != "":
            return self.cell(text.column)
        if not text.sources:
            constant = spell(text.constant)
            return lambda row: constant
        cells = [self.text(source) if isinstance(source, Text) else self.cell(source) for source in text.sources]
        if text.hash:
            return lambda row: digest(*[cell(row) for cell in cells])
        if whole:
            names = [label(source) if isinstance(source, Text) else str(source) for source in text.concat]
            cells = [_filled(cell, name) for cell, name in zip(cells, names, strict=True)]
        if text.concat:
            return lambda row: text.separator.join([cell(row) for cell in cells])
        return lambda row: next(filter(None, (cell(row) for cell in cells)), "")


def _filled(read: Cell, field: str) -> Cell:
    def look(row: Row) -> str:
        found = read(row)
        if not found:
            raise RowError("value_missing", field, "a value is needed")
        return found

    return look


def narrow(text: str) -> str:
    """Letters, digits and signs of full width (Ａ, １, ：) as those of half width."""
    return text.translate(NARROW).strip()


def label(text: Text) -> str:
    """The columns of a text, as a refusal names them."""
    return " + ".join(text.names) or "constant"


def digest(*parts: str) -> str:
    """An id made of several texts."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def _step(found: Any, key: str, first: int = 0) -> Any:
    if isinstance(found, dict):
        return found.get(key)
    if isinstance(found, list) and PLACE.fullmatch(key):
        place = int(key) - first
        return found[place] if -len(found) <= place < len(found) else None
    return None


def _then(read: Cell, change: Callable[[str], str]) -> Cell:
    return lambda row: change(read(row))


def _changes(text: Text) -> list[Callable[[str], str]]:
    changes: list[Callable[[str], str]] = []
    if (part := text.part) is not None:
        place = part.number - 1 if part.number > 0 else part.number

        def piece(value: str) -> str:
            pieces = value.split(part.separator)
            return pieces[place].strip() if -len(pieces) <= place < len(pieces) else ""

        changes.append(piece)
    if (between := text.between) is not None:
        changes.append(lambda value: _between(value, *between))
    if (cut := text.cut) is not None:
        changes.append(lambda value: value[cut[0] - 1 : cut[1]].strip())
    if text.replace:
        changes.append(replacing(text.replace))
    if text.pad:
        changes.append(lambda value: value.zfill(text.pad) if value else "")
    if text.letters:
        changes.append(str.lower if text.letters == "lower" else str.upper)
    return changes


def _between(value: str, start: str, end: str) -> str:
    """What stands after the first `start` and before the next `end`; nothing where they are not there."""
    _, found, rest = value.partition(start) if start else ("", "-", value)
    inner, ended, _ = rest.partition(end) if end else (rest, "-", "")
    return inner.strip() if found and ended else ""


def replacing(replace: dict[str, str]) -> Callable[[str], str]:
    """Every replacement, of longer texts first: a declaration that is kept as JSON has no order."""
    pairs = sorted(replace.items(), key=lambda pair: (-len(pair[0]), pair[0]))

    def change(value: str) -> str:
        for old, new in pairs:
            value = value.replace(old, new)
        return value.strip()

    return change


def _mapped(known: dict[str, str], otherwise: Scalar | None, field: str) -> Callable[[str], str]:
    def change(value: str) -> str:
        found = known.get(value)
        if found is not None:
            return found
        if otherwise is not None:
            return spell(otherwise)
        listed = ", ".join(sorted(known)[:LISTED])
        raise RowError("value_unmapped", field, f"{value!r} is not in the feed's map; there are: {listed}")

    return change
