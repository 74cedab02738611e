"""Campaigns: for some days, some scenarios and some districts, a bonus on every activity, out of an own budget.

A bonus goes with the credit of an activity and is taken back with it. Campaigns look at the day of the activity, not
at that of the report. A citizen's caps are counted under the lock of the citizen's tally, so they hold at any speed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import models, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen
from activities.entries import Row
from activities.models import Campaign, CampaignAward
from config.clock import city_today
from config.identifiers import follow
from config.problems import Problem


class Stage(models.TextChoices):
    """Where a campaign is in its life."""

    DRAFT = "draft", _("draft")
    ANNOUNCED = "announced", _("announced")
    RUNNING = "running", _("running")
    OVER = "over", _("over")
    STOPPED = "stopped", _("stopped")


class CampaignNotReady(Problem):
    status, code, title = 422, "campaign_not_ready", _("This campaign cannot be published.")


class CampaignNotRunning(Problem):
    status, code, title = 409, "campaign_not_running", _("This campaign is not published, or was stopped.")


def publish(campaign_id: int) -> Campaign:
    """Announce a campaign; it does not change any more. Raises CampaignNotReady, naming the field."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update(of=("self",)).select_related("programme").get(pk=campaign_id)
        if campaign.published_at is not None:
            return campaign
        if campaign.first_day <= city_today():
            raise CampaignNotReady(
                fields={"first_day": _("Activities of that day may be booked already: begin later.")}
            )
        if not campaign.programme.funded_points:
            raise CampaignNotReady(fields={"programme": _("The programme has no points yet: fund it first.")})
        campaign.published_at = timezone.now()
        campaign.save(update_fields=["published_at"])
    return campaign


def stop(campaign_id: int) -> None:
    """End a campaign early; what was paid stays. Raises CampaignNotRunning."""
    running = Campaign.objects.filter(pk=campaign_id, published_at__isnull=False, stopped_at__isnull=True)
    if not running.update(stopped_at=timezone.now()):
        raise CampaignNotRunning


def state(campaign: Campaign, today: date) -> Stage:
    if campaign.published_at is None:
        return Stage.DRAFT
    if campaign.stopped_at is not None:
        return Stage.STOPPED
    if today < campaign.first_day:
        return Stage.ANNOUNCED
    return Stage.RUNNING if today <= campaign.last_day else Stage.OVER


@dataclass(frozen=True, slots=True)
class Paid:
    """What a campaign paid, less what was taken back."""

    points: int
    people: int


def paid(campaign: Campaign) -> Paid:
    sums = campaign.awards.aggregate(points=Sum("points", default=0), people=models.Count("citizen_id", distinct=True))
    return Paid(int(sums["points"]), int(sums["people"]))


def open_on(day: date) -> list[Campaign]:
    """Campaigns that are on and have points left, the next to end first, with their scenarios and districts."""
    published = Campaign.objects.filter(
        published_at__isnull=False, stopped_at__isnull=True, first_day__lte=day, last_day__gte=day
    )
    with_points = published.filter(programme__slices__left_points__gt=0).distinct()
    found = with_points.select_related("programme").prefetch_related("scenarios", "districts")
    return list(found.order_by("last_day", "code"))


def is_for(campaign: Campaign, citizen: Citizen) -> bool:
    """Whether it is for all districts, or for the citizen's."""
    meant = {district.pk for district in campaign.districts.all()}
    return not meant or citizen.district_id in meant


def bonuses(rows: Sequence[Row], returns: Iterable[CampaignAward]) -> list[CampaignAward]:
    """The bonuses of freshly paid rows, within the citizens' caps, not yet saved. One query where none runs.

    `returns` are the reversals that are booked together with them.
    """
    credits = [row for row in rows if row.points > 0]
    if not credits:
        return []
    offers = _running(credits)
    if not offers:
        return []
    spent = _Spent({row.entry.citizen_id for row in credits}, [offer.campaign for offer in offers])
    for award in returns:
        spent.add(award.citizen_id, award.campaign_id, award.city_day, award.points)
    homes = _districts(credits) if any(offer.districts for offer in offers) else {}
    found = []
    for row in credits:
        for offer in offers:
            if offer.covers(row, homes) and (points := spent.allow(offer.campaign, row)):
                found.append(_award(offer.campaign, row, points))
    return found


