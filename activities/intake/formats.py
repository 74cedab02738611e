"""The vocabulary in which a feed's format is declared (docs/partners.md). It is strict and holds no code."""

from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from django.utils.translation import gettext_lazy as _

from config.problems import Problem

Name = str | int
"""A column: its name (dotted path in JSON)."""


class FormatInvalid(Problem):
    status, code, title = 422, "format_invalid", _("The feed's format is not valid.")


class Strict(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """An unknown key is an error that names it."""


class Container(Strict, frozen=True):
    """How rows are packed; gzip is recognised by itself."""

    kind: Literal["csv", "jsonl", "json"]
    delimiter: str = ","
    encoding: str = "utf-8"
    path: str = ""


class Column(Strict, frozen=True):
    column: str


class EventId(Strict, frozen=True):
    """The partner's id of the event: a column, or a digest of columns where there is none."""

    column: str = ""
    hash: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        return self.hash or (self.column,)


class Moment(Strict, frozen=True):
    """An instant: `iso`, `epoch_s`, `epoch_ms` or a strptime format; local times are in the feed's zone."""

    column: str
    format: str = "iso"


class Duration(Strict, frozen=True):
    column: str
    unit: Literal["s", "min", "h"] = "s"


class Distance(Strict, frozen=True):
    """A length in a unit, or bands of a value: [[upper bound, metres], ...], bounds included."""

    column: str
    unit: Literal["m", "km", "mi"] = "m"
    basis: Literal["reported", "track", "stations", "fare", "crow_fly"] = "reported"
    bands: tuple[tuple[int, int], ...] = ()


class Quantity(Strict, frozen=True):
    """Steps, items, or money in fen."""

    column: str
    unit: Literal["1", "fen", "yuan"] = "1"


class Case(Strict, frozen=True):
    """What a row that matches `when` (column: value or values) is."""

    when: dict[str, str | tuple[str, ...]] = {}
    skip: bool = False
    scenario: str = ""
    half: Literal["", "in", "out"] = ""
    started_at: Moment | None = None
    ended_at: Moment | None = None
    duration: Duration | None = None
    distance: Distance | None = None
    quantity: Quantity | None = None
    place: Column | None = None


class Pairing(Strict, frozen=True):
    """An `in` and the next `out` of the same subject make a journey if they are this close."""

    limit_s: int


class Format(Strict, frozen=True):
    container: Container
    zone: str
    subject: Column
    event_id: EventId
    cases: tuple[Case, ...]
    pairing: Pairing | None = None

    @property
    def columns(self) -> set[str]:
        """Every column the format reads."""
        found = {self.subject.column, *self.event_id.columns}
        for case in self.cases:
            found.update(case.when)
            parts = (case.started_at, case.ended_at, case.duration, case.distance, case.quantity, case.place)
            found.update(part.column for part in parts if part is not None)
        return found


def parse(declaration: Any) -> Format:
    """The checked format. Raises FormatInvalid with the place and what would be right."""
    try:
        parsed = msgspec.convert(declaration, Format)
    except msgspec.ValidationError as error:
        raise FormatInvalid(str(error)) from error
    _check(parsed)
    return parsed


def of_webhook(declared: Format) -> Format:
    """The format as a webhook brings it: rows under `data` of a JSON body, also for a feed whose files are no JSON."""
    if declared.container.kind == "json":
        return declared
    return msgspec.structs.replace(declared, container=Container(kind="json", path="data"))


def _check(parsed: Format) -> None:
    try:
        ZoneInfo(parsed.zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise FormatInvalid(f"zone: {parsed.zone!r} is not a time zone such as Asia/Shanghai") from None
    if bool(parsed.event_id.column) == bool(parsed.event_id.hash):
        raise FormatInvalid("event_id: give either `column` or `hash`")
    if not parsed.cases:
        raise FormatInvalid("cases: at least one case is needed")
    for number, case in enumerate(parsed.cases):
        where = f"cases[{number}]"
        if case.skip:
            continue
        if not case.scenario or case.started_at is None:
            raise FormatInvalid(f"{where}: `scenario` and `started_at` are needed")
        if case.ended_at and case.duration:
            raise FormatInvalid(f"{where}: give either `ended_at` or `duration`")
        if case.half and parsed.pairing is None:
            raise FormatInvalid(f"{where}: `half` needs `pairing`")
        if case.distance and list(case.distance.bands) != sorted(case.distance.bands):
            raise FormatInvalid(f"{where}.distance.bands: bounds must rise")
