"""The profile of a day: steps of its 24 hours, from columns, a list, or the grouped rows of the hours."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from activities.intake.cells import Cells, label, spell
from activities.intake.formats.vocabulary import Profile, Text
from activities.intake.numbers import parse_number, round_half_up
from activities.intake.problems import RowError
from activities.intake.rows import Row

HOURS = 24


def bind(cells: Cells, profile: Profile) -> Callable[[Row], list[int] | None]:
    """24 numbers, None where the row has none. Raises RowError from within."""
    if profile.columns:
        texts = [(str(name), cells.cell(name)) for name in profile.columns]
        return lambda row: _read([(name, cell(row)) for name, cell in texts])
    if profile.column != "":
        field, value = str(profile.column), cells.value(profile.column)
        return lambda row: _read_list(value(row), field)
    return _bind_rows(profile)


def count_day(hours: list[int]) -> int:
    """The steps of the whole day. Raises RowError above what a column holds."""
    return round_half_up(Decimal(sum(hours)), "")


def _bind_rows(profile: Profile) -> Callable[[Row], list[int] | None]:
    inner, points = Cells(None), Cells(None).value("points")
    declared = profile.hour or Text()
    hour, steps, field = inner.required(declared), inner.cell(profile.steps), str(profile.steps)

    def look(row: Row) -> list[int] | None:
        found = [0] * HOURS
        for point in points(row):
            text = hour(point)
            if not text.isdigit() or int(text) >= HOURS:
                raise RowError("hour_unreadable", label(declared), f"{text!r} is not an hour, 0 to 23")
            found[int(text)] += _steps(field, steps(point))
        return found

    return look


def _read_list(value: Any, field: str) -> list[int] | None:
    if value in (None, "", []):
        return None
    parts = value.strip("[]").replace(";", ",").split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != HOURS:
        raise RowError("profile_unreadable", field, "24 numbers are needed, from midnight on")
    return _read([(field, spell(part)) for part in parts])


def _read(texts: list[tuple[str, str]]) -> list[int] | None:
    if not any(text for _field, text in texts):
        return None
    return [_steps(field, text) for field, text in texts]


def _steps(field: str, text: str) -> int:
    value = parse_number(text, field)
    if value is None:
        return 0
    if value < 0:
        raise RowError("value_negative", field, f"{text} is negative; at least 0 is expected")
    return round_half_up(value, field)
