"""Bonuses that programmes pay beside the points of reductions."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import Bilingual, District
from activities.models.scenarios import Scenario
from ledger.models import PROGRAMME, Programme


class Campaign(Bilingual):
    """More points for a while: activities of its days are paid a bonus on top, from the campaign's own programme.

    Once published it does not change; it can be stopped.
    """

    code = models.SlugField(_("code"), unique=True)
    programme = models.OneToOneField(
        Programme,
        models.PROTECT,
        related_name="campaign",
        verbose_name=_("programme"),
        help_text=_("Its points are the campaign's budget."),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    scenarios = models.ManyToManyField(
        Scenario, blank=True, related_name="+", verbose_name=_("scenarios"), help_text=_("None chosen: all.")
    )
    districts = models.ManyToManyField(
        District, blank=True, related_name="+", verbose_name=_("districts"), help_text=_("None chosen: all citizens.")
    )
    multiplier_percent = models.PositiveSmallIntegerField(
        _("multiplier (%)"), help_text=_("150 pays half as many points again, rounded down for each activity.")
    )
    citizen_day_max_points = models.PositiveIntegerField(_("most a citizen and day"), null=True, blank=True)
    citizen_max_points = models.PositiveIntegerField(_("most a citizen"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)

    class Meta:
        ordering = ["-first_day", "code"]
        verbose_name, verbose_name_plural = _("campaign"), _("campaigns")
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="campaign_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(multiplier_percent__range=(101, 1000)), name="campaign_multiplies"),
            models.CheckConstraint(condition=~Q(programme=PROGRAMME), name="campaign_has_its_own_programme"),
        ]


class CampaignAward(models.Model):
    """The bonus of a campaign on one credit, or its reversal (points below zero). Append-only.

    `id` is the BONUS transfer's, or the claw back's; `reduction_id` is the row that it came with.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="awards")
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    generation = models.PositiveSmallIntegerField()
    reduction_id = models.UUIDField()
    city_day = models.DateField()
    points = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["citizen_id", "campaign", "city_day"], name="campaign_award_of_citizen")]
        constraints = [
            models.UniqueConstraint(fields=["reduction_id", "campaign"], name="one_campaign_award_per_reduction"),
            models.CheckConstraint(condition=~Q(points=0), name="campaign_award_has_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


class Pace(models.Model):
    """What a programme paid, less what it took back, for activities of the last days, and for how many grams.

    Counted once a night by a pass over the reductions.
    """

    programme = models.OneToOneField(Programme, models.CASCADE, primary_key=True, related_name="pace")
    days = models.PositiveSmallIntegerField(help_text="Since the first activity that it paid, at most 28.")
    points = models.BigIntegerField()
    reduction_mg = models.BigIntegerField()
    counted_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(days__range=(1, 28)), name="pace_has_days")]

    def __str__(self) -> str:
        return f"{self.programme_id}: {self.points} in {self.days} days"
