"""What a cell of a workbook is, by the format in which it is shown: a date, a time, a number with its zeros."""

import re
from datetime import datetime, timedelta
from decimal import Context, Decimal, InvalidOperation

ROUNDED = Context(prec=15)
"""As many digits as a spreadsheet keeps; what comes after them is noise."""
DIGITS = 15
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  local, as the sheet means it
DAYS_1904 = 1462
"""How far the other calendar of workbooks, which begins in 1904, is from the usual one."""
YEAR_2000, YEAR_10000 = 36_526, 2_958_466
DAY_MS = 86_400_000

NUMBER, DATE, TIME, MOMENT, ELAPSED = "number", "date", "time", "moment", "elapsed"
BUILT_IN = (
    dict.fromkeys((*range(14, 18), *range(27, 32), 36, *range(50, 55), 57, 58), DATE)
    | dict.fromkeys((*range(18, 22), *range(32, 36), 45, 47, 55, 56), TIME)
    | {22: MOMENT, 46: ELAPSED}
)
"""Formats that a workbook names by number alone; those from 27 on are of Chinese, Japanese and Korean ones."""
LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!(?:h+|m+|s+)\])[^\]]*\]|am/pm|a/p|上午/下午', re.IGNORECASE)
ZEROS = re.compile(r"0{2,64}")


def kind_of(code: str) -> str | int:
    """What a format makes of a number; an int is to how many digits zeros fill it up."""
    bare = LITERAL.sub("", code).partition(";")[0].strip().lower()
    if ZEROS.fullmatch(bare):
        return len(bare)
    if "general" in bare or "e+" in bare or "e-" in bare:
        return NUMBER
    if "[" in bare:
        return ELAPSED
    clock = any(sign in bare for sign in "hs")
    day = any(sign in bare for sign in "yde") or ("m" in bare and not clock)
    return MOMENT if day and clock else DATE if day else TIME if clock else NUMBER


def spell(text: str, kind: str | int, *, from_1904: bool) -> str:
    """A stored number as a text: 2026-11-03 08:05:00, 08:05:00, 0042, 3.2."""
    if kind == NUMBER:
        return spell_number(text)
    if isinstance(kind, int):
        whole = spell_number(text)
        return whole.zfill(kind) if whole.isdigit() else whole
    try:
        days = float(text)
    except ValueError:
        return text
    if kind != ELAPSED and days >= 1 and from_1904:
        days += DAYS_1904
    if not 0 <= days < YEAR_10000 or (kind == DATE and days < 1):
        return spell_number(text)
    milliseconds = round(days * DAY_MS)
    if kind == ELAPSED or days < 1 or (kind == TIME and days < YEAR_2000):
        return _spell_clock(milliseconds)
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    if kind == DATE and milliseconds % DAY_MS == 0:
        return moment.date().isoformat()
    return moment.isoformat(" ", "milliseconds" if moment.microsecond else "seconds")


def spell_number(text: str) -> str:
    """Without noise and without `.0`. A whole number of more than 15 digits of which the last ones are gone stays as
    7.12E+17: it is no id."""
    if text.isdigit() and len(text) <= DIGITS:
        return text
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    if not value.is_finite() or value.is_zero():
        return "0" if value.is_zero() else text
    value = value.normalize(Context(prec=64))
    if value.adjusted() < DIGITS:
        return f"{value.normalize(ROUNDED):f}"
    whole = len(value.as_tuple().digits) == value.adjusted() + 1
    return f"{value:f}" if whole else f"{value:E}"


def _spell_clock(milliseconds: int) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{clock}.{rest:03}" if rest else clock
