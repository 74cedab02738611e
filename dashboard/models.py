"""Derived numbers for reading; everything here can be rebuilt from the books."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Rank(models.Model):
    """A citizen's place among those who opted in, by reduction in a period, in the city and in the district."""

    class Period(models.TextChoices):
        WEEK = "week", _("week")
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    id = models.BigAutoField(primary_key=True)
    period = models.CharField(max_length=5, choices=Period.choices)
    period_start = models.DateField()
    citizen_id = models.UUIDField()
    district_id = models.BigIntegerField(null=True)
    nickname = models.CharField(max_length=20)
    reduction_mg = models.BigIntegerField()
    city_place = models.PositiveIntegerField()
    district_place = models.PositiveIntegerField(null=True)
    refreshed_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["period", "period_start", "city_place"], name="rank_in_city"),
            models.Index(fields=["period", "period_start", "district_id", "district_place"], name="rank_in_district"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["period", "period_start", "citizen_id"], name="one_rank_per_period")
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.period_start} #{self.city_place}"


class CityFigure(models.Model):
    """A number about the city in one month, as it was published. A hidden one has no numbers, not even here."""

    class Kind(models.TextChoices):
        TOTAL = "total", _("total")
        DISTRICT = "district", _("district")
        SCENARIO = "scenario", _("scenario")
        METHODOLOGY = "methodology", _("methodology")
        PARTICIPATION = "participation", _("participation")

    id = models.BigAutoField(primary_key=True)
    month = models.DateField()
    kind = models.CharField(max_length=13, choices=Kind.choices)
    key = models.CharField(max_length=80, blank=True)
    hidden = models.BooleanField(default=False)
    citizens = models.PositiveBigIntegerField(default=0)
    activities = models.BigIntegerField(null=True)
    reduction_mg = models.BigIntegerField(null=True)
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["month", "kind", "key"], name="one_city_figure"),
            models.CheckConstraint(
                condition=Q(hidden=False) | Q(citizens=0, activities__isnull=True, reduction_mg__isnull=True),
                name="hidden_city_figure_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.kind} {self.key}"
