"""From a partner's row to a draft, by the feed's declared format: the border nothing foreign crosses."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from activities.intake import categories, conditions, geodesy, inputs, profiles, rows, tracks
from activities.intake.cells import LISTED, Cell, Cells, label
from activities.intake.drafts import Draft as Draft
from activities.intake.formats.values import Category, Moment, Profile, Text, Track
from activities.intake.formats.vocabulary import Case, Format
from activities.intake.geodesy import Place
from activities.intake.moments import Moments
from activities.intake.numbers import Numbers, parse_number
from activities.intake.places import Places, digest_cell
from activities.intake.problems import RowError, shorten
from activities.intake.rows import Apart, Row
from activities.intake.tracks import Fix
from config import secrecy

UNTOLD = datetime(2100, 1, 1, tzinfo=UTC)
"""The instant of a cancellation that does not say when it was: later than any event."""
HALVES = ("", "in", "out", "tap")
SHORTENED = re.compile(r"\d(?:[.,]\d+)?[eE]\+\d\d")
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
"""Characters without a width: two ids that differ in them look the same."""

Build = Callable[[int, str, str, int | None, Row], Draft]


class Mapping:
    """A format bound to the columns of one body, and to the partner in whose books its ids are known.

    Where nothing is `kept`, since nobody here is told of, every cell is still read, so that what is wrong with a row is
    found; but nothing is measured or digested of it.
    """

    def __init__(self, declared: Format, header: list[str] | None, partner: str = "", *, kept: bool = True) -> None:
        self.declared, self.partner, self.kept = declared, partner, kept
        self.width = len(header) if header is not None else None
        container = declared.container
        self.cells = Cells(header, container.empty, declared.tables, half_width=container.half_width)
        self.moments = Moments(self.cells, declared.zone)
        self.numbers = Numbers(self.cells)
        self.places = Places(self.cells, self.moments)
        self.subject = _naming(self.cells.text(declared.subject), label(declared.subject))
        self.event_id = _naming(self.cells.required(declared.event_id), label(declared.event_id))
        self.revision = self._revision()
        self.cases = [
            (conditions.bind(self.cells, case), case, self._identify(case), self._bind(case)) for case in declared.cases
        ]

    def read_subject(self, row: Row) -> str:
        """The partner's id of the person, "" where it cannot be read."""
        try:
            return self.subject(row)
        except (IndexError, RowError):  # a row cut short
            return ""

    def draft(self, line: int, row: Row) -> Draft | None:
        """The draft of a row, None where the format skips it. Raises RowError."""
        if (self.width is not None and len(row) != self.width) or isinstance(row, Apart):
            whole = self._complete(row)
            if whole is None:
                return None
            row = whole
        for matches, case, identify, build in self.cases:
            if not matches(row):
                continue
            if case.skip:
                return None
            if case.refuse:
                raise RowError("row_refused", "", case.refuse)
            return build(line, self._owner(case, row), identify(row), self.revision(row), row)
        raise self._describe(row)

    def _complete(self, row: Row) -> Row | None:
        """A row of another width without the empty cells at its end; None where the format passes it over, as it does
        with a short line of totals. Raises RowError."""
        try:
            if not isinstance(row, Apart):
                return rows.trim(row, self.width or 0)
            if row.error is None:
                return None
            raise row.error
        except RowError:
            if self._passes_over(row):
                return None
            raise

    def _passes_over(self, row: Row) -> bool:
        """Whether the first case that such a row matches by the cells that it has says `skip`."""
        there = row.told if isinstance(row, Apart) and self.width is None else row
        for matches, case, _identify, _build in self.cases:
            names = set(map(str, case.when))
            if names and (not isinstance(there, dict) or there.keys() >= names):
                with suppress(IndexError, RowError):  # a cell that it does not have, or no number
                    if matches(there):
                        return case.skip
        return False

    def _describe(self, row: Row) -> RowError:
        """What a row that is of no case says in the columns by which cases are told apart."""
        names = sorted({str(name) for case in self.declared.cases for name in case.when})
        said = ", ".join(f"{name} {self.cells.cell(name)(row)!r}" for name in names[:LISTED])
        return RowError("case_unknown", names[0] if len(names) == 1 else "", f"no `when` matches {said}")

    def _owner(self, case: Case, row: Row) -> str:
        subject = self.subject(row)
        if not subject and case.action == "event":
            raise RowError("value_missing", label(self.declared.subject), "a value is needed")
        return subject

    def _identify(self, case: Case) -> Cell:
        if case.event_id is None:
            return self.event_id
        return _naming(self.cells.required(case.event_id), label(case.event_id))

    def _revision(self) -> Callable[[Row], int | None]:
        declared = self.declared.revision
        if declared is None:
            return lambda row: None
        field, cell = str(declared.column), self.cells.cell(declared.column)
        if declared.format == "number":
            return lambda row: int(parse_number(text, field) or 0) if (text := cell(row)) else None
        parse = self.moments.parser(Moment(column=declared.column, format=declared.format))
        return lambda row: int(parse(text).timestamp() * 1000) if (text := cell(row)) else None

    def _bind(self, case: Case) -> Build:
        if case.skip or case.refuse:
            return _never
        if case.action == "cancel":
            return self._bind_cancel(case)
        return self._bind_event(case)

    def _bind_cancel(self, case: Case) -> Build:
        at = self.moments.moment(case.started_at) if case.started_at else None

        def build(line: int, subject: str, external_id: str, revision: int | None, row: Row) -> Draft:
            told = at(row) if at else UNTOLD
            return Draft(
                *(line, subject, external_id, "", "", told, None, None, "default", None, ""),
                action="cancel",
                revision=revision,
            )

        return build

    def _bind_event(self, case: Case) -> Build:
        times, scenario, half = self._times(case), self._word(case.scenario), self._half(case)
        quantity = self.numbers.pieces(case.quantity) if case.quantity else None
        place = self.cells.text(case.place) if case.place else None
        evidence = case.evidence or self.declared.evidence
        ground, extras = self._ground(case), list(self._extras(case))
        told = inputs.bind(self.cells, self.numbers, case)

        def build(line: int, subject: str, external_id: str, revision: int | None, row: Row) -> Draft:
            started_at, ended_at = times(row)
            distance_m, basis, more = ground(row)
            for name, read in extras:
                more[name] = read(row)
            if said := told(row):
                more["traits"] = {**(more.get("traits") or {}), **said}
            counted = quantity(row) if quantity else None
            if (hours := more.pop("profile", None)) is not None:
                more["traits"] = {**(more.get("traits") or {}), "steps_by_hour": hours}
                counted = profiles.count_day(hours) if quantity is None else counted
            return Draft(
                *(line, subject, external_id, scenario(row), half(row), started_at, ended_at),
                *(distance_m, basis, counted, place(row) if place else ""),
                revision=revision,
                evidence=evidence,
                **more,
            )

        return build

    def _times(self, case: Case) -> Callable[[Row], tuple[datetime, datetime | None]]:
        """When it began and ended. Raises RowError from within."""
        start = self.moments.moment(case.started_at) if case.started_at else None
        end = self.moments.end(case.ended_at) if case.ended_at else None
        lasted = self.numbers.duration(case.duration) if case.duration else None
        field = " + ".join(case.ended_at.names) if case.ended_at else ""

        def look(row: Row) -> tuple[datetime, datetime | None]:
            if start is None:
                return _backwards(end(row, None) if end else None, lasted, row)
            if end is None:
                began = start(row)
                return began, began + lasted(row) if lasted else None
            try:
                began = start(row)
            except RowError:
                end(row, None)  # what is wrong with the end is told first
                raise
            ended = end(row, began)
            if ended < began:
                raise RowError("end_before_start", field, f"ends {ended:%Y-%m-%d %H:%M}, before it starts")
            return began, ended

        return look

    def _word(self, declared: str | Text) -> Cell:
        if isinstance(declared, Text):
            return self.cells.required(declared)
        return lambda row: declared

    def _half(self, case: Case) -> Cell:
        read = self.cells.text(case.half) if isinstance(case.half, Text) else self._word(case.half)
        if not isinstance(case.half, Text):
            return read
        field = label(case.half)

        def look(row: Row) -> str:
            half = read(row)
            if half not in HALVES:
                raise RowError("value_unmapped", field, f"{half!r} is not in, out or tap")
            return half

        return look

    def _ground(self, case: Case) -> Callable[[Row], tuple[int | None, str, dict[str, Any]]]:
        """Distance, its basis, and what the places and the track of the row say."""
        origin = self.places.point(case.origin) if case.origin else None
        destination = self.places.point(case.destination) if case.destination else None
        track = self.places.track(case.track) if case.track else None
        distances = [
            (one.computed, one.basis or one.computed or "reported", None if one.computed else self.numbers.metres(one))
            for one in case.distances
        ]
        cell_m = self.declared.cell_m
        measure, describe = (tracks.measure, _describe) if self.kept else (_glance_along, _glance_at)

        def look(row: Row) -> tuple[int | None, str, dict[str, Any]]:
            fixes = track(row) if track else []
            measures = measure(fixes, ordered=case.track.ordered) if case.track and fixes else {}
            ends = _ends(origin(row) if origin else None, destination(row) if destination else None, fixes, case.track)
            more = describe(ends, measures, cell_m)
            known = {"crow_fly": more.get("displacement_m"), "track": measures.get("distance_m")}
            for computed, basis, read in distances:
                found = read(row) if read else known[computed]
                if found is not None:
                    return found, basis, more
            return None, "default", more

        return look if origin or destination or track else self._measured(distances)

    @staticmethod
    def _measured(distances: list[Any]) -> Callable[[Row], tuple[int | None, str, dict[str, Any]]]:
        """Where there are no places: the first distance that is told."""

        def look(row: Row) -> tuple[int | None, str, dict[str, Any]]:
            for _computed, basis, read in distances:
                if (found := read(row)) is not None:
                    return found, basis, {}
            return None, "default", {}

        return look

    def _extras(self, case: Case) -> Iterator[tuple[str, Callable[[Row], Any]]]:
        if case.amount is not None:
            yield "amount_fen", self.numbers.pieces(case.amount)
        if case.energy is not None:
            yield "energy_wh", self.numbers.pieces(case.energy)
        if case.category is not None:
            yield "category", self._category(case.category)
        for name in ("payer", "payee", "device"):
            if (text := getattr(case, name)) is not None:
                scope = "" if name in self.declared.common_ids else self.partner
                read = self.cells.text(text)
                yield name.replace("payee", "payer"), _digesting(name, scope, read) if self.kept else read
        if case.profile is not None:
            yield "profile", self._profile(case.profile)

    def _category(self, category: Category) -> Cell:
        read, field = self.cells.text(category), label(category)
        longest = categories.NAME_CHARACTERS

        def look(row: Row) -> str:
            code = read(row)
            if category.scheme == "own":
                if len(code) > longest or not code.isprintable():
                    said = f"{shorten(code)} is no name of up to {longest} characters"
                    raise RowError("category_unreadable", field, said)
                return code
            if not code:
                return ""
            if (number := categories.read_code(code)) is None:
                said = f"{shorten(code)} is not a merchant category code of four digits"
                raise RowError("category_unreadable", field, said)
            return categories.band(number)

        return look

    def _profile(self, profile: Profile) -> Callable[[Row], list[int] | None]:
        return profiles.bind(self.cells, profile)


