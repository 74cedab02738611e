"""Numbers of a row in the units of the platform: metres, seconds, fen, watt-hours, grams, pieces."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from unicodedata import normalize

from activities.intake import durations
from activities.intake.cells import Cells, label, replacing
from activities.intake.formats.values import Distance, Duration, Energy, Length, Mass, Money, Number, Quantity
from activities.intake.problems import RowError, shorten
from activities.intake.rows import Row

METRES = {"m": Decimal(1), "km": Decimal(1000), "mi": Decimal("1609.344"), "ft": Decimal("0.3048")}
SECONDS = {"ms": Decimal("0.001"), "s": Decimal(1), "min": Decimal(60), "h": Decimal(3600), "d": Decimal(86_400)}
_WHOLE = {"1": 1, "fen": 1, "jiao": 10, "yuan": 100, "Wh": 1, "kWh": 1000, "g": 1, "kg": 1000, "t": 1_000_000}
_WHOLE |= {"jin": 500, "liang": 50}
PIECES = {unit: Decimal(factor) for unit, factor in (_WHOLE | {"ml": 1, "l": 1000}).items()}
LARGEST = 2**31 - 1
REMEMBERED = 16_384
"""So many values of a column are known again."""
DIGITS = 17
"""A number with more digits before the point is refused before anything is computed with it."""
DECIMAL_COMMA = re.compile(r"-?\d+(?:,\d+)+")
GROUPED = (
    (re.compile(r"-?[1-9]\d{0,2},\d{3}"), '`thousands: ","`, or `decimal: ","`'),
    (re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d*"), '`thousands: ","`'),
    (re.compile(r"-?\d{1,3}(?:\.\d{3})+,\d*"), '`decimal: ","` and `thousands: "."`'),
    (re.compile(r"-?\d{1,3}(?:\.\d{3}){2,}"), '`thousands: "."`'),
    (re.compile(r"-?\d{1,3}(?:\s\d{3})+(?:\.\d*)?"), '`thousands: " "`'),
    (re.compile(r"-?\d{1,3}(?:\s\d{3})+,\d*"), '`decimal: ","` and `thousands: " "`'),
)
SIGN = re.compile(r"([^\d\s.,-]{1,4}\s*)-?\d[\d.,]*")
CLOCK = re.compile(r"\d+:\d{2}(?::\d{2}(?:\.\d+)?)?")
MINUS = str.maketrans("−－﹣", "---")
"""Signs that print as a minus."""
UNIT = re.compile(r"-?[\d.,]+(\s*[^\d\s.,-]{1,8})")

Measured = Distance | Duration | Energy | Length | Mass | Money | Quantity
Reading = Callable[[Row], Decimal | None]
"""A number of at least 0, None where the cell is empty. Raises RowError."""


class Numbers:
    """Binds declared numbers to the columns of a body."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    def metres(self, distance: Distance) -> Callable[[Row], int | None]:
        bands = distance.bands
        if not bands:
            return self._whole(*self._based(distance, METRES), label(distance))

        read = self.number(distance)

        def look(row: Row) -> int | None:
            value = read(row)
            if value is None:
                return None
            return next((metres for bound, metres in bands if value <= Decimal(str(bound))), bands[-1][1])

        return look

    def pieces(self, number: Quantity | Money | Energy | Mass) -> Callable[[Row], int | None]:
        return self._whole(*self._based(number, PIECES), label(number))

    def count(self, number: Number) -> Callable[[Row], int | None]:
        return self._whole(self.number(number), Decimal(1), label(number))

    def length(self, number: Length) -> Callable[[Row], int | None]:
        return self._whole(*self._based(number, METRES), label(number))

    def duration(self, duration: Duration) -> Callable[[Row], timedelta]:
        field = label(duration)
        if duration.unit in durations.SPELLED:
            return durations.spelled(self.cells.required(duration), field, duration.unit)
        read, factor = self._based(duration, SECONDS)

        def look(row: Row) -> timedelta:
            value = read(row)
            if value is None:
                raise RowError("value_missing", field, "a value is needed")
            return durations.lasting(value * factor, field)

        return look

    def _based(self, number: Measured, factors: dict[str, Decimal]) -> tuple[Reading, Decimal]:
        """A reading, and the factor that brings it into the unit of the platform."""
        if number.units:
            return self._with_units(number, factors), Decimal(1)
        return self.number(number), factors[number.unit]

    def _with_units(self, number: Measured, factors: dict[str, Decimal]) -> Reading:
        """A number whose text ends with its unit, the longest that fits; without one it is in the declared unit."""
        field, text = label(number), self.cells.text(number)
        parse, bounded = _parser(number, field), _bounding(number.negative, field)
        scale, endings = Decimal(number.scale), sorted(number.units, key=len, reverse=True)

        def look(row: Row) -> Decimal | None:
            whole = text(row)
            ending = next((one for one in endings if whole.endswith(one)), "")
            value = parse(whole.removesuffix(ending).strip())
            factor = factors[number.units[ending] if ending else number.unit]
            return None if value is None else bounded(value * scale * factor)

        return look

    def number(self, number: Number) -> Reading:
        """What is declared, with the scale applied; None where every column of it is empty, and of a difference of
        readings where one is: the meter alone is not what was charged. A deduction that is empty is none."""
        field = label(number)
        parse, text = _parser(number, field), self.cells.text(number)
        added = [self._other(name, number) for name in number.plus]
        taken = [self._other(name, number) for name in number.minus]
        scale = Decimal(number.scale)
        bounded = _bounding(number.negative, field)
        deducts = isinstance(number, Money)

        def look(row: Row) -> Decimal | None:
            there = [value for value in (parse(text(row)), *(other(row) for other in added)) if value is not None]
            less = [other(row) for other in taken]
            if not there or (None in less and not deducts):
                return None
            return bounded((sum(there, Decimal(0)) - sum(filter(None, less))) * scale)

        if added or taken or scale != 1:
            return look

        def look_plainly(row: Row) -> Decimal | None:
            value = parse(text(row))
            return None if value is None else bounded(value)

        return look_plainly

    def _other(self, name: str | int, number: Number) -> Reading:
        read, parse, change = self.cells.cell(name), _parser(number, str(name)), replacing(number.replace)
        return lambda row: parse(change(read(row)))

    @staticmethod
    def _whole(read: Reading, factor: Decimal, field: str) -> Callable[[Row], int | None]:
        @lru_cache(REMEMBERED)
        def convert(value: Decimal) -> int:
            return round_half_up(value * factor, field)

        def look(row: Row) -> int | None:
            value = read(row)
            return None if value is None else convert(value)

        return look


