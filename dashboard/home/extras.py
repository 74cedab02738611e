"""Campaigns that are on for a citizen, with what they have brought; and why points are owed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from uuid import UUID

from django.db.models import Subquery, Sum

from accounts.models import Citizen
from activities import campaigns
from activities.models import Campaign, CampaignAward, Reduction
from config import clock, shared
from dashboard.statistics import Scene
from ledger.models import Chart, Code
from ledger.statements import lines

SHOWN = 2


@dataclass(frozen=True, slots=True)
class Extra:
    """A campaign: the scenarios it is for (none: all), and the points it has paid this citizen."""

    campaign: Campaign
    scenes: list[Scene]
    points: int

    @property
    def times(self) -> str:
        """How many times the usual points: 1.5, 2."""
        return f"{self.campaign.multiplier_percent / 100:g}"


def running(citizen: Citizen, today: date, scenes: Sequence[Scene]) -> list[Extra]:
    """The campaigns that are on, the next to end first. One query where there are any."""
    mine = (each for each in _open() if each.last_day >= today and campaigns.is_for(each, citizen))
    found = list(islice(mine, SHOWN))
    if not found:
        return []
    awards = CampaignAward.objects.filter(citizen_id=citizen.pk, campaign__in=found)
    paid = dict(awards.values_list("campaign").annotate(sum=Sum("points")))
    return [Extra(each, _scenes_of(each, scenes), paid.get(each.pk, 0)) for each in found]


@shared.kept(Campaign)
def _open() -> list[Campaign]:
    return campaigns.open_on(clock.city_today())


def _scenes_of(campaign: Campaign, scenes: Sequence[Scene]) -> list[Scene]:
    meant = {scenario.pk for scenario in campaign.scenarios.all()}
    return [scene for scene in scenes if scene.id in meant]


@dataclass(frozen=True, slots=True)
class Debt:
    """The last entry that was taken back after its points had been spent, and why (translated)."""

    activity_id: UUID
    city_day: date
    scene: Scene
    reason: str


def last_debt(citizen_id: UUID, scenes: Sequence[Scene]) -> Debt | None:
    """One query; None where the debt does not come from an entry."""
    owed = lines(citizen_id, Chart.OWED).filter(code=Code.OWE).values("reference")[:1]
    row = Reduction.objects.filter(citizen_id=citizen_id, pk=Subquery(owed)).first()
    scene = next((scene for scene in scenes if row and scene.id == row.scenario_id), None)
    if row is None or scene is None:
        return None
    return Debt(row.activity_id, row.city_day, scene, row.get_cause_display())
