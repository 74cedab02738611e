"""Weeks in a row, without guilt: a rest does not end it. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

REST_WEEKS_MAX = 2
"""As many weeks in a row may be left out: a holiday, an illness, the rainy season."""

SHOWN = 12
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Streak:
    """`weeks` with an activity, `rests` left out between them; `shown`: the latest weeks, oldest first."""

    weeks: int
    rests: int
    shown: list[tuple[date, bool]]


def count(active: Collection[date], this_week: date) -> Streak:
    """`active` holds the Mondays of weeks with a counted activity. The week that runs never counts against."""
    weeks = rests = resting = 0
    monday = this_week
    while monday >= min(active, default=this_week) and resting <= REST_WEEKS_MAX:
        if monday in active:
            weeks, rests, resting = weeks + 1, rests + resting, 0
        elif monday != this_week:
            resting += 1
        monday -= WEEK
    shown = [this_week - WEEK * back for back in reversed(range(SHOWN))]
    return Streak(weeks, rests, [(monday, monday in active) for monday in shown])
