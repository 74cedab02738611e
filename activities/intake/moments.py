"""Instants of a row, in UTC. Local times are in the declared zone, summer time included."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from activities.intake.cells import Cells, replacing
from activities.intake.formats.values import Moment, Offset, Text
from activities.intake.numbers import SECONDS, Numbers, parse_float
from activities.intake.problems import RowError
from activities.intake.rows import Row

ISO_FORMATS = {"%Y-%m-%d": 10, "%Y-%m-%d %H:%M": 16, "%Y-%m-%d %H:%M:%S": 19, "%Y-%m-%dT%H:%M:%S": 19}
"""Formats that the fast ISO parser reads exactly, with their length."""
EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  local, as the sheet means it
EPOCH, LOCAL_EPOCH = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1)  # noqa: DTZ001
HOURS = re.compile(r"(?<!\d)(\d{2,3})(?=:\d{2})|(?<!\d)(?:\d{8})?(2[4-9]|[3-9]\d)(?=(?:\d{2}){1,2}$)")
"""The hours of 25:10, 251000 and 20260801251000."""
YEARS = {
    "roc": (re.compile(r"(?<!\d)(\d{3})(?=\d{4}(?:\d{4}|\d{6})?(?!\d))|(?<!\d)(\d{2,3})(?=\D)"), 1911),
    "buddhist": (re.compile(r"(?<!\d)(2[4-6]\d\d)"), -543),
}
"""How the year stands in a day of another calendar, and how far it is from ours."""
ZERO, CLOCK = re.compile("^(?:UTC|GMT|Z)"), re.compile(r"(?:UTC|GMT)?\s*([+-]\d{2}):?(\d{2})")
GLUED, DIRECTIVE = re.compile(r"%[YymdHIMSj]%[YymdHIMSj]"), re.compile(r"(%.)|(\s+|[^%\s]+)")
UNSIGNED = re.compile(r"[\d\s]+")
DIGITS = {"%Y": 4, "%j": 3} | dict.fromkeys(("%y", "%m", "%d", "%H", "%I", "%M", "%S"), 2)
"""How many digits the parts of a time have."""
GUESSES = {
    "iso": re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?"),
    "%Y-%m-%d %H:%M": re.compile(r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d\d"),
    "%Y-%m-%d %H:%M:%S": re.compile(r"\d{4}-\d{1,2}-\d{1,2} \d{1,2}:\d\d:\d\d"),
    "%Y/%m/%d": re.compile(r"\d{4}/\d{1,2}/\d{1,2}"),
    "%Y/%m/%d %H:%M": re.compile(r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d\d"),
    "%Y/%m/%d %H:%M:%S": re.compile(r"\d{4}/\d{1,2}/\d{1,2} \d{1,2}:\d\d:\d\d"),
    "%Y年%m月%d日": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日"),
    "%Y年%m月%d日 %H:%M": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日 \d{1,2}:\d\d"),
    "%Y%m%d%H%M%S": re.compile(r"20\d{12}"),
    "%Y%m%d": re.compile(r"20\d{6}"),
    "epoch_s": re.compile(r"1\d{9}(?:\.\d+)?"),
    "epoch_ms": re.compile(r"1\d{12}"),
    "epoch_us": re.compile(r"1\d{15}"),
    "epoch_ns": re.compile(r"1\d{18}"),
    "excel_days": re.compile(r"[45]\d{4}\.\d+"),
}
"""How instants are written of which another format is declared."""
DAY, DAY_MINUTES = timedelta(days=1), 1440
REMEMBERED = 16_384
"""So many readings of a column are known again: most times of a file come in many of its rows."""
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Parser = Callable[[str], datetime]
Following = Callable[[str, datetime | None], datetime]
"""The same, of a text and the instant that it follows, if any."""


class Moments:
    """Binds declared instants to the columns of a body."""

    def __init__(self, cells: Cells, zone: str) -> None:
        self.cells = cells
        self.zone = zone

    def moment(self, moment: Moment) -> Callable[[Row], datetime]:
        """Raises RowError from within."""
        read = self.end(moment)
        return lambda row: read(row, None)

    def end(self, moment: Moment) -> Callable[[Row, datetime | None], datetime]:
        """An instant that follows another one: where it would precede it, its reading is the second of two, or it is of
        the `next_day`. Raises RowError from within."""
        field = " + ".join(moment.names)
        texts = [
            self.cells.text(source) if isinstance(source, Text) else self.cells.cell(source)
            for source in moment.sources
        ]
        change = replacing(moment.replace) if moment.replace else None
        parse, single = _remembering(self._parser(moment)), texts[0] if len(texts) == 1 else None
        offset = self._offset(moment.offset) if moment.offset else None

        def look(row: Row, after: datetime | None) -> datetime:
            text = single(row) if single else " ".join(filter(None, (cell(row) for cell in texts)))
            if not text:
                raise RowError("value_missing", field, "a value is needed")
            text = change(text) if change else text
            return parse(f"{text}{offset(row)}" if offset else text, after)

        if moment.plus is None:
            return look
        later, zone = Numbers(self.cells).duration(moment.plus), self._zone(moment)

        def look_later(row: Row, after: datetime | None) -> datetime:
            found = look(row, None) + later(row)
            if after is None or found >= after or not moment.next_day:
                return found
            return (found.astimezone(zone) + DAY).astimezone(UTC)

        return look_later

    def _zone(self, moment: Moment) -> ZoneInfo:
        return ZoneInfo(moment.zone or self.zone)

    def _offset(self, declared: Offset) -> Callable[[Row], str]:
        """The offset of a row's clock, as ISO 8601 writes it: +08:00. Raises RowError from within."""
        field, read, factor = str(declared.column), self.cells.cell(declared.column), SECONDS[declared.unit]

        def look(row: Row) -> str:
            text = read(row)
            if not text:
                raise RowError("value_missing", field, "a value is needed")
            if (found := CLOCK.fullmatch(text)) is not None:
                return f"{found[1]}:{found[2]}"
            try:
                minutes = round(Decimal(ZERO.sub("", text) or 0) * factor / 60)
            except (InvalidOperation, ValueError, OverflowError):
                minutes = DAY_MINUTES
            if abs(minutes) >= DAY_MINUTES:
                raise RowError("time_unreadable", field, f"{text!r} is not an offset like +08:00 or 8")
            hours, rest = divmod(abs(minutes), 60)
            return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"

        return look

    def parser(self, moment: Moment) -> Parser:
        """Text to instant. Raises RowError from within."""
        parse = self._parser(moment)
        return lambda text: parse(text, None)

    def _parser(self, moment: Moment) -> Following:
        """Text, and the instant that it follows if any, to instant. Raises RowError from within."""
        field, like = " + ".join(moment.names), " or ".join(moment.formats)
        ending = "%z" if moment.offset else ""
        parsers = [_parser(one if one == "iso" else f"{one}{ending}") for one in moment.formats]
        settle = _settling(self._zone(moment), moment, field)
        follow = _following(self._zone(moment), moment, settle)

        def read(text: str, after: datetime | None) -> datetime:
            days, said = 0, text
            if moment.calendar != "gregorian":
                text = _shift_year(text, moment.calendar)
            if moment.past_midnight:
                text, days = _fold_hours(text)
            strange = None
            for parse in parsers:
                try:
                    local = parse(text) + timedelta(days=days) if days else parse(text)
                    found = settle(local) if after is None else follow(local, after)
                except (ValueError, OverflowError, OSError):
                    continue
                if EARLIEST <= found < LATEST:
                    return found
                strange = strange or found
            if strange is not None:
                raise RowError("time_out_of_range", field, f"{said!r} would be in {strange.year}; is {like} right?")
            raise RowError("time_unreadable", field, f"{said!r} is not a time like {like}{_guess(said, moment)}")

        return read


