"""What activities are worth: credits and reversals, claims on them, and running sums."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.methodologies import Methodology
from activities.models.scenarios import Scenario
from config.identifiers import new_id
from ledger.models import PROGRAMME


class ReductionQuerySet(models.QuerySet["Reduction"]):
    def live(self) -> "ReductionQuerySet":
        """What counts now: credits that no reversal took back. At most one an activity."""
        reversal = Reduction.objects.filter(
            citizen_id=OuterRef("citizen_id"),
            activity_id=OuterRef("activity_id"),
            generation=OuterRef("generation"),
            reversal=True,
        )
        return self.filter(~Exists(reversal), reversal=False)


class Reduction(models.Model):
    """What an activity is worth by a methodology version, or the reversal of that. Append-only.

    Lies in the part of its activity's month, and so is unique in it (config.partitions).

    A correction is a reversal, a row of negative amounts with the generation that it takes back, and a credit
    of the next generation. `id` is also the id of the ledger transfer of its points. `points` is the whole part,
    rounded down, of (carried + reduction) / mg_per_point, and `fixed_points`, less `unfunded_points`; the rest is
    carried to the next row.
    """

    class Cause(models.TextChoices):
        """Why the row was written."""

        CREDITED = "credited", _("credited")
        CORRECTED = "corrected", _("corrected by the partner")
        CANCELLED = "cancelled", _("cancelled by the partner")
        REVIEWED = "reviewed", _("reviewed")
        APPEALED = "appealed", _("decided on appeal")
        REJUDGED = "rejudged", _("judged again beside other activities")
        RESTATED = "restated", _("restated by a corrected methodology")

    id = models.UUIDField(primary_key=True, editable=False)
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    generation = models.PositiveSmallIntegerField(default=1, help_text=_("Counts the activity's credits, from 1."))
    reversal = models.BooleanField(default=False)
    cause = models.CharField(max_length=9, choices=Cause.choices, default=Cause.CREDITED)
    methodology = models.ForeignKey(Methodology, models.PROTECT, db_constraint=False, db_index=False)
    scenario = models.ForeignKey(Scenario, models.PROTECT, db_constraint=False, db_index=False)
    city_day = models.DateField()
    distance_m = models.PositiveIntegerField(null=True, help_text=_("The activity's distance when it was credited."))
    inputs = models.JSONField(
        null=True,
        help_text=_(
            "Inputs of the calculation that differ from what the activity says now: netted or capped quantities in a "
            "credit, in a reversal the content that was corrected."
        ),
    )
    reduction_mg = models.BigIntegerField()
    carried_mg = models.BigIntegerField(help_text=_("Unrewarded remainder from before (mg)."))
    mg_per_point = models.PositiveIntegerField()
    fixed_points = models.BigIntegerField(default=0, help_text=_("Points that the version gives beside its grams."))
    programme_id = models.UUIDField(default=PROGRAMME, db_default=PROGRAMME, help_text=_("Who pays the points."))
    unfunded_points = models.BigIntegerField(
        default=0, db_default=0, help_text=_("Points that the programme did not have; their grams are carried on.")
    )
    points = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    objects = ReductionQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("reduction"), _("reductions")
        constraints = [
            models.UniqueConstraint(
                fields=["citizen_id", "activity_id", "generation", "reversal"], name="one_reduction_per_generation"
            ),
            models.CheckConstraint(
                condition=Q(reversal=False, reduction_mg__gte=0, points__gte=0)
                | Q(reversal=True, reduction_mg__lte=0, points__lte=0),
                name="reduction_sign_by_reversal",
            ),
            models.CheckConstraint(condition=Q(generation__gte=1, carried_mg__gte=0), name="reduction_counts"),
            models.CheckConstraint(condition=Q(unfunded_points__gte=0), name="reduction_unfunded_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.reduction_mg} mg"


class Claim(models.Model):
    """Whose a reduction is: claimed once, for one pool, never again. Append-only. Unclaimed ones earn points only."""

    class Pool(models.TextChoices):
        POINTS_ONLY = "points_only", _("points only, for good")
        PERSONAL = "personal", _("the citizens' pool")
        PARTNER = "partner", _("the partner's pool")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField(_("citizen"))
    reduction_id = models.UUIDField(_("reduction"))
    pool = models.CharField(_("pool"), max_length=11, choices=Pool.choices)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("claim"), _("claims")
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "reduction_id"], name="one_claim_per_reduction"),
            models.CheckConstraint(
                condition=Q(pool__in=["points_only", "personal", "partner"]), name="claim_of_a_pool"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reduction_id} {self.pool}"


class Tally(models.Model):
    """A citizen's running sums. Its row is the lock that serialises all crediting of one citizen."""

    citizen_id = models.UUIDField(primary_key=True)
    reduction_mg = models.BigIntegerField(default=0)
    remainder_mg = models.BigIntegerField(default=0)
    points = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = _("tallies")
        constraints = [models.CheckConstraint(condition=Q(remainder_mg__gte=0), name="remainder_not_negative")]

    def __str__(self) -> str:
        return f"{self.reduction_mg} mg"


class DailyTotal(models.Model):
    """A citizen's accepted activities of one scenario on one city day.

    `points` are those booked by the day's rows. It can be below zero by one: a reversal takes the point back that
    the grams of another day had completed.
    """

    pk = models.CompositePrimaryKey("citizen_id", "city_day", "scenario_id")
    citizen_id = models.UUIDField()
    city_day = models.DateField()
    scenario = models.ForeignKey(Scenario, models.PROTECT, db_constraint=False, db_index=False)
    activities = models.PositiveIntegerField()
    distance_m = models.PositiveBigIntegerField(default=0)
    reduction_mg = models.BigIntegerField()
    points = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["city_day", "citizen_id"], name="daily_total_of_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(reduction_mg__gte=0, activities__gte=0, distance_m__gte=0), name="daily_total_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city_day} {self.reduction_mg} mg"