def _backwards(
    ended: datetime | None, lasted: Callable[[Row], timedelta] | None, row: Row
) -> tuple[datetime, datetime]:
    """When it began, where only its end and its duration are told; the format's checks see to both being there."""
    if ended is None or lasted is None:
        raise RowError("value_missing", "", "a start, or an end and a duration, are needed")
    return ended - lasted(row), ended


def _naming(read: Cell, field: str) -> Cell:
    """An id. One that was shortened to 7.12E+17 stands for a thousand others too. Raises RowError from within."""

    def look(row: Row) -> str:
        text = read(row)
        if "+" in text and SHORTENED.search(text):
            raise RowError("id_shortened", field, f"{text!r} is an id that a spreadsheet shortened; export it as text")
        return text if text.isascii() else text.translate(INVISIBLE).strip()

    return look


def _never(line: int, subject: str, external_id: str, revision: int | None, row: Row) -> Draft:
    raise AssertionError("a skipped row makes no draft")


@lru_cache(maxsize=65_536)
def _digest(name: str, scope: str, text: str) -> bytes:
    return secrecy.digest(name, scope, text)


def _digesting(name: str, scope: str, read: Cell) -> Callable[[Row], bytes | None]:
    return lambda row: _digest(name, scope, text) if (text := read(row)) else None