def _remembering(parse: Following) -> Following:
    """Readings come again; what they follow hardly does: it is asked only where the reading would precede it."""
    known = lru_cache(REMEMBERED)(lambda text: parse(text, None))

    def read(text: str, after: datetime | None) -> datetime:
        if after is None:
            return known(text)
        try:
            found = known(text)
        except RowError:
            return parse(text, after)
        return found if found >= after else parse(text, after)

    return read


def _guess(text: str, moment: Moment) -> str:
    """What the declaration may lack."""
    found = next((name for name, pattern in GUESSES.items() if pattern.fullmatch(text)), "")
    if found and not any(one.startswith(found) for one in moment.formats):
        return f"; is it `{found}`?"
    glued = [one for one in moment.formats if GLUED.search(one) and len(one.split()) == len(text.split())]
    if not glued or not UNSIGNED.fullmatch(text):
        return ""
    digits = sum(map(str.isdecimal, text))
    if any(digits == _count_digits(one) for one in glued):
        return "; there is no such day or time"
    return "; where zeros are missing, `pad` puts them back"


def _count_digits(declared: str) -> int:
    """How many digits a time in this format has."""
    return sum(DIGITS.get(code, 0) for code, _text in DIRECTIVE.findall(declared))


def _exactly(declared: str) -> re.Pattern[str] | None:
    """How a time looks in a format in which digits follow each other: there no zero may be missing, as 10500 would be
    half past ten."""
    if not GLUED.search(declared):
        return None
    pieces = DIRECTIVE.findall(declared)
    digits = [code in DIGITS for code, _text in pieces]
    beside = [any(pair) for pair in zip([False, *digits], [*digits[1:], False], strict=False)]
    return re.compile(
        "".join(
            _literally(text) if not code else rf"\d{{{DIGITS[code]}}}" if own and other else ".+?"
            for (code, text), own, other in zip(pieces, digits, beside, strict=True)
        )
    )


def _literally(text: str) -> str:
    return r"\s+" if text.isspace() else re.escape(text)


