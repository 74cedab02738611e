"""The words in which a feed's format is declared (docs/partners.md). They are strict and hold no code.

A struct is one mapping of the declaration; its fields are the keys. `docs/feed.schema.json` is made of them.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from activities.intake.formats.values import (
    Category,
    Distance,
    Duration,
    Energy,
    Length,
    Mass,
    Moment,
    Money,
    Name,
    Number,
    Point,
    Profile,
    Quantity,
    Strict,
    Text,
    Track,
    Wanted,
)

Evidence = Literal["", "operator_order", "payment", "device", "photo", "self_declared"]
PIECE = "piece"
"""The number of a piece of a split row, from 1."""
FILE = "^file"
"""The name of the file that a row is from; in a zip, that of the file in it."""
SHEET = "^sheet"
"""The name of the sheet of a workbook that a row is from."""


class Container(Strict, frozen=True):
    """How rows are packed. gzip, and zip of one or several files, are recognised by themselves."""

    kind: Literal["csv", "jsonl", "json", "fixed", "workbook"]
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    header: bool = True
    columns: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    widths_in: Literal["characters", "bytes"] = "characters"
    line_ends: bool = True
    skip_lines: int = 0
    skip_to: str = ""
    skip_last_lines: int = 0
    comment: str = ""
    empty: tuple[str, ...] = ()
    half_width: bool = False
    bad_bytes: Literal["refuse", "replace"] = "refuse"
    fill_down: tuple[Name, ...] = ()
    heading: "Heading | None" = None
    json_columns: tuple[str, ...] = ()
    path: str = ""
    members: str = "*"
    sheet: str | int = 1


class Heading(Strict, frozen=True):
    """Lines that are no rows but say something of those beneath them, which get it as columns with new `names`."""

    when: Wanted
    names: dict[str, Name]


class Case(Strict, frozen=True):
    """What a row that matches `when` is. The first case that matches counts; without `when` it always does."""

    when: Wanted = {}
    skip: bool = False
    refuse: str = ""
    action: Literal["event", "cancel"] = "event"
    event_id: Text | None = None
    scenario: str | Text = ""
    half: Literal["", "in", "out", "tap"] | Text = ""
    evidence: Evidence = ""
    started_at: Moment | None = None
    ended_at: Moment | None = None
    duration: Duration | None = None
    distance: Distance | tuple[Distance, ...] | None = None
    quantity: Quantity | None = None
    place: Text | None = None
    origin: Point | None = None
    destination: Point | None = None
    track: Track | None = None
    profile: Profile | None = None
    amount: Money | None = None
    category: Category | None = None
    energy: Energy | None = None
    payer: Text | None = None
    payee: Text | None = None
    device: Text | None = None
    mass: Mass | None = None
    occupants: Number | None = None
    odometer: Length | None = None
    sightings: Number | None = None
    vehicle_class: Text | None = None
    item: Text | None = None

    @property
    def distances(self) -> tuple[Distance, ...]:
        """Where the distance may come from, in the order in which it is looked for."""
        if self.distance is None:
            return ()
        return self.distance if isinstance(self.distance, tuple) else (self.distance,)

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The codes that are known before any row is."""
        if isinstance(self.scenario, str):
            return (self.scenario,) if self.scenario else ()
        told = (*self.scenario.map.values(), self.scenario.otherwise, self.scenario.constant)
        return tuple(str(code) for code in told if code not in (None, ""))

    @property
    def names(self) -> Iterator[str]:
        yield from (str(name) for name in self.when)
        parts: tuple[object, ...] = (
            *(self.event_id, self.scenario, self.half, self.started_at, self.ended_at, self.duration, *self.distances),
            *(self.quantity, self.place, self.origin, self.destination, self.track, self.profile),
            *(self.amount, self.category, self.energy, self.payer, self.payee, self.device, self.mass, self.occupants),
            *(self.odometer, self.sightings, self.vehicle_class, self.item),
        )
        yield from _names(parts)


def _names(parts: Iterable[object]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, Text | Moment | Point | Track | Profile):
            yield from part.names


