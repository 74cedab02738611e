"""The words in which a feed's format is declared (docs/partners.md). They are strict and hold no code.

A struct is one mapping of the declaration; its fields are the keys. `docs/feed.schema.json` is made of them.
"""

from collections.abc import Iterable, Iterator
from typing import Literal, Union

import msgspec

Name = str | int
"""A column: its name, its position from 1, or in JSON a dotted path (`rider.id`, `points.0.lat`)."""
Scalar = str | int | float | bool
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
Evidence = Literal["", "operator_order", "payment", "device", "photo", "self_declared"]


PIECE = "piece"
"""The number of a piece of a split row, from 1."""
FILE = "^file"
"""The name of the file that a row is from; in a zip, that of the file in it."""
SHEET = "^sheet"
"""The name of the sheet of a workbook that a row is from."""


DAY_PARTS = (24, 48, 72, 96, 120, 144, 240, 288, 360, 480, 720, 1440)
"""Into how many parts a profile may cut a day: hours, or whole minutes that fit into hours."""


class Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """An unknown key is an error that names it."""


Wanted = dict[str | int, Union[Scalar, tuple[Scalar, ...], "Condition"]]
"""Columns and what their values must be; all must hold."""


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

    when: "Wanted"
    names: dict[str, Name]


class Part(Strict, frozen=True):
    """One piece of a text that is split at a separator; pieces count from 1, from the end with -1."""

    separator: str
    number: int = 1


class LookUp(Strict, frozen=True):
    """The `column` of a `table` of the format, in the row whose key is the text."""

    table: str
    column: str


class Text(Strict, frozen=True):
    """A text: one of `column`, `constant`, `concat`, `hash`, `first`, and what is done to it, in the order below."""

    column: Name = ""
    constant: Scalar = ""
    concat: tuple["Name | Text", ...] = ()
    hash: tuple["Name | Text", ...] = ()
    first: tuple["Name | Text", ...] = ()
    separator: str = ""
    part: Part | None = None
    between: tuple[str, str] | None = None
    cut: tuple[int, int] | None = None
    replace: dict[str, str] = {}
    pad: int = 0
    letters: Literal["", "lower", "upper"] = ""
    look_up: LookUp | None = None
    map: dict[str | int | bool, Scalar] = {}
    otherwise: Scalar | None = None

    @property
    def sources(self) -> tuple["Name | Text", ...]:
        """What it is made of; nothing for a constant."""
        return self.concat or self.hash or self.first or ((self.column,) if self.column != "" else ())

    @property
    def names(self) -> Iterator[str]:
        for source in self.sources:
            yield from source.names if isinstance(source, Text) else (str(source),)


class Number(Text, frozen=True):
    """A number of at least 0 in a unit; `plus` and `minus` are other columns in the same unit."""

    plus: tuple[Name, ...] = ()
    minus: tuple[Name, ...] = ()
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    negative: Literal["refuse", "absolute", "zero"] = "refuse"
    scale: str = "1"

    @property
    def names(self) -> Iterator[str]:
        yield from super().names
        yield from (str(name) for name in (*self.plus, *self.minus))


class Duration(Number, frozen=True):
    """How long it took; `hms` is 1:02:03 or 02:03, `hm` is 1:02, `iso` is PT1H2M3S, `words` is 1小时2分 or 1 h 2."""

    unit: Literal["ms", "s", "min", "h", "d", "hms", "hm", "iso", "words"] = "s"
    units: dict[str, Literal["ms", "s", "min", "h", "d"]] = {}


class Distance(Number, frozen=True):
    """A length in a unit; or bands of a value, [[upper bound, metres], ...] with bounds included; or computed:
    the straight line from `origin` to `destination`, or the length of the `track`."""

    unit: Literal["m", "km", "mi", "ft"] = "m"
    units: dict[str, Literal["m", "km", "mi", "ft"]] = {}
    basis: Literal["", "reported", "track", "stations", "fare", "crow_fly"] = ""
    bands: tuple[tuple[float, int], ...] = ()
    computed: Literal["", "crow_fly", "track"] = ""


class Quantity(Number, frozen=True):
    """Steps, items, fen, Wh, g or ml: what the scenario counts."""

    unit: Literal["1", "fen", "jiao", "yuan", "Wh", "kWh", "g", "kg", "t", "jin", "liang", "ml", "l"] = "1"
    units: dict[str, Literal["1", "fen", "jiao", "yuan", "Wh", "kWh", "g", "kg", "t", "jin", "liang", "ml", "l"]] = {}


class Length(Number, frozen=True):
    unit: Literal["m", "km", "mi", "ft"] = "m"
    units: dict[str, Literal["m", "km", "mi", "ft"]] = {}


