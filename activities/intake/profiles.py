"""The profile of a day: steps of its 24 hours, from columns, a list, or the grouped rows of the hours.

Columns and lists may also hold parts of hours, as long as a whole number of minutes: they are added up.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from activities.intake.cells import Cells, label, spell
from activities.intake.formats.values import DAY_PARTS, Profile, Text
from activities.intake.numbers import parse_number, round_half_up, spelled
from activities.intake.problems import RowError, shorten
from activities.intake.rows import Row

HOURS, HOUR_DIGITS = 24, 2

Walked = list[tuple[int, Decimal]]
"""Hours, and the steps or the counter told for them."""


def bind(cells: Cells, profile: Profile) -> Callable[[Row], list[int] | None]:
    """24 numbers, None where the row has none. Raises RowError from within."""
    if profile.columns:
        texts = [(str(name), cells.cell(name)) for name in profile.columns]
        return lambda row: _read([(name, cell(row)) for name, cell in texts], profile)
    if profile.column != "":
        field, value = str(profile.column), cells.value(profile.column)
        return lambda row: _read_list(value(row), field, profile)
    return _bind_rows(cells, profile)


def count_day(hours: list[int]) -> int:
    """The steps of the whole day. Raises RowError above what a column holds."""
    return round_half_up(Decimal(sum(hours)), "")


def _bind_rows(cells: Cells, profile: Profile) -> Callable[[Row], list[int] | None]:
    inner, points = Cells(None, tuple(cells.empty), cells.tables), Cells(None).value("points")
    declared = profile.hour or Text()
    hour, steps, field = inner.required(declared), inner.cell(profile.steps), str(profile.steps)

    def look(row: Row) -> list[int] | None:
        walked: Walked = []
        for point in points(row):
            text = hour(point)
            if not text.isdecimal() or len(text) > HOUR_DIGITS or int(text) >= HOURS:
                raise RowError("hour_unreadable", label(declared), f"{shorten(text)} is not an hour, 0 to 23")
            if (told := _steps(field, steps(point), profile)) is not None:
                walked.append((int(text), told))
        if profile.cumulative:
            walked.sort()
        return _add_up(walked, field, profile)

    return look


def _read_list(value: Any, field: str, profile: Profile) -> list[int] | None:
    if value in (None, "", []):
        return None
    parts = value.strip("[]").replace(";", ",").split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) not in DAY_PARTS:
        many = f"{len(parts)} numbers" if isinstance(parts, list) else "no list"
        raise RowError("profile_unreadable", field, f"{many}; 24, 48, 96 or 1440 are needed, from midnight on")
    return _read([(field, spell(part)) for part in parts], profile)


def _read(texts: list[tuple[str, str]], profile: Profile) -> list[int] | None:
    if not any(text for _field, text in texts):
        return None
    told = [(number * HOURS // len(texts), _steps(field, text, profile)) for number, (field, text) in enumerate(texts)]
    return _add_up([(hour, steps) for hour, steps in told if steps is not None], texts[0][0], profile)


def _add_up(walked: Walked, field: str, profile: Profile) -> list[int]:
    """The steps of each hour. A counter says at the end of a stretch what was walked since midnight."""
    found, before = [Decimal(0)] * HOURS, Decimal(0)
    for hour, steps in walked:
        if steps < before:
            raise RowError("profile_unreadable", field, f"the counter falls from {before} to {steps}")
        found[hour] += steps - before
        before = steps if profile.cumulative else before
    return [round_half_up(steps, field) for steps in found]


def _steps(field: str, text: str, profile: Profile) -> Decimal | None:
    value = parse_number(spelled(".", profile.thousands)(text), field)
    if value is not None and value < 0:
        raise RowError("value_negative", field, f"{text} is negative; at least 0 is expected")
    return value