class Pairing(Strict, frozen=True):
    """An `in` and the next `out` of the same subject, or a `tap` and the next `tap`, make a journey if they are this
    close. What becomes of the rest: `hold` (until the other half comes, at most `hold_days`), `reject`, or `count` as a
    whole journey. A half that was rejected still counts once the other one comes."""

    limit_s: int
    unpaired: Literal["hold", "reject", "count"] = "hold"
    hold_days: int = 3


class Grouping(Strict, frozen=True):
    """Rows with the same `by` are one: the points of a trip, the hours of a day.

    They stand `together`, so that any number of groups streams by; where they do not, the file is held in memory, up
    to a million rows.
    """

    by: tuple[Name | Text, ...]
    rows_max: int = 100_000
    together: bool = True

    @property
    def names(self) -> Iterator[str]:
        for source in self.by:
            yield from source.names if isinstance(source, Text) else (str(source),)


class Splitting(Strict, frozen=True):
    """A row that holds several things becomes a row for each: the pieces of a `column` (a text, or in JSON a list),
    groups of `columns` that stand side by side, or every column but those to `keep`, with its name and its value.
    `names` are those of the pieces, to be used as columns."""

    names: tuple[str, ...]
    column: Name = ""
    separator: str = ";"
    columns: tuple[tuple[Name, ...], ...] = ()
    keep: tuple[str, ...] = ()

    @property
    def sources(self) -> Iterator[str]:
        yield from self.keep
        yield from (
            [str(self.column)] if self.column != "" else (str(name) for group in self.columns for name in group)
        )


class Revision(Strict, frozen=True):
    """Which telling of an event is the later: a version `number`, or a time in a format of `Moment`."""

    column: Name
    format: str = "number"


class Table(Strict, frozen=True):
    """Facts that no row has, such as where the stations are: a small CSV with names in its first line, by its `key`.

    `csv` is its text. A `file` stands beside the partners' file, and is read when that is applied.
    """

    key: tuple[str, ...]
    csv: str = ""
    file: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    either_way: bool = False


class Format(Strict, frozen=True):
    """A feed's format. Of the `common_ids` a text means the same at every partner, as the number on a card does; others
    are known at this partner only."""

    container: Container
    zone: str
    event_id: Text
    cases: tuple[Case, ...]
    subject: Text = Text()
    revision: Revision | None = None
    pairing: Pairing | None = None
    group: Grouping | None = None
    split: Splitting | None = None
    tables: dict[str, Table] = {}
    evidence: Evidence = ""
    cell_m: int = 500
    common_ids: tuple[Literal["payer", "payee", "device"], ...] = ()

    @property
    def used(self) -> set[str]:
        """Every column that is read of a row, once it is grouped and split."""
        found = {*self.subject.names, *self.event_id.names}
        if self.revision is not None:
            found.add(str(self.revision.column))
        for case in self.cases:
            found.update(case.names)
        return found

    @property
    def columns(self) -> set[str]:
        """Every column that a body must have."""
        return self._told.difference(self.told)

    @property
    def told(self) -> tuple[str, ...]:
        """What a row must say of where it is from: the file, the sheet."""
        found = self._told
        return tuple(name for name in (FILE, SHEET) if name in found)

    @property
    def _told(self) -> set[str]:
        """Every column that a row must have before it is completed, grouped and split."""
        found = self.used
        if self.split is not None:
            made = {*self.split.names, PIECE}
            found = {name for name in found if name.partition(".")[0] not in made} | set(self.split.sources)
        if self.group is not None:
            found = set(self._ungroup(self.group, found))
        return self._unpack(self.container, found)

    def _unpack(self, container: Container, found: set[str]) -> set[str]:
        """The columns behind JSON in a cell and under a heading."""
        inside = {name: name.partition(".")[0] for name in found}
        found = {start if start in container.json_columns else name for name, start in inside.items()}
        if container.heading is not None:
            found = found.difference(container.heading.names)
            found |= {str(name) for name in (*container.heading.when, *container.heading.names.values())}
        return found | set(map(str, container.fill_down))

    def _ungroup(self, group: Grouping, found: set[str]) -> Iterator[str]:
        """The columns behind `first.x`, `last.x` and the `points` of grouped rows."""
        yield from group.names
        for name in found:
            start, _, rest = name.partition(".")
            if start in ("first", "last") and rest:
                yield rest
            elif start != "points":
                yield name
