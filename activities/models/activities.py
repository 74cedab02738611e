"""What citizens did, as it is understood now, and what rules found."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from activities.models.deliveries import Delivery, Evidence, Feed
from activities.models.scenarios import Scenario
from config.identifiers import new_id


class Activity(models.Model):
    """One thing a citizen did, as it is understood now, with the verdict on it.

    Lies in the part of the month in which it arrived, which its id tells (config.partitions).
    """

    class Status(models.TextChoices):
        ACCEPTED = "accepted", _("accepted")
        HELD = "held", _("held")
        REJECTED = "rejected", _("rejected")

    class Basis(models.TextChoices):
        """Where the distance came from, best first."""

        REPORTED = "reported", _("reported by the operator")
        TRACK = "track", _("measured along the track")
        STATIONS = "stations", _("between stations")
        FARE = "fare", _("from the fare band")
        CROW_FLY = "crow_fly", _("straight line")
        DEFAULT = "default", _("default of the methodology")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    key = models.UUIDField(help_text=_("Of the first event that tells of it: the same in whatever order they came."))
    citizen_id = models.UUIDField()
    link_id = models.UUIDField()
    feed = models.ForeignKey(Feed, models.PROTECT, db_constraint=False, db_index=False)
    delivery = models.ForeignKey(Delivery, models.PROTECT, db_constraint=False, db_index=False)
    scenario = models.ForeignKey(Scenario, models.PROTECT, db_constraint=False, db_index=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    city_day = models.DateField()
    distance_m = models.PositiveIntegerField(null=True)
    distance_basis = models.CharField(max_length=8, choices=Basis.choices, default=Basis.DEFAULT)
    quantity = models.PositiveBigIntegerField(null=True, help_text=_("Steps, items or fen, by scenario."))
    evidence = models.CharField(max_length=14, choices=Evidence.choices, default=Evidence.OPERATOR_ORDER)
    displacement_m = models.PositiveIntegerField(
        null=True, help_text=_("Straight line from the start to the end (m), where the places are known.")
    )
    origin = models.BigIntegerField(null=True, help_text=_("Keyed digest of the place of the start."))
    destination = models.BigIntegerField(null=True, help_text=_("Keyed digest of the place of the end."))
    amount_fen = models.PositiveBigIntegerField(null=True, help_text=_("What was paid (fen)."))
    category = models.CharField(max_length=8, null=True, help_text=_("Category of the merchant (MCC)."))
    energy_wh = models.PositiveBigIntegerField(null=True, help_text=_("Energy taken (Wh)."))
    payer = models.BigIntegerField(null=True, help_text=_("Keyed digest of what it was paid with or to."))
    device = models.BigIntegerField(null=True, help_text=_("Keyed digest of the phone that reported it."))
    traits = models.JSONField(
        null=True, help_text=_("Measures derived from a track or a step profile; never the track itself.")
    )
    decision = models.CharField(
        max_length=8, choices=Status.choices, null=True, help_text=_("What a person decided, whatever the rules say.")
    )
    status = models.CharField(max_length=8, choices=Status.choices)
    reason = models.SlugField(blank=True, db_index=False, help_text=_("The rule that decided against it."))
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = _("activity"), _("activities")
        indexes = [
            models.Index(fields=["citizen_id", "started_at"], name="activity_of_citizen"),
            models.Index(fields=["delivery"], name="activity_of_delivery"),
            models.Index(fields=["reason", "created_at"], condition=Q(status="held"), name="held_activities"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="activity_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(status="accepted", reason="") | (~Q(status="accepted") & ~Q(reason="")),
                name="activity_not_accepted_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scenario} {self.city_day} {self.get_status_display()}"


class Event(models.Model):
    """A partner's record, identified by (partner, external id). One or two of them make an activity.

    Where it was told for several people it stands for one of them, and is cancelled for the others.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    key = models.UUIDField(help_text=_("Digest of the partner and its own id of the event."))
    content_digest = models.BinaryField(max_length=16)
    revision = models.BigIntegerField(default=0, help_text=_("The partner's own count or time of what it tells."))
    line = models.PositiveBigIntegerField(default=0, help_text=_("Of the delivery that told it last."))
    activity_id = models.UUIDField()
    delivery = models.ForeignKey(Delivery, models.PROTECT, db_constraint=False, db_index=False)
    half = models.CharField(max_length=3, blank=True, help_text=_("in, out or tap, where two make a journey."))
    told = models.JSONField(null=True, help_text=_("What a half said, to pair it anew when others come."))
    cancelled = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["activity_id"], name="event_of_activity")]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(cancelled=False), name="one_standing_event_per_partner_and_id"
            ),
            models.UniqueConstraint(
                fields=["key", "citizen_id"], condition=Q(cancelled=True), name="one_cancelled_event_per_citizen"
            ),
        ]

    def __str__(self) -> str:
        return str(self.key)


class DetailHorizon(models.Model):
    """Details of activities that arrived before this day were dropped: ids below `first_kept`. Append-only."""

    before = models.DateField(primary_key=True)
    first_kept = models.UUIDField()
    dropped_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.before.isoformat()


class Cancellation(models.Model):
    """The partner took an event back. Kept, since the event may come later."""

    key = models.UUIDField(primary_key=True)
    revision = models.BigIntegerField(help_text=_("It beats what was told with a revision up to this one."))
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.key)


class Finding(models.Model):
    """What a rule found about an activity, with its evidence; in the part of its activity's month.

    The database's key is (activity_id, id).
    """

    id = models.BigAutoField(primary_key=True)
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    rule = models.SlugField(db_index=False)
    verdict = models.CharField(max_length=8, choices=Activity.Status.choices)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"{self.rule}: {self.verdict}"


class Instrument(models.Model):
    """That a citizen has used a card, an account or a phone, by its keyed digest: rules ask how many share it."""

    class Kind(models.TextChoices):
        PAYER = "payer", _("card or account")
        DEVICE = "device", _("phone")

    kind = models.CharField(max_length=6, choices=Kind.choices)
    digest = models.BigIntegerField()
    citizen_id = models.UUIDField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="instrument_of_time")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "digest", "citizen_id"], name="one_instrument_per_citizen")
        ]

    def __str__(self) -> str:
        return self.kind


class SharingLook(models.Model):
    """Cards and phones that further accounts began to use were seen to until then."""

    until = models.DateTimeField(primary_key=True)

    def __str__(self) -> str:
        return f"{self.until:%Y-%m-%d %H:%M}"
