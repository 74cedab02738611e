"""How a sample would be understood: rows, what becomes of them, and why not. Nothing is stored."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple

from activities.intake import readers
from activities.intake.cells import spell
from activities.intake.drafts import Draft
from activities.intake.formats import uses
from activities.intake.formats.vocabulary import Format
from activities.intake.mapping import Mapping
from activities.intake.problems import RowError
from activities.intake.rows import Row

SHOWN = 20
LOOKED_AT_ROWS = 100
"""In how many rows a value of every column is looked for."""
VALUE_CHARACTERS = 60
GROUPED = ("first", "last", "points", "^")
"""What a grouped or nested row holds besides its columns."""


class Fate(NamedTuple):
    """What became of a row: a draft, a reason, or neither where it was passed over."""

    line: int
    row: Row
    draft: Draft | None = None
    error: RowError | None = None


class Column(NamedTuple):
    """A column of the sample, its first value, and the keys of the format that read it."""

    name: str
    value: str
    keys: tuple[str, ...]


@dataclass
class Preview:
    """Counts over all rows that were read, and the first of each kind in full.

    `unfilled` are columns of the format in which no row has a value: in JSON they may be misspelt.
    """

    header: list[str] | None = None
    rows: int = 0
    understood: int = 0
    skipped: int = 0
    cancelled: int = 0
    repeated: int = 0
    changed: int = 0
    complete: bool = True
    reasons: Counter[str] = field(default_factory=Counter)
    scenarios: Counter[str] = field(default_factory=Counter)
    bases: Counter[str] = field(default_factory=Counter)
    people: int = 0
    earliest: datetime | None = None
    latest: datetime | None = None
    drafts: list[tuple[Draft, Row]] = field(default_factory=list)
    refused: list[tuple[int, RowError, Row]] = field(default_factory=list)
    unfilled: list[str] = field(default_factory=list)
    first: list[Fate] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)

    @property
    def quarantined(self) -> int:
        return self.reasons.total()


def preview(
    source: BinaryIO,
    size_bytes: int,
    declared: Format,
    scenarios: set[str],
    rows_max: int | None = None,
    file: str = "",
) -> Preview:
    """Read a sample to its end, or to `rows_max` rows. Raises Refused where a delivery would be refused whole."""
    stream = readers.open_stream(source, size_bytes, declared, file)
    return _Reading(Mapping(declared, stream.header), scenarios, stream.header).read(stream, rows_max)


class _Reading:
    def __init__(self, mapping: Mapping, scenarios: set[str], header: list[str] | None) -> None:
        self.mapping, self.scenarios = mapping, scenarios
        self.found = Preview(header=header)
        self.subjects: set[str] = set()
        self.events: dict[str, bytes] = {}
        self.values: dict[str, str] = {}
        self.unfilled = {name: mapping.cells.cell(name) for name in sorted(mapping.declared.used)}

    def read(self, stream: readers.Stream, rows_max: int | None) -> Preview:
        for line, row in stream.items:
            if self.found.rows == rows_max:
                self.found.complete = False
                break
            self.found.rows += 1
            self._look_for_values(row)
            fate = self._take(line, row)
            if len(self.found.first) < SHOWN:
                self.found.first.append(fate)
        self.found.people = len(self.subjects)
        self.found.unfilled = list(self.unfilled) if self.found.rows else []
        self.found.columns = self._list_columns()
        return self.found

    def _list_columns(self) -> list[Column]:
        known = uses.find(self.mapping.declared)
        names = self.found.header or list(self.values)
        placed = enumerate(names, start=1)
        return [Column(n, self.values.get(n, ""), (*known.get(n, ()), *known.get(str(at), ()))) for at, n in placed]

    def _look_for_values(self, row: Row) -> None:
        for name in list(self.unfilled):
            with suppress(IndexError):  # a row cut short
                if self.unfilled[name](row):
                    del self.unfilled[name]
        if self.found.rows <= LOOKED_AT_ROWS:
            for name, value in (
                zip(self.found.header or (), row, strict=False) if isinstance(row, list) else _flatten(row)
            ):
                self.values[name] = self.values.get(name) or spell(value)[:VALUE_CHARACTERS]

    def _take(self, line: int, row: Row) -> Fate:
        found = self.found
        try:
            draft = self.mapping.draft(line, row)
            if draft is None:
                found.skipped += 1
                return Fate(line, row)
            if draft.action == "cancel":
                found.cancelled += 1
            else:
                self._count(draft)
        except RowError as error:
            found.reasons[error.code] += 1
            if len(found.refused) < SHOWN:
                found.refused.append((line, error, row))
            return Fate(line, row, error=error)
        if len(found.drafts) < SHOWN:
            found.drafts.append((draft, row))
        return Fate(line, row, draft)

    def _count(self, draft: Draft) -> None:
        if draft.scenario not in self.scenarios:
            raise unknown_scenario(draft.scenario, self.scenarios)
        found = self.found
        found.understood += 1
        found.scenarios[draft.scenario] += 1
        found.bases[draft.distance_basis] += 1
        found.earliest = min(found.earliest or draft.started_at, draft.started_at)
        found.latest = max(found.latest or draft.started_at, draft.started_at)
        self.subjects.add(draft.subject)
        digest = draft.content_digest
        known = self.events.setdefault(draft.external_id, digest)
        if known is not digest:
            found.repeated += known == digest
            found.changed += known != digest


def _flatten(row: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The columns of an object, with what is in objects within it."""
    for name, value in row.items():
        if isinstance(value, dict) and name not in GROUPED:
            yield from _flatten(value, f"{path}{name}.")
        elif name not in GROUPED:
            yield f"{path}{name}", value


def unknown_scenario(code: str, scenarios: set[str]) -> RowError:
    return RowError("scenario_unknown", "", f"there is no scenario {code!r}; there are: {', '.join(sorted(scenarios))}")