def reversals(rows: Iterable[Row]) -> list[CampaignAward]:
    """What takes back the bonuses of the credits that these rows reverse, not yet saved."""
    reversed_rows = {
        (row.entry.citizen_id, row.entry.activity_id, row.entry.generation): row for row in rows if row.entry.reversal
    }
    if not reversed_rows:
        return []
    paid = CampaignAward.objects.select_related("campaign").filter(
        citizen_id__in={citizen_id for citizen_id, _activity, _generation in reversed_rows},
        activity_id__in={activity_id for _citizen, activity_id, _generation in reversed_rows},
        points__gt=0,
    )
    keyed = ((award, reversed_rows.get((award.citizen_id, award.activity_id, award.generation))) for award in paid)
    return [_award(award.campaign, row, -award.points, award.city_day) for award, row in keyed if row is not None]


@dataclass(frozen=True, slots=True)
class _Offer:
    campaign: Campaign
    scenarios: frozenset[int]
    districts: frozenset[int]

    def covers(self, row: Row, homes: dict[UUID, int | None]) -> bool:
        return (
            self.campaign.first_day <= row.entry.city_day <= self.campaign.last_day
            and (not self.scenarios or row.entry.scenario_id in self.scenarios)
            and (not self.districts or homes.get(row.entry.citizen_id) in self.districts)
        )


def _running(rows: Sequence[Row]) -> list[_Offer]:
    days = [row.entry.city_day for row in rows]
    published = Campaign.objects.filter(
        published_at__isnull=False, stopped_at__isnull=True, first_day__lte=max(days), last_day__gte=min(days)
    )
    return [
        _Offer(
            campaign,
            frozenset(campaign.scenarios.values_list("pk", flat=True)),
            frozenset(campaign.districts.values_list("pk", flat=True)),
        )
        for campaign in published.order_by("pk")
    ]


def _districts(rows: Iterable[Row]) -> dict[UUID, int | None]:
    own = Citizen.objects.filter(pk__in={row.entry.citizen_id for row in rows})
    return dict(own.values_list("pk", "district_id"))


class _Spent:
    """What campaigns paid citizens until now, less what was taken back."""

    def __init__(self, citizens: set[UUID], running: Sequence[Campaign]) -> None:
        self.by_day: Counter[tuple[UUID, int, date]] = Counter()
        self.in_all: Counter[tuple[UUID, int]] = Counter()
        capped = [each for each in running if each.citizen_day_max_points or each.citizen_max_points]
        if not capped:
            return
        paid = CampaignAward.objects.filter(citizen_id__in=citizens, campaign__in=capped)
        for citizen_id, campaign_id, day, points in paid.values_list("citizen_id", "campaign_id", "city_day").annotate(
            sum=Sum("points")
        ):
            self.add(citizen_id, campaign_id, day, points)

    def add(self, citizen_id: UUID, campaign_id: int, day: date, points: int) -> None:
        self.by_day[citizen_id, campaign_id, day] += points
        self.in_all[citizen_id, campaign_id] += points

    def allow(self, campaign: Campaign, row: Row) -> int:
        """The bonus of a row: whole points, rounded down, what the caps leave; it is counted as paid."""
        citizen_id, day = row.entry.citizen_id, row.entry.city_day
        points = min(row.points, row.own_points) * (campaign.multiplier_percent - 100) // 100
        if campaign.citizen_day_max_points is not None:
            points = min(points, campaign.citizen_day_max_points - self.by_day[citizen_id, campaign.pk, day])
        if campaign.citizen_max_points is not None:
            points = min(points, campaign.citizen_max_points - self.in_all[citizen_id, campaign.pk])
        points = max(points, 0)
        self.add(citizen_id, campaign.pk, day, points)
        return points


def _award(campaign: Campaign, row: Row, points: int, city_day: date | None = None) -> CampaignAward:
    return CampaignAward(
        id=follow(row.id, f"campaign {campaign.pk}"),
        campaign=campaign,
        citizen_id=row.entry.citizen_id,
        activity_id=row.entry.activity_id,
        generation=row.entry.generation,
        reduction_id=row.id,
        city_day=city_day or row.entry.city_day,
        points=points,
    )
