"""How fast programmes pay and what a tonne costs them, and how they stand."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet, Sum

from activities.models import Pace
from ledger import alerts
from ledger.models import BudgetAlert, Programme

DAYS = 28
MG_PER_TONNE = 10**9

_PAID = """
    SELECT programme_id, sum(points)::bigint, sum(reduction_mg)::bigint, min(city_day) FROM (
        SELECT programme_id, points, reduction_mg, city_day FROM activities_reduction WHERE city_day > %(since)s
        UNION ALL
        SELECT campaign.programme_id, award.points, reduction.reduction_mg, award.city_day
        FROM activities_campaignaward award
        JOIN activities_campaign campaign ON campaign.id = award.campaign_id
        JOIN activities_reduction reduction
            ON reduction.id = award.reduction_id AND reduction.citizen_id = award.citizen_id
        WHERE award.city_day > %(since)s
    ) AS paid GROUP BY programme_id"""


@dataclass(frozen=True, slots=True)
class Budget:
    """A programme as staff read it. `days_left` follows from the pace, None where nothing is paid or limited;
    `fen_per_tonne` is what its points cost for each tonne that it paid, None where price or grams are not known."""

    programme: Programme
    level: BudgetAlert.Level | None
    left_points: int
    paid_points: int
    paid_days: int
    reduction_mg: int

    @property
    def points_per_day(self) -> int:
        return self.paid_points // self.paid_days if self.paid_days else 0

    @property
    def days_left(self) -> int | None:
        if not self.programme.limited or self.paid_points <= 0:
            return None
        return self.left_points * self.paid_days // self.paid_points

    @property
    def left_percent(self) -> int:
        """Of what there was after the last funding."""
        return 100 * self.left_points // self.programme.level_points if self.programme.level_points else 0

    @property
    def fen_per_tonne(self) -> int | None:
        price = self.programme.fen_per_thousand_points
        if not price or self.reduction_mg <= 0:
            return None
        return self.paid_points * price * MG_PER_TONNE // (1000 * self.reduction_mg)


@transaction.atomic
def count(today: date) -> int:
    """Count the last four weeks of every programme anew; how many paid anything."""
    with connection.cursor() as cursor:
        cursor.execute(_PAID, {"since": today - timedelta(days=DAYS)})
        rows: list[tuple[UUID, int, int, date]] = cursor.fetchall()
    Pace.objects.all().delete()
    known = set(Programme.objects.values_list("pk", flat=True))
    paces = [
        Pace(
            programme_id=id, days=min(DAYS, max(1, (today - first).days + 1)), points=points, reduction_mg=reduction_mg
        )
        for id, points, reduction_mg, first in rows
        if id in known
    ]
    return len(Pace.objects.bulk_create(paces))


def budgets() -> list[Budget]:
    """Every programme, those that need attention first. One query."""
    found = [_budget(programme) for programme in _programmes()]
    urgency = [None, *alerts.Level]
    return sorted(found, key=lambda budget: (-urgency.index(budget.level), budget.programme.code))


def _programmes() -> QuerySet[Programme]:
    return Programme.objects.select_related("pace").annotate(left_points=Sum("slices__left_points", default=0))


def _budget(programme: Programme) -> Budget:
    pace = getattr(programme, "pace", None)
    watched = programme.limited and programme.level_points > 0
    return Budget(
        programme=programme,
        level=alerts.level(programme) if watched else None,
        left_points=programme.left_points,  # type: ignore[attr-defined]
        paid_points=pace.points if pace else 0,
        paid_days=pace.days if pace else 0,
        reduction_mg=pace.reduction_mg if pace else 0,
    )
