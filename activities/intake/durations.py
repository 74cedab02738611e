"""How long it took: a number of seconds, or a duration that is written out."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from activities.intake.problems import RowError
from activities.intake.rows import Row

LONGEST_S = 366 * 86_400
SPELLED = {
    "hms": (re.compile(r"(?:(\d+):(?=[0-5]?\d:))?(\d{1,3}):([0-5]?\d(?:\.\d+)?)$"), (3600, 60, 1), "1:02:03"),
    "hm": (re.compile(r"(\d+):([0-5]?\d)$"), (3600, 60), "1:02, hours and minutes"),
    "iso": (
        re.compile(r"P(?:(\d+)D)?(?:T(?:([\d.]+)H)?(?:([\d.]+)M)?(?:([\d.]+)S)?)?$"),
        (86_400, 3600, 60, 1),
        "PT1H2M3S",
    ),
    "words": (
        re.compile(
            r"(?:(\d+)\s*(?:days?|d|天|日))?[\s,]*(?:([\d.]+)\s*(?:hours?|hrs?|h|个?小时|個?小時|时|時))?[\s,]*"
            r"(?:([\d.]+)\s*(?:minutes?|mins?|m|分钟|分鐘|分|['′]))?[\s,]*"
            r"(?:([\d.]+)\s*(?:seconds?|secs?|s|秒钟?|[\"″]))?$",
            re.IGNORECASE,
        ),
        (86_400, 3600, 60, 1),
        "1小时2分3秒 or 1 h 2 min 3 s",
    ),
}
"""How each is written, the seconds of its parts, and an example."""


def spelled(read: Callable[[Row], str], field: str, unit: str) -> Callable[[Row], timedelta]:
    """Durations written as 1:02:03, PT1H2M3S or 1小时2分3秒."""
    pattern, factors, like = SPELLED[unit]

    def look(row: Row) -> timedelta:
        text = read(row)
        found = pattern.match(text)
        if found is None or not any(found.groups()):
            raise RowError("number_unreadable", field, f"{text!r} is not a duration like {like}")
        try:
            seconds = sum(Decimal(part) * factor for part, factor in zip(found.groups("0"), factors, strict=True))
        except ArithmeticError:
            raise RowError("number_unreadable", field, f"{text!r} is not a duration like {like}") from None
        return lasting(Decimal(seconds), field)

    return look


def lasting(seconds: Decimal, field: str) -> timedelta:
    """Raises RowError for more than a year."""
    if seconds > LONGEST_S:
        raise RowError("value_out_of_range", field, f"{seconds} s is longer than a year")
    return timedelta(seconds=float(seconds))