def round_half_up(value: Decimal, field: str) -> int:
    """The nearest whole number, halves upwards. Raises RowError above what a column holds."""
    if value > LARGEST:
        raise RowError("value_out_of_range", field, f"{value} is above {LARGEST}")
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def parse_number(text: str, field: str) -> Decimal | None:
    """None where there is no text. Raises RowError."""
    if not text:
        return None
    try:
        value = _parse_decimal(text)
    except InvalidOperation:
        value = _booked(text, field)
    if not value.is_finite():
        raise RowError("number_unreadable", field, f"{text!r} is not a finite number")
    if value.adjusted() > DIGITS:
        raise RowError("value_out_of_range", field, f"{text!r} is larger than any number here can be")
    return value


def _booked(text: str, field: str) -> Decimal:
    """A negative number as bookkeepers write it: 12.50- or (12.50). Raises RowError."""
    text = text.translate(MINUS)
    inner = text[1:-1] if text.startswith("(") and text.endswith(")") else text[:-1] if text.endswith("-") else ""
    try:
        return _parse_decimal(text) if text[:1] == "-" else -_parse_decimal(inner)
    except InvalidOperation:
        raise RowError("number_unreadable", field, f"{shorten(text)} is not a number{_guess(text)}") from None


def _parse_decimal(text: str) -> Decimal:
    """Raises InvalidOperation, also for 1_000, which only programmers write."""
    if "_" in text:
        raise InvalidOperation
    return Decimal(text)


def parse_float(text: str) -> float:
    """Raises ValueError, also for 1_000."""
    if "_" in text:
        raise ValueError(text)
    return float(text)


def _guess(text: str) -> str:
    """What the declaration may lack."""
    wide = {sign: normalize("NFKC", sign) for sign in text if not sign.isspace()}
    wide = {sign: plain for sign, plain in wide.items() if plain != sign and plain in (".", ",")}
    if wide:
        return f"; `replace: {wide}` would make it one"
    for pattern, words in GROUPED:
        if pattern.fullmatch(text):
            return f"; is it {words}?"
    if DECIMAL_COMMA.fullmatch(text):
        return '; is it `decimal: ","`?' if text.count(",") == 1 else '; is it `thousands: ","`?'
    if CLOCK.fullmatch(text):
        return "; is it `unit: hms`, or `hm`?"
    if text[:1] == "=":
        return "; the formula has no result: open the workbook and save it once"
    if (sign := SIGN.fullmatch(text)) is not None:
        return f'; `replace: {{{sign[1]!r}: ""}}` would take {sign[1]!r} away'
    if (unit := UNIT.fullmatch(text)) is not None:
        return f'; `replace: {{{unit[1]!r}: ""}}` would take {unit[1]!r} away'
    return ""


def spelled(decimal: str, thousands: str) -> Callable[[str], str]:
    """Numbers as they are written somewhere, with a decimal point and no more."""

    def change(text: str) -> str:
        if thousands.isspace():
            text = "".join(text.split())  # of blanks there are many that look alike
        elif thousands:
            text = text.replace(thousands, "")
        return text.replace(decimal, ".") if decimal != "." else text

    return change


def _parser(number: Number, field: str) -> Callable[[str], Decimal | None]:
    plain = not number.thousands and number.decimal == "."
    change = str if plain else spelled(number.decimal, number.thousands)
    return lru_cache(REMEMBERED)(lambda text: parse_number(change(text), field))


def _bounding(negative: str, field: str) -> Callable[[Decimal], Decimal]:
    def bounded(value: Decimal) -> Decimal:
        if value >= 0:
            return value
        if negative == "absolute":
            return -value
        if negative == "zero":
            return Decimal(0)
        raise RowError("value_negative", field, f"{value} is negative; at least 0 is expected")

    return bounded
