"""From a partner's row to a draft, by the feed's declared format: the border nothing foreign crosses."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import reduce
from typing import Any
from zoneinfo import ZoneInfo

from activities.intake.drafts import Draft as Draft
from activities.intake.formats import Case, Distance, Duration, Format, Moment, Quantity
from activities.intake.problems import RowError
from activities.intake.readers import Row

SECONDS = {"s": 1, "min": 60, "h": 3600}
METRES = {"m": Decimal(1), "km": Decimal(1000), "mi": Decimal("1609.344")}
LARGEST = 2**31 - 1
ISO_FORMATS = {"%Y-%m-%d": 10, "%Y-%m-%d %H:%M": 16, "%Y-%m-%d %H:%M:%S": 19, "%Y-%m-%dT%H:%M:%S": 19}
"""Formats that the fast ISO parser reads exactly, with their length."""

Cell = Callable[[Row], str]
"""Reads one column of a row as text; "" where it is absent."""


class Mapping:
    """A format bound to the columns of one body."""

    def __init__(self, declared: Format, header: list[str] | None) -> None:
        self.zone = ZoneInfo(declared.zone)
        self.positions = {name: place for place, name in enumerate(header)} if header is not None else None
        self.subject = self._cell(declared.subject.column)
        self.subject_column = declared.subject.column
        self.ids = [(column, self._cell(column)) for column in declared.event_id.columns]
        self.hashed = bool(declared.event_id.hash)
        self.cases = [self._bind(case) for case in declared.cases]

    def read_subject(self, row: Row) -> str:
        """The partner's id of the person, "" where it cannot be read."""
        try:
            return self.subject(row)
        except IndexError:  # a row cut short
            return ""

    def draft(self, line: int, row: Row) -> Draft | None:
        """The draft of a row, None where the format skips it. Raises RowError."""
        if self.positions is not None and len(row) != len(self.positions):
            raise RowError("column_count", "", f"{len(row)} cells, {len(self.positions)} expected")
        subject = self._required(self.subject, self.subject_column, row)
        for matches, case, build in self.cases:
            if matches(row):
                return None if case.skip else build(line, subject, self._external_id(row), row)
        raise RowError("case_unknown", "", "no case of the format matches this row")

    def _external_id(self, row: Row) -> str:
        if not self.hashed:
            column, cell = self.ids[0]
            return self._required(cell, column, row)
        joined = "\x1f".join(cell(row) for _column, cell in self.ids)
        return hashlib.blake2b(joined.encode(), digest_size=16).hexdigest()

    def _cell(self, column: str) -> Cell:
        if self.positions is not None:
            place = self.positions[column]
            return lambda row: row[place].strip()  # type: ignore[index]
        path = column.split(".")

        def step(found: Any, key: str) -> Any:
            return found.get(key) if isinstance(found, dict) else None

        def look(row: Row) -> str:
            value: Any = reduce(step, path, row)
            return "" if value is None else str(value).strip()

        return look

    @staticmethod
    def _required(cell: Cell, column: str, row: Row) -> str:
        value = cell(row)
        if not value:
            raise RowError("value_missing", column, "a value is needed")
        return value

    def _bind(self, case: Case) -> tuple[Callable[[Row], bool], Case, Callable[[int, str, str, Row], Draft]]:
        wanted = [
            (self._cell(column), {values} if isinstance(values, str) else set(values))
            for column, values in case.when.items()
        ]

        def matches(row: Row) -> bool:
            return all(cell(row) in values for cell, values in wanted)

        if case.skip or case.started_at is None:
            return matches, case, self._never
        started_at = self._moment(case.started_at)
        ended_at = self._moment(case.ended_at) if case.ended_at else None
        duration = self._duration(case.duration) if case.duration else None
        distance = self._distance(case.distance) if case.distance else None
        basis = case.distance.basis if case.distance else "default"
        quantity = self._quantity(case.quantity) if case.quantity else None
        place = self._cell(case.place.column) if case.place else None
        end_column = case.ended_at.column if case.ended_at else ""

        def build(line: int, subject: str, external_id: str, row: Row) -> Draft:
            start = started_at(row)
            end = ended_at(row) if ended_at else start + duration(row) if duration else None
            if end is not None and end < start:
                raise RowError("end_before_start", end_column, f"ends {end:%Y-%m-%d %H:%M}, before it starts")
            distance_m = distance(row) if distance else None
            return Draft(
                line,
                subject,
                external_id,
                case.scenario,
                case.half,
                start,
                end,
                distance_m,
                basis if distance_m is not None else "default",
                quantity(row) if quantity else None,
                place(row) if place else "",
            )

        return matches, case, build

    @staticmethod
    def _never(line: int, subject: str, external_id: str, row: Row) -> Draft:
        raise AssertionError("a skipped row makes no draft")

    def _moment(self, moment: Moment) -> Callable[[Row], datetime]:
        cell, column, parse = self._cell(moment.column), moment.column, self._parser(moment.format)

        def read(row: Row) -> datetime:
            value = self._required(cell, column, row)
            try:
                found = parse(value)
            except (ValueError, OverflowError, OSError):
                raise RowError("time_unreadable", column, f"{value!r} is not a time like {moment.format}") from None
            return found if found.tzinfo is UTC else found.replace(tzinfo=found.tzinfo or self.zone).astimezone(UTC)

        return read

    @staticmethod
    def _parser(declared: str) -> Callable[[str], datetime]:
        if declared == "epoch_s":
            return lambda value: datetime.fromtimestamp(float(value), UTC)
        if declared == "epoch_ms":
            return lambda value: datetime.fromtimestamp(int(value) / 1000, UTC)
        if declared == "iso":
            return datetime.fromisoformat
        length = ISO_FORMATS.get(declared)
        if length is None:
            return lambda value: datetime.strptime(value, declared)  # noqa: DTZ007  the feed's zone is put in after

        def read_exactly(value: str) -> datetime:
            if len(value) != length:
                raise ValueError(value)
            return datetime.fromisoformat(value)

        return read_exactly

    def _duration(self, duration: Duration) -> Callable[[Row], timedelta]:
        number, factor = self._number(duration.column), SECONDS[duration.unit]
        return lambda row: timedelta(seconds=float((number(row) or Decimal(0)) * factor))

    def _distance(self, distance: Distance) -> Callable[[Row], int | None]:
        number, factor, bands = self._number(distance.column), METRES[distance.unit], distance.bands

        def read(row: Row) -> int | None:
            value = number(row)
            if value is None:
                return None
            if not bands:
                return self._bounded(value * factor, distance.column)
            for bound, metres in bands:
                if value <= bound:
                    return metres
            return bands[-1][1]

        return read

    def _quantity(self, quantity: Quantity) -> Callable[[Row], int | None]:
        number, factor = self._number(quantity.column), 100 if quantity.unit == "yuan" else 1

        def read(row: Row) -> int | None:
            value = number(row)
            return None if value is None else self._bounded(value * factor, quantity.column)

        return read

    @staticmethod
    def _bounded(value: Decimal, column: str) -> int:
        if value > LARGEST:
            raise RowError("value_out_of_range", column, f"{value} is above {LARGEST}")
        return int(value.to_integral_value(rounding="ROUND_HALF_UP"))

    def _number(self, column: str) -> Callable[[Row], Decimal | None]:
        """A number of at least 0, None where the cell is empty."""
        cell = self._cell(column)

        def read(row: Row) -> Decimal | None:
            text = cell(row)
            if not text:
                return None
            try:
                value = Decimal(text)
            except InvalidOperation:
                raise RowError("number_unreadable", column, f"{text!r} is not a number") from None
            if not value.is_finite():
                raise RowError("number_unreadable", column, f"{text!r} is not a finite number")
            if value < 0:
                raise RowError("value_negative", column, f"{text} is negative; at least 0 is expected")
            return value

        return read
