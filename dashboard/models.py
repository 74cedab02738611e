"""Derived numbers for reading, which can be rebuilt from the books; and challenges, whose results stay as they were."""

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Group
from config.identifiers import new_id

CLOSES_AFTER = timedelta(days=7)
"""How long after its end a period still changes: operators report up to a week late."""


class Period(models.TextChoices):
    WEEK = "week", _("week")
    MONTH = "month", pgettext_lazy("period", "month")
    YEAR = "year", pgettext_lazy("period", "year")


class Measure(models.TextChoices):
    """What people are ranked by; docs/ranks.md defines each."""

    TOTAL = "total", _("reduction")
    IMPROVEMENT = "improvement", _("improvement")
    GREEN_DAYS = "green_days", _("green days")


class Snapshot(models.Model):
    """All boards of one period as they stood at one time. Scores of people lie in a table of its own."""

    period = models.CharField(max_length=5, choices=Period.choices)
    period_start = models.DateField()
    period_end = models.DateField(help_text=_("The first day after the period."))
    last_day = models.DateField(help_text=_("The last city day that is counted."))
    band_edges_m = ArrayField(models.PositiveIntegerField(), default=list)
    refreshed_at = models.DateTimeField(db_default=Now())
    replaced_at = models.DateTimeField(null=True)
    current = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["period", "period_start"], condition=Q(current=True), name="one_current_snapshot_per_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.period_start}"

    @property
    def scores_table(self) -> str:
        return f"dashboard_scores_{int(self.pk)}"

    @property
    def closes_on(self) -> date:
        """The city day from which the period changes no more."""
        return self.period_end + CLOSES_AFTER

    @property
    def days(self) -> int:
        """How many days are counted so far."""
        return (self.last_day - self.period_start).days + 1


class Board(models.Model):
    """One order of people: by a measure, in the city or a district, of everybody or of one band of commuters."""

    CITY = 0
    EVERYBODY = -1

    snapshot = models.ForeignKey(Snapshot, models.CASCADE, related_name="boards")
    measure = models.CharField(max_length=11, choices=Measure.choices)
    district_id = models.IntegerField(default=CITY)
    band = models.SmallIntegerField(default=EVERYBODY)
    people = models.PositiveIntegerField()
    top_ids = ArrayField(models.UUIDField())
    top_scores = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "measure", "district_id", "band"], name="one_board_per_cohort")
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.district_id}/{self.band}"


class Stretch(models.Model):
    """A piece of a board: neighbouring scores from `high` down to `low`, and how many people have each.

    It names nobody. `ahead` people stand before it; `above` is the next better score.
    """

    id = models.BigAutoField(primary_key=True)
    board = models.ForeignKey(Board, models.CASCADE, related_name="stretches", db_index=False)
    low = models.BigIntegerField()
    ahead = models.PositiveIntegerField()
    above = models.BigIntegerField(null=True)
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "low"], name="one_stretch_per_low")]

    def __str__(self) -> str:
        return f"from {self.low}"


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

    @property
    def each_mg(self) -> int:
        """What it is for each of its people."""
        return (self.reduction_mg or 0) // max(self.citizens, 1)


class CityDay(models.Model):
    """What the city reduced on one day, as everybody sees it: of ten people, and moving with ten more (a trigger)."""

    day = models.DateField(primary_key=True)
    citizens = models.PositiveIntegerField()
    reduction_mg = models.BigIntegerField()
    counted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(citizens__gte=10, reduction_mg__gte=0), name="city_day_of_enough"),
        ]

    def __str__(self) -> str:
        return str(self.day)


class LevelMonth(models.Model):
    """A month whose levels and achievements were worked out: when last, and whether for good."""

    month = models.DateField(primary_key=True)
    refreshed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Challenge(models.Model):
    """Teams that want to reach one goal together between two city days. From `closed_at` on nothing of it changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=30)
    code = models.CharField(max_length=8, unique=True, help_text=_("Lets other teams in."))
    starts_on = models.DateField()
    ends_on = models.DateField(help_text=_("The last city day that counts."))
    goal_mg = models.PositiveBigIntegerField(help_text=_("What all teams together want to reach (mg)."))
    created_at = models.DateTimeField(auto_now_add=True)
    counted_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["ends_on"], condition=Q(closed_at__isnull=True), name="open_challenges")]
        constraints = [
            models.CheckConstraint(condition=Q(goal_mg__gt=0), name="challenge_goal_positive"),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="challenge_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def closes_on(self) -> date:
        """The city day from which the result stays as it is."""
        return self.ends_on + timedelta(days=1) + CLOSES_AFTER


class Team(models.Model):
    """A group in a challenge, with its sum as counted last; it outlives the group."""

    id = models.BigAutoField(primary_key=True)
    challenge = models.ForeignKey(Challenge, models.CASCADE, related_name="teams")
    group = models.ForeignKey(Group, models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=30)
    people = models.PositiveIntegerField(default=0)
    reduction_mg = models.BigIntegerField(default=0)
    shown = models.BooleanField(default=False, help_text=_("Whether it has enough people to be counted and shown."))
    entered_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["challenge", "group"], name="one_team_per_group")]

    def __str__(self) -> str:
        return self.name


class Share(models.Model):
    """What one citizen brought to a team, for their own eyes."""

    id = models.BigAutoField(primary_key=True)
    team = models.ForeignKey(Team, models.CASCADE, related_name="shares")
    citizen_id = models.UUIDField(db_index=True)
    reduction_mg = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "citizen_id"], name="one_share_per_team")]

    def __str__(self) -> str:
        return str(self.pk)
