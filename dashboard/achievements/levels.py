"""Reading levels and achievements: a citizen's own, and how far the next one is. Never anybody else's, never a rank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection

from accounts.models import Achievement, AchievementEarned, Level, Standing
from activities.models import Scenario
from config import clock, shared, sql
from dashboard.achievements import standings
from dashboard.models import LevelMonth

MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Progress:
    """The month's level and the way to the next, as last worked out; `last` is the level of the month before.

    `percent` is the part of the step between the two levels that is done; 100 on the highest level.
    """

    month: date
    reduction_mg: int
    level: Level | None
    following: Level | None
    last: Level | None

    @property
    def missing_mg(self) -> int | None:
        return self.following.min_reduction_mg - self.reduction_mg if self.following else None

    @property
    def percent(self) -> int:
        if self.following is None:
            return 100
        begun = self.level.min_reduction_mg if self.level else 0
        return (self.reduction_mg - begun) * 100 // (self.following.min_reduction_mg - begun)


@dataclass(frozen=True, slots=True)
class Badge:
    """An achievement with the months in which it was earned, newest first, and where this month stands.

    `value` and the rule's threshold are in mg, days, scenarios or activities, by the rule's measure.
    """

    achievement: Achievement
    months: Sequence[date]
    value: int

    @property
    def missing(self) -> int:
        return max(0, self.achievement.threshold - self.value)

    @property
    def percent(self) -> int:
        return min(100, self.value * 100 // self.achievement.threshold)

    @property
    def is_open(self) -> bool:
        """Whether it can be earned (again) this month; one that is switched off cannot."""
        return self.achievement.active and not (self.achievement.once and self.months)


@shared.kept(Level)
def catalogue() -> list[Level]:
    return list(Level.objects.all())


def progress(citizen_id: UUID, today: date) -> Progress:
    """Where the citizen stands this month. One query."""
    month = clock.month_of(today)
    last_month = clock.month_later(month, -1)
    wanted = {"citizen": citizen_id, "month": month, "last_month": last_month}
    rows = sql.rows(standings.SQL_DIR, "own", wanted)
    standing = {of: (number, own_mg) for of, number, own_mg in rows}
    reached, reduction_mg = standing.get(month, (None, 0))
    last, _last_mg = standing.get(last_month, (None, 0))
    levels = {level.number: level for level in catalogue()}
    return Progress(
        month=month,
        reduction_mg=reduction_mg,
        level=levels.get(reached) if reached else None,
        following=next((level for level in levels.values() if level.number > (reached or 0)), None),
        last=levels.get(last) if last else None,
    )


def refreshed_at(today: date) -> datetime | None:
    """When this month's levels were worked out last."""
    state = LevelMonth.objects.filter(month=clock.month_of(today)).first()
    return state.refreshed_at if state else None


def past(citizen_id: UUID, today: date) -> list[Standing]:
    """The months before this one with their levels, newest first."""
    earlier = Standing.objects.filter(citizen_id=citizen_id, month__lt=clock.month_of(today))
    return list(earlier.select_related("level").order_by("-month")[:MONTHS_SHOWN])


def badges(citizen_id: UUID, today: date) -> list[Badge]:
    """All achievements: what is earned first, then what is nearest. Four queries."""
    months: dict[int, list[date]] = {}
    for earned in AchievementEarned.objects.filter(citizen_id=citizen_id).order_by("-month"):
        months.setdefault(earned.achievement_id, []).append(earned.month)
    facts = _facts(citizen_id, clock.month_of(today))
    scenarios: dict[str, int | None] = {"": None, **dict(Scenario.objects.values_list("code", "id"))}
    found = [
        Badge(rule, months.get(rule.pk, []), facts.get((scenarios.get(rule.scenario, 0), rule.measure), 0))
        for rule in Achievement.objects.all()
        if rule.active or rule.pk in months
    ]
    return sorted(found, key=lambda badge: (not badge.months, -badge.percent))


def _facts(citizen_id: UUID, month: date) -> dict[tuple[int | None, str], int]:
    """What the citizen's month holds so far by scenario (None: all) and measure."""
    measures = ("reduction", "days", "scenarios", "activities")
    with connection.cursor() as cursor:
        span: dict[str, date | UUID] = {"start": month, "end": standings.month_end(month), "citizen": citizen_id}
        cursor.execute(sql.read(standings.SQL_DIR, "facts"), span)
        rows = cursor.fetchall()
    return {
        (scenario_id, measure): value
        for _citizen, scenario_id, *values in rows
        for measure, value in zip(measures, values, strict=True)
    }
