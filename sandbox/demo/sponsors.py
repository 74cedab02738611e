"""Who pays in the demo: the city without limit, and a sponsor whose limited budget doubles rides by shared bike."""

from datetime import date, timedelta
from uuid import UUID, uuid5

from django.utils import timezone

from activities.budgets import paces
from activities.models import Campaign, Scenario
from config import clock
from ledger import alerts, budgets, outlook
from ledger.models import PROGRAMME, ExpiryRule, Programme

NAMESPACE = UUID("0b0e64d2-57f5-4a65-a8c1-5e9b3f1f8c77")
FEN_PER_THOUSAND = 2000
"""The scheme of the demo pays about 2 yuan for a kilogram: 100 points at 10 g each."""
POINTS_PER_CITIZEN = 40
DAYS_BEFORE, DAYS_AFTER = 20, 40


def open_all(citizens: int) -> None:
    """Programmes, a running campaign, a rule of expiry; may run again and changes nothing then.

    It has run since before the history that is brought in next, which is therefore paid its bonus like rides of today.
    """
    today = clock.city_today()
    Programme.objects.filter(pk=PROGRAMME).update(fen_per_thousand_points=FEN_PER_THOUSAND)
    if not ExpiryRule.objects.exists():
        ExpiryRule.objects.create(valid_from=clock.month_later(today, 1), period_months=6, life_months=12)
    if not Programme.objects.filter(code="demo-bank").exists():
        _announce(_open_sponsor(citizens), today)


def count() -> None:
    """What a night's work would have counted."""
    outlook.count(clock.city_today())
    paces.count(clock.city_today())
    alerts.raise_due()


def _open_sponsor(citizens: int) -> Programme:
    sponsor = budgets.open_programme(
        Programme(
            code="demo-bank",
            kind=Programme.Kind.SPONSOR,
            name_zh="示范银行骑行赞助",
            name_en="Demo Bank, for cycling",
            warn_at_percent=35,
            fen_per_thousand_points=FEN_PER_THOUSAND,
        )
    )
    paper = uuid5(NAMESPACE, "funding")
    budgets.fund(paper, sponsor.pk, citizens * POINTS_PER_CITIZEN, "DEMO-2026-07", "demo")
    return sponsor


def _announce(sponsor: Programme, today: date) -> None:
    first_day = today - timedelta(days=DAYS_BEFORE)
    campaign = Campaign.objects.create(
        code="cycling-autumn",
        programme=sponsor,
        name_zh="骑行加倍季",
        name_en="Double points for cycling",
        first_day=first_day,
        last_day=today + timedelta(days=DAYS_AFTER),
        multiplier_percent=200,
        citizen_day_max_points=20,
        citizen_max_points=200,
        published_at=min(timezone.now(), clock.day_start(first_day - timedelta(days=3))),
    )
    campaign.scenarios.set(Scenario.objects.filter(code="shared-bike"))
