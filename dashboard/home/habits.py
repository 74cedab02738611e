"""What a citizen does week by week: the one query behind the weeks, the goal, the streak and the suggestion of Home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from config import sql
from dashboard.periods import Step, floor
from dashboard.statistics import SQL_DIR

WEEKS = 53
USUAL_WEEKS = 4
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """One scenario in one week. `so_far_mg` ends with the weekday of yesterday, `year_mg` begins with this year.

    `days_mg` is Monday to Sunday for this week and the last, and empty for earlier ones.
    """

    start: date
    scenario_id: int
    activities: int
    reduction_mg: int
    so_far_mg: int
    year_mg: int
    days_mg: tuple[int, ...] = ()


class Part(NamedTuple):
    """A week, or one of its days."""

    start: date
    scenario_id: int
    activities: int
    reduction_mg: int
    year_mg: int


def weeks(citizen_id: UUID, today: date, back: int = WEEKS) -> list[Week]:
    """This week and those before it, oldest first; weeks without activities are not in it. One query.

    The database adds up whole weeks, but leaves the days of the last two apart.
    """
    this_week = floor(today, Step.WEEK)
    wanted = {
        "citizen": citizen_id,
        "first": this_week - WEEK * back,
        "apart": this_week - WEEK,
        "end": this_week + WEEK,
        "year": floor(today, Step.YEAR),
    }
    parts: dict[tuple[date, int], list[Part]] = {}
    for row in sql.rows(SQL_DIR, "weeks", wanted):
        part = Part(*row)
        parts.setdefault((floor(part.start, Step.WEEK), part.scenario_id), []).append(part)
    return [_week(start, scenario_id, found, today) for (start, scenario_id), found in sorted(parts.items())]


def _week(start: date, scenario_id: int, parts: Sequence[Part], today: date) -> Week:
    sum_mg, days_mg = sum(part.reduction_mg for part in parts), [0] * 7
    if recent := start >= floor(today, Step.WEEK) - WEEK:
        for part in parts:
            days_mg[part.start.weekday()] = part.reduction_mg
    return Week(
        start,
        scenario_id,
        sum(part.activities for part in parts),
        sum_mg,
        sum(days_mg[: today.weekday()]) if recent else sum_mg,
        sum(part.year_mg for part in parts),
        tuple(days_mg) if recent else (),
    )


@dataclass(frozen=True, slots=True)
class Day:
    """A day of this week beside the same weekday of the last (mg); `share` and `share_before` of the highest, in %."""

    day: date
    reduction_mg: int
    before_mg: int
    share: int
    share_before: int


def days(rows: Sequence[Week], today: date) -> list[Day]:
    """Monday to Sunday of this week. Pure."""
    monday = floor(today, Step.WEEK)
    now, before = (_days_mg(rows, start) for start in (monday, monday - WEEK))
    highest = max(*now, *before, 1)
    return [
        Day(monday + timedelta(days=at), new, old, max(0, new) * 100 // highest, max(0, old) * 100 // highest)
        for at, (new, old) in enumerate(zip(now, before, strict=True))
    ]


def _days_mg(rows: Sequence[Week], start: date) -> list[int]:
    own = [row.days_mg for row in rows if row.start == start and row.days_mg]
    return [sum(of_day) for of_day in zip(*own, strict=True)] or [0] * 7


@dataclass(frozen=True, slots=True)
class Progress:
    """This week beside last week and beside the citizen's own goal, and the year so far (mg).

    Both `so_far_mg` are whole days up to yesterday: a day that has just begun is not held against a whole one. On a
    Monday there is none of them.
    """

    week_mg: int
    week_so_far_mg: int
    last_week_mg: int
    last_week_so_far_mg: int
    year_mg: int
    goal_mg: int | None
    compares: bool

    @property
    def ahead_mg(self) -> int:
        """This week less last week, up to yesterday."""
        return self.week_so_far_mg - self.last_week_so_far_mg

    @property
    def behind_mg(self) -> int:
        return -self.ahead_mg

    @property
    def goal_percent(self) -> int:
        """How much of the goal is reached, rounded down; more than 100 beyond it."""
        return self.week_mg * 100 // self.goal_mg if self.goal_mg else 0

    @property
    def to_goal_mg(self) -> int:
        return max(0, (self.goal_mg or 0) - self.week_mg)


def progress(rows: Sequence[Week], today: date, goal_mg: int | None) -> Progress:
    """Where the week stands. Pure."""
    this_week = floor(today, Step.WEEK)
    last_week = this_week - WEEK
    return Progress(
        week_mg=sum(row.reduction_mg for row in rows if row.start == this_week),
        week_so_far_mg=sum(row.so_far_mg for row in rows if row.start == this_week),
        last_week_mg=sum(row.reduction_mg for row in rows if row.start == last_week),
        last_week_so_far_mg=sum(row.so_far_mg for row in rows if row.start == last_week),
        year_mg=sum(row.year_mg for row in rows),
        goal_mg=goal_mg,
        compares=today > this_week,
    )


def usual_week_mg(rows: Sequence[Week], today: date, of_weeks: int = USUAL_WEEKS) -> int:
    """The mean of the last whole weeks, those without an activity among them. Pure."""
    this_week = floor(today, Step.WEEK)
    return sum(row.reduction_mg for row in rows if this_week - WEEK * of_weeks <= row.start < this_week) // of_weeks
