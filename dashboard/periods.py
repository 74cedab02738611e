"""Spans of city days, in bars of a day, a week, a month or a year."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from config import clock

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
"""Days that may be asked for."""


class Step(StrEnum):
    """The width of a bar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Window:
    """City days from `start` up to and without `end`, in bars of `step`."""

    step: Step
    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def starts(self) -> list[date]:
        """The first day of every bar, oldest first."""
        found, day = [], self.start
        while day < self.end:
            found.append(day)
            day = shift(day, self.step, 1)
        return found

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    @property
    def earlier_day(self) -> date:
        """The last day of the window before."""
        return self.start - timedelta(days=1)

    @property
    def later_day(self) -> date:
        """The last day of the window after."""
        return shift(self.end, self.step, BARS[self.step]) - timedelta(days=1)


def bar(step: Step, start: date) -> Window:
    """The one bar that begins with `start`."""
    return Window(step, start, shift(start, step, 1))


class Comparison(StrEnum):
    """What a window is compared with."""

    BEFORE = "before"
    YEAR = "year"


def compared(span: Window, comparison: Comparison) -> Window:
    """As many bars directly before, or those of a year before: 52 weeks, so that weekdays meet."""
    if comparison == Comparison.BEFORE:
        bars = len(span.starts())
        return Window(span.step, shift(span.start, span.step, -bars), span.start)
    if span.step in (Step.DAY, Step.WEEK):
        return Window(span.step, span.start - timedelta(weeks=52), span.end - timedelta(weeks=52))
    return Window(span.step, shift(span.start, Step.YEAR, -1), shift(span.end, Step.YEAR, -1))


BARS = {Step.DAY: 14, Step.WEEK: 12, Step.MONTH: 12, Step.YEAR: 5}


def floor(day: date, step: Step) -> date:
    """The first day of the day's bar; weeks begin on Monday."""
    if step == Step.WEEK:
        return day - timedelta(days=day.weekday())
    if step == Step.MONTH:
        return day.replace(day=1)
    if step == Step.YEAR:
        return day.replace(month=1, day=1)
    return day


def shift(day: date, step: Step, bars: int) -> date:
    """`bars` bars later, from the first day of a bar."""
    if step == Step.YEAR:
        return day.replace(year=day.year + bars)
    if step == Step.MONTH:
        return clock.month_later(day, bars)
    return day + timedelta(days=bars * (7 if step == Step.WEEK else 1))


def window(step: Step, last: date) -> Window:
    """The window whose newest bar holds the day `last`."""
    end = shift(floor(last, step), step, 1)
    return Window(step, shift(end, step, -BARS[step]), end)
