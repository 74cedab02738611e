"""What a citizen does week by week: the one query behind the weeks, the goal, the streak and the suggestion of Home."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db.models import Q, Sum
from django.db.models.functions import TruncWeek

from activities.models import DailyTotal
from dashboard.periods import Step, floor

WEEKS = 53
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """One scenario in one week. `so_far_mg` ends on the weekday of today, `year_mg` begins with this year."""

    start: date
    scenario_id: int
    activities: int
    reduction_mg: int
    so_far_mg: int
    year_mg: int


def weeks(citizen_id: UUID, today: date) -> list[Week]:
    """The last 53 weeks, oldest first; weeks without activities are not in it. One query."""
    this_week = floor(today, Step.WEEK)
    so_far = Q(city_day__iso_week_day__lte=today.isoweekday())
    this_year = Q(city_day__year=today.year)
    rows = (
        DailyTotal.objects.filter(
            citizen_id=citizen_id, city_day__gte=this_week - WEEK * WEEKS, city_day__lt=this_week + WEEK
        )
        .annotate(week=TruncWeek("city_day"))
        .values("week", "scenario_id")
        .annotate(
            count=Sum("activities"),
            sum_mg=Sum("reduction_mg"),
            so_far_mg=Sum("reduction_mg", filter=so_far, default=0),
            year_mg=Sum("reduction_mg", filter=this_year, default=0),
        )
        .order_by("week", "scenario_id")
    )
    return [
        Week(row["week"], row["scenario_id"], row["count"], row["sum_mg"], row["so_far_mg"], row["year_mg"])
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Progress:
    """This week beside last week and beside the citizen's own goal, and the year so far (mg)."""

    week_mg: int
    last_week_mg: int
    last_week_so_far_mg: int
    year_mg: int
    goal_mg: int | None

    @property
    def ahead_mg(self) -> int:
        """This week less last week at the same time."""
        return self.week_mg - self.last_week_so_far_mg

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
        last_week_mg=sum(row.reduction_mg for row in rows if row.start == last_week),
        last_week_so_far_mg=sum(row.so_far_mg for row in rows if row.start == last_week),
        year_mg=sum(row.year_mg for row in rows),
        goal_mg=goal_mg,
    )


def usual_week_mg(rows: Sequence[Week], today: date, of_weeks: int = 4) -> int:
    """The mean of the last whole weeks, those without an activity among them. Pure."""
    this_week = floor(today, Step.WEEK)
    return sum(row.reduction_mg for row in rows if this_week - WEEK * of_weeks <= row.start < this_week) // of_weeks
