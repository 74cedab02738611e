"""What is rewarded, how it is judged, and at what rate."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Bilingual
from config.languages import in_readers_language
from ledger.models import Programme


class Scenario(Bilingual):
    """A low-carbon behaviour that is rewarded. What is plausible in it, its rules say (RuleSetting)."""

    class Icon(models.TextChoices):
        BIKE = "bike", _("bike")
        EBIKE = "ebike", _("e-bike")
        METRO = "metro", _("metro")
        BUS = "bus", _("bus")
        WALK = "walk", _("walking")
        PARKED = "parked", _("parked car")
        CHARGE = "charge", _("charging")
        CARPOOL = "carpool", _("carpool")
        BILL = "bill", _("bill")
        TICKET = "ticket", _("ticket")
        INVOICE = "invoice", _("invoice")
        CUTLERY = "cutlery", _("cutlery")
        RECYCLE = "recycle", _("recycling")
        REUSE = "reuse", _("second-hand")
        CARD = "card", _("bank card")
        LEAF = "leaf", _("leaf")

    code = models.SlugField(unique=True)
    icon = models.CharField(max_length=8, choices=Icon.choices, default=Icon.LEAF)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("programme"),
        help_text=_("Who pays the points. Empty: the city."),
    )
    occupies_body = models.BooleanField(
        default=False, help_text=_("One person cannot do two of these at the same time: a trip.")
    )
    instant_s = models.PositiveIntegerField(
        default=60, help_text=_("How long an activity without an end is taken to last, for overlaps (s).")
    )
    poolable = models.BooleanField(default=False, help_text=_("May later become part of a registered project."))
    pooling_zh = models.CharField(
        _("why or why not (Chinese)"), max_length=300, blank=True, help_text=_("Shown to citizens.")
    )
    pooling_en = models.CharField(
        _("why or why not (English)"), max_length=300, blank=True, help_text=_("Shown to citizens.")
    )

    class Meta:
        ordering = ["position", "code"]
        verbose_name, verbose_name_plural = _("scenario"), _("scenarios")
        constraints = [
            models.CheckConstraint(
                condition=Q(poolable=True) | ~Q(pooling_zh="") & ~Q(pooling_en=""),
                name="scenario_not_poolable_says_why",
            )
        ]

    @property
    def pooling(self) -> str:
        """Whether a reduction here can become part of a project, and why not, in the reader's language."""
        return in_readers_language(self.pooling_zh, self.pooling_en)


class RuleSetting(models.Model):
    """A rule that judges a scenario's activities, and its settings (activities/integrity)."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="rules")
    rule = models.SlugField()
    settings = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["scenario", "rule"]
        constraints = [models.UniqueConstraint(fields=["scenario", "rule"], name="one_setting_per_scenario_and_rule")]

    def __str__(self) -> str:
        return self.rule


class PointsRate(models.Model):
    """How many milligrams earn one point, from an instant on. Append-only."""

    mg_per_point = models.PositiveIntegerField()
    valid_from = models.DateTimeField(unique=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name, verbose_name_plural = _("points rate"), _("points rates")
        constraints = [models.CheckConstraint(condition=Q(mg_per_point__gt=0), name="rate_positive")]

    def __str__(self) -> str:
        return _("%(mass)s mg a point") % {"mass": self.mg_per_point}
