"""Levels and achievements, from reductions and never from points."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.people import Bilingual
from config.languages import in_readers_language


class Icon(models.TextChoices):
    """Pictures of levels and achievements, as the interface's sprite names them."""

    SPROUT = "sprout", _("sprout")
    SEEDLING = "seedling", _("seedling")
    SAPLING = "sapling", _("sapling")
    TREE = "tree", pgettext_lazy("picture", "tree")
    GROVE = "grove", _("grove")
    MEDAL = "medal", _("medal")
    COMPASS = "compass", _("compass")
    CALENDAR = "calendar", _("calendar")
    LEAF = "leaf", _("leaf")
    BIKE = "bike", _("bike")
    METRO = "metro", _("metro")
    BUS = "bus", _("bus")
    WALK = "walk", _("walking")
    RECYCLE = "recycle", _("recycling")


class Level(Bilingual):
    """What a month's reduction amounts to. Each level asks for a larger step than the one before (see README)."""

    number = models.PositiveSmallIntegerField(_("number"), primary_key=True)
    min_reduction_mg = models.PositiveBigIntegerField(
        _("from (mg)"), unique=True, help_text=_("The reduction of one month from which it is reached (mg).")
    )
    icon = models.CharField(_("icon"), max_length=10, choices=Icon.choices, default=Icon.LEAF)

    class Meta:
        ordering = ["number"]
        verbose_name = _("level")
        verbose_name_plural = _("levels")
        constraints = [
            models.CheckConstraint(condition=Q(number__range=(1, 20)), name="level_number_in_bounds"),
            models.CheckConstraint(condition=Q(min_reduction_mg__range=(1, 10**10)), name="level_asks_for_something"),
        ]


class Standing(models.Model):
    """The level a citizen's reduction of one month gives. Written from the books until the month is closed."""

    id = models.BigAutoField(primary_key=True)
    citizen_id = models.UUIDField()
    month = models.DateField(_("month"), help_text=_("Its first day."))
    level = models.ForeignKey(
        Level, models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("level")
    )
    reduction_mg = models.BigIntegerField(_("reduction (mg)"))
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["-month", "citizen_id"]
        verbose_name = _("level of a month")
        verbose_name_plural = _("levels of months")
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "month"], name="one_standing_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="standing_of_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.level or '–'}"


class Achievement(Bilingual):
    """Something to be proud of, by a rule that counts what was reduced: never points, never ranks.

    `threshold` is in mg, days, scenarios or activities, by `measure`, all within one month.
    """

    class Measure(models.TextChoices):
        REDUCTION = "reduction", _("reduction of the month (mg)")
        DAYS = "days", _("days of the month with an accepted activity")
        SCENARIOS = "scenarios", _("different scenarios in the month")
        ACTIVITIES = "activities", _("accepted activities in the month")

    code = models.SlugField(unique=True)
    description_zh = models.CharField(_("description (Chinese)"), max_length=200)
    description_en = models.CharField(_("description (English)"), max_length=200)
    icon = models.CharField(_("icon"), max_length=10, choices=Icon.choices, default=Icon.MEDAL)
    measure = models.CharField(_("measure"), max_length=10, choices=Measure.choices)
    scenario = models.SlugField(_("scenario"), blank=True, help_text=_("Counts this scenario only; empty: all."))
    threshold = models.PositiveBigIntegerField(pgettext_lazy("threshold", "from"))
    once = models.BooleanField(_("once only"), default=False, help_text=_("Else it can be earned anew every month."))
    active = models.BooleanField(_("active"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "code"]
        verbose_name = _("achievement")
        verbose_name_plural = _("achievements")
        constraints = [
            models.CheckConstraint(
                condition=Q(measure="reduction", threshold__range=(1, 10**10))
                | Q(measure="days", threshold__range=(1, 31))
                | Q(measure="scenarios", threshold__range=(2, 50), scenario="")
                | Q(measure="activities", threshold__range=(1, 1000)),
                name="achievement_rule_in_bounds",
            ),
        ]

    @property
    def description(self) -> str:
        return in_readers_language(self.description_zh, self.description_en)


class AchievementEarned(models.Model):
    """An achievement of a citizen, and the month in which it was earned."""

    id = models.BigAutoField(primary_key=True)
    citizen_id = models.UUIDField()
    achievement = models.ForeignKey(Achievement, models.PROTECT, related_name="+", db_index=False)
    month = models.DateField()
    once = models.BooleanField(help_text=_("As the rule said when it was earned."))
    earned_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["month"], name="earned_in_month")]
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "achievement", "month"], name="earned_once_a_month"),
            models.UniqueConstraint(fields=["citizen_id", "achievement"], condition=Q(once=True), name="earned_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="earned_in_a_month"),
        ]

    def __str__(self) -> str:
        return f"{self.achievement} {self.month:%Y-%m}"