class Mass(Number, frozen=True):
    unit: Literal["g", "kg", "t", "jin", "liang"] = "kg"
    units: dict[str, Literal["g", "kg", "t", "jin", "liang"]] = {}


class Money(Number, frozen=True):
    unit: Literal["fen", "jiao", "yuan"] = "yuan"
    units: dict[str, Literal["fen", "jiao", "yuan"]] = {}


class Energy(Number, frozen=True):
    unit: Literal["Wh", "kWh"] = "kWh"
    units: dict[str, Literal["Wh", "kWh"]] = {}


class Category(Text, frozen=True):
    """The kind of a purchase: a name of the city's own, or a merchant category code (`mcc`)."""

    scheme: Literal["own", "mcc"] = "own"


class Offset(Strict, frozen=True):
    """How far a row's clock is from UTC: +08:00, UTC+8, or a number in a unit."""

    column: Name
    unit: Literal["h", "min", "s"] = "h"


class Moment(Strict, frozen=True):
    """An instant: from one column, or from several columns or texts that are joined by a blank.

    `format` is `iso`, `epoch_s`, `epoch_ms`, `epoch_us`, `epoch_ns`, `excel_days` or a strptime format, or a list of
    them tried in order.
    """

    column: Name = ""
    columns: tuple[Name | Text, ...] = ()
    format: str | tuple[str, ...] = "iso"
    replace: dict[str, str] = {}
    zone: str = ""
    offset: Offset | None = None
    plus: Duration | None = None
    calendar: Literal["gregorian", "roc", "buddhist"] = "gregorian"
    past_midnight: bool = False
    next_day: bool = False
    ambiguous: Literal["first", "second", "refuse"] = "first"
    nonexistent: Literal["refuse", "forward"] = "refuse"

    @property
    def sources(self) -> tuple[Name | Text, ...]:
        return self.columns or (self.column,)

    @property
    def names(self) -> Iterator[str]:
        for source in self.sources:
            yield from source.names if isinstance(source, Text) else (str(source),)
        if self.offset is not None:
            yield str(self.offset.column)
        if self.plus is not None:
            yield from self.plus.names

    @property
    def formats(self) -> tuple[str, ...]:
        return (self.format,) if isinstance(self.format, str) else self.format


class Point(Strict, frozen=True):
    """A place: two columns, or one column with a text, a list, an object or a GeoJSON point. It is used, never kept."""

    lon: Name | Text = ""
    lat: Name | Text = ""
    column: Name = ""
    order: Literal["lon_lat", "lat_lon"] = "lon_lat"
    separator: str = ","
    decimal: Literal[".", ","] = "."
    notation: Literal["degrees", "dms", "ddmm", "geohash"] = "degrees"
    datum: Datum = "wgs84"
    unit: Literal["degrees", "microdegrees", "e7"] = "degrees"

    @property
    def names(self) -> Iterator[str]:
        for source in (self.column,) if self.column != "" else (self.lon, self.lat):
            yield from source.names if isinstance(source, Text) else (str(source),)


class Track(Strict, frozen=True):
    """A track, of which only measures are kept: `polyline` (encoded), `text`, `points` (a list), `geojson` or `wkt`."""

    column: Name
    kind: Literal["polyline", "text", "points", "geojson", "wkt"]
    precision: Literal[5, 6] = 5
    order: Literal["lon_lat", "lat_lon"] = "lon_lat"
    separator: str = ","
    point_separator: str = ";"
    lon: Name = "lon"
    lat: Name = "lat"
    time: Name = ""
    time_format: str = "iso"
    datum: Datum = "wgs84"
    unit: Literal["degrees", "microdegrees", "e7"] = "degrees"
    ordered: bool = True

    @property
    def names(self) -> Iterator[str]:
        yield str(self.column)


class Profile(Strict, frozen=True):
    """The steps of the 24 hours of a day: 24 columns (or 48, 96, 1440 ... of parts of hours), one column with a list,
    or the grouped rows of the hours. `cumulative` counters are turned into what was walked since the last one."""

    columns: tuple[Name, ...] = ()
    column: Name = ""
    hour: Text | None = None
    steps: Name = ""
    cumulative: bool = False

    @property
    def names(self) -> Iterator[str]:
        if self.columns or self.column != "":
            yield from (str(name) for name in self.columns or (self.column,))


class Condition(Strict, frozen=True):
    """What a column's value must be. Comparisons read it as a number; an empty one matches none of them."""

    equals: Scalar | None = None
    not_equals: Scalar | None = None
    among: tuple[Scalar, ...] | None = msgspec.field(default=None, name="in")
    not_among: tuple[Scalar, ...] | None = msgspec.field(default=None, name="not_in")
    empty: bool | None = None
    starts_with: str | None = None
    ends_with: str | None = None
    contains: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None


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
