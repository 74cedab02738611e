"""A year of days as a calendar of colours: sums in, cells out. Pure."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

WEEKS = 53
LEVELS = 4
DAY = timedelta(days=1)


class Cell(NamedTuple):
    """A day; `level` 0 (nothing) to 4 (among the best quarter of the active days)."""

    day: date
    reduction_mg: int
    level: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """`rows`: Monday to Sunday, one cell a week, None after the last day. `months`: first day and width in weeks."""

    rows: list[list[Cell | None]]
    months: list[tuple[date, int]]

    @property
    def first_day(self) -> date:
        cell = self.rows[0][0]
        assert cell is not None  # noqa: S101  the first column is always whole
        return cell.day


def first_day(last: date) -> date:
    """The Monday with which the calendar that ends with `last` begins."""
    return last - timedelta(days=last.weekday()) - timedelta(weeks=WEEKS - 1)


def calendar(sums_mg: Mapping[date, int], last: date) -> Calendar:
    """The 53 weeks up to the day `last`."""
    monday = first_day(last)
    within = {day: amount for day, amount in sums_mg.items() if monday <= day <= last}
    bounds = _quarters([amount for amount in within.values() if amount > 0])
    blank = _blank(last)
    rows = [list(row) for row in blank.rows]
    for day, amount in within.items():
        week, weekday = divmod((day - monday).days, 7)
        rows[weekday][week] = Cell(day, amount, 1 + bisect_left(bounds, amount) if amount > 0 else 0)
    return Calendar(rows, blank.months)


@lru_cache(64)
def _blank(last: date) -> Calendar:
    """The calendar of somebody who did nothing: most of it is everybody's."""
    mondays = [first_day(last) + timedelta(weeks=week) for week in range(WEEKS)]

    def cell(day: date) -> Cell | None:
        return Cell(day, 0, 0) if day <= last else None

    return Calendar([[cell(monday + DAY * weekday) for monday in mondays] for weekday in range(7)], _months(mondays))


def _quarters(amounts: list[int]) -> list[int]:
    """The three amounts that part the days into quarters."""
    ordered = sorted(amounts)
    return [ordered[(len(ordered) - 1) * quarter // LEVELS] for quarter in range(1, LEVELS)] if ordered else []


def _months(mondays: list[date]) -> list[tuple[date, int]]:
    found: list[tuple[date, int]] = []
    for monday in mondays:
        if found and found[-1][0].month == monday.month:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((monday, 1))
    return found