def _ends(
    origin: Place | None, destination: Place | None, fixes: list[Fix], track: Track | None
) -> tuple[Place | None, Place | None]:
    """Where it began and ended; a track in order says so too."""
    if fixes and track is not None and track.ordered:
        return origin or fixes[0].place, destination or fixes[-1].place
    return origin, destination


def _glance_along(fixes: Sequence[Fix], *, ordered: bool) -> dict[str, int]:
    """In place of a track's measures what decides which of the distances counts."""
    return {"distance_m": 0} if ordered and len(fixes) > 1 else {}


def _glance_at(ends: tuple[Place | None, Place | None], _measures: dict[str, int], _cell_m: int) -> dict[str, Any]:
    """In place of what is kept of two ends the same."""
    return {"displacement_m": 0} if None not in ends else {}


def _describe(ends: tuple[Place | None, Place | None], measures: dict[str, int], cell_m: int) -> dict[str, Any]:
    origin, destination = ends
    found: dict[str, Any] = {}
    traits: dict[str, Any] = {"track": measures} if measures else {}
    if origin is not None:
        found["origin"] = digest_cell(geodesy.cell(origin, cell_m))
        traits["from_area"] = geodesy.area(origin)
    if destination is not None:
        found["destination"] = digest_cell(geodesy.cell(destination, cell_m))
        traits["to_area"] = geodesy.area(destination)
    if origin is not None and destination is not None:
        found["displacement_m"] = round(geodesy.crow_fly_m(origin, destination))
    return found | {"traits": traits} if traits else found
