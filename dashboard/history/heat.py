"""A year of days as a calendar of colours: sums in, cells out. Pure."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 53
LEVELS = 4
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cell:
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
    bounds = _quarters([amount for day, amount in sums_mg.items() if amount > 0 and monday <= day <= last])

    def cell(day: date) -> Cell | None:
        amount = sums_mg.get(day, 0)
        level = 1 + bisect_left(bounds, amount) if amount > 0 else 0
        return Cell(day, amount, level) if day <= last else None

    rows = [[cell(monday + timedelta(weeks=week) + DAY * weekday) for week in range(WEEKS)] for weekday in range(7)]
    return Calendar(rows, _months([monday + timedelta(weeks=week) for week in range(WEEKS)]))


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
