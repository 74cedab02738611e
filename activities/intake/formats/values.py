"""How a value of a row is declared: texts, numbers, instants, places, and what a value must be."""

from collections.abc import Iterator
from typing import Literal

import msgspec

Name = str | int
"""A column: its name, its position from 1, or in JSON a dotted path (`rider.id`, `points.0.lat`)."""
Scalar = str | int | float | bool
Datum = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
DAY_PARTS = (24, 48, 72, 96, 120, 144, 240, 288, 360, 480, 720, 1440)
"""Into how many parts a profile may cut a day: hours, or whole minutes that fit into hours."""


class Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True, omit_defaults=True):
    """An unknown key is an error that names it."""


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


Wanted = dict[str | int, Scalar | tuple[Scalar, ...] | Condition]
"""Columns and what their values must be; all must hold."""


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
    thousands: str = ""
    cumulative: bool = False

    @property
    def names(self) -> Iterator[str]:
        if self.columns or self.column != "":
            yield from (str(name) for name in self.columns or (self.column,))
