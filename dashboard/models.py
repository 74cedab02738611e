"""Derived numbers for reading; everything here can be rebuilt from the books."""

from django.db import models
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