def _shift_year(text: str, calendar: str) -> str:
    """A day of another calendar with the year of ours, which has the same months."""
    pattern, years = YEARS[calendar]
    found = pattern.search(text)
    if found is None:
        return text
    start, end = found.span()
    return f"{text[:start]}{int(found[0]) + years}{text[end:]}"


def _fold_hours(text: str) -> tuple[str, int]:
    """25:10 of a day is 01:10 of the next one."""
    found = HOURS.search(text)
    if found is None or int(found[found.lastindex or 0]) < 24:
        return text, 0
    group = found.lastindex or 0
    days, hours = divmod(int(found[group]), 24)
    return f"{text[: found.start(group)]}{hours:02}{text[found.end(group) :]}", days


def _settling(zone: ZoneInfo, moment: Moment, field: str) -> Callable[[datetime], datetime]:
    """From a local reading to the instant, by the declared answers for readings that the clock shows twice or never."""
    plain: dict[int, datetime] = {}  # of each hour in which the clock is not put: the epoch, seen from the local one

    def settle(found: datetime) -> datetime:
        if found.tzinfo is not None:
            return found if found.tzinfo is UTC else found.astimezone(UTC)
        hour = found.toordinal() * 24 + found.hour
        base = plain.get(hour)
        if base is None:
            early, late = _offset(zone, found), _offset(zone, found.replace(fold=1))
            if early != late:
                return _settle_change(zone, found, early, late, moment, field)
            base = EPOCH - early
            if early == _offset(zone, found.replace(minute=0)) == _offset(zone, found.replace(minute=59)):
                plain[hour] = base
        return base + (found - LOCAL_EPOCH)

    return settle


def _following(
    zone: ZoneInfo, moment: Moment, settle: Callable[[datetime], datetime]
) -> Callable[[datetime, datetime], datetime]:
    """From a local reading to the instant, where another instant comes before it."""

    def follow(found: datetime, after: datetime) -> datetime:
        try:
            plain = settle(found)
        except RowError as error:  # a day later it may exist
            begun = after.astimezone(zone).replace(tzinfo=None)
            if moment.next_day and error.code == "time_nonexistent" and found < begun:
                return settle(found + DAY)
            raise
        if plain >= after:
            return plain
        if found.tzinfo is None and moment.ambiguous == "first":
            second = (found - _offset(zone, found.replace(fold=1))).replace(tzinfo=UTC)
            if second >= after and second > plain:
                return second
        return settle(found + DAY) if moment.next_day else plain

    return follow


def _settle_change(
    zone: ZoneInfo, found: datetime, early: timedelta, late: timedelta, moment: Moment, field: str
) -> datetime:
    """A reading in the hour in which the clock is put back or forward. Raises RowError."""
    if early > late:
        if moment.ambiguous == "refuse":
            raise RowError("time_ambiguous", field, f"{found} comes twice in {zone.key}")
        return (found - (early if moment.ambiguous == "first" else late)).replace(tzinfo=UTC)
    if moment.nonexistent == "refuse":
        raise RowError("time_nonexistent", field, f"{found} does not exist in {zone.key}: the clock is put forward")
    return (found - early).replace(tzinfo=UTC)


def _offset(zone: ZoneInfo, local: datetime) -> timedelta:
    return zone.utcoffset(local) or timedelta()


def _parser(declared: str) -> Parser:
    """Raises ValueError from within; a local time comes back without a zone."""

    exact = _exactly(declared)

    def strptime(text: str) -> datetime:
        if exact is not None and not exact.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text, declared)  # noqa: DTZ007  the feed's zone is put in after

    if declared == "epoch_s":
        return lambda text: datetime.fromtimestamp(parse_float(text), UTC)
    if declared == "epoch_ms":
        return lambda text: datetime.fromtimestamp(parse_float(text) / 1000, UTC)
    if declared == "epoch_us":
        return lambda text: datetime.fromtimestamp(parse_float(text) / 1_000_000, UTC)
    if declared == "epoch_ns":
        return lambda text: datetime.fromtimestamp(int(text.replace("_", "x")) // 1000 / 1_000_000, UTC)
    if declared == "excel_days":
        return lambda text: EXCEL_EPOCH + timedelta(seconds=round(parse_float(text) * 86_400))
    if declared == "iso":
        return datetime.fromisoformat
    if declared == "%Y%m%d%H%M%S":
        return lambda text: _read_exactly(f"{text[:8]}T{text[8:]}", 15)
    if (length := ISO_FORMATS.get(declared)) is not None:
        return lambda text: datetime.fromisoformat(text) if len(text) == length else strptime(text)
    if (slashed := ISO_FORMATS.get(declared.replace("/", "-"))) is not None:
        return lambda text: _read_exactly(text.replace("/", "-"), slashed) if len(text) == slashed else strptime(text)
    return strptime


def _read_exactly(text: str, length: int) -> datetime:
    if len(text) != length:
        raise ValueError(text)
    return datetime.fromisoformat(text)
