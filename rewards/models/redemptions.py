from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ledger.models import Programme
from rewards.models.donations import Handover
from rewards.models.merchants import Merchant
from rewards.models.offers import Offer
from rewards.models.trees import Planting


class Redemption(models.Model):
    """A citizen's claim on an offer; `id` is made by the client and is also the id of the ledger's hold."""

    class State(models.TextChoices):
        ENTERED = "entered", _("in the draw")
        RESERVED = "reserved", _("ready to use")
        CONFIRMED = "confirmed", _("used")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")
        LOST = "lost", _("not drawn")
        REFUNDED = "refunded", _("refunded")

    OPEN = (State.ENTERED, State.RESERVED)
    """States in which points are on hold."""
    TAKEN = (State.RESERVED, State.CONFIRMED)
    """States that count against the stock."""

    id = models.UUIDField(primary_key=True, editable=False)
    citizen_id = models.UUIDField(_("citizen"))
    district_id = models.BigIntegerField(_("district"), null=True)
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="redemptions", verbose_name=_("offer"))
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="redemptions", verbose_name=_("merchant"))
    points = models.PositiveIntegerField(_("points"))
    value_fen = models.PositiveIntegerField(_("value (fen)"))
    funder = models.CharField(
        _("paid by"),
        max_length=8,
        choices=Offer.Funder.choices,
        default="",
        db_default="",
        editable=False,
        help_text=_("As the offer said when it was redeemed."),
    )
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("programme of the sponsor"),
    )
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.RESERVED)
    voucher_code = models.CharField(max_length=16, unique=True)
    city_day = models.DateField(_("day"))
    created_at = models.DateTimeField(_("redeemed"), auto_now_add=True)
    expires_at = models.DateTimeField(_("valid until"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="confirmed_redemptions"
    )
    confirmed_offline = models.BooleanField(_("scanned offline"), db_default=False)
    scan_id = models.UUIDField(_("scan"), null=True, editable=False, help_text=_("Made by the till that was offline."))
    refunded_at = models.DateTimeField(_("refunded"), null=True)
    refunded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(_("why it was refunded"), max_length=200, blank=True)

    planting = models.ForeignKey(Planting, models.PROTECT, null=True, related_name="shares")
    handover = models.ForeignKey(
        Handover, models.PROTECT, null=True, related_name="given", verbose_name=_("handover of donations")
    )

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        indexes = [
            models.Index(fields=["citizen_id", "-created_at"], name="redemption_of_citizen"),
            models.Index(fields=["offer", "citizen_id"], name="redemption_of_offer"),
            models.Index(fields=["merchant", "closed_at"], name="redemption_of_merchant"),
            models.Index(fields=["merchant", "refunded_at"], condition=Q(state="refunded"), name="redemption_refunded"),
            models.Index(fields=["expires_at"], condition=Q(state__in=["entered", "reserved"]), name="redemption_due"),
            models.Index(fields=["closed_at"], name="redemption_closed"),  # what has just happened, for notices
        ]
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="redemption_points_positive"),
            models.CheckConstraint(
                condition=Q(state__in=["entered", "reserved"], closed_at__isnull=True)
                | (~Q(state__in=["entered", "reserved"]) & Q(closed_at__isnull=False)),
                name="redemption_closed_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state="refunded", refunded_at__isnull=False)
                | (~Q(state="refunded") & Q(refunded_at__isnull=True)),
                name="redemption_refunded_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer} {self.get_state_display()}"


class Tries(models.Model):
    """How often the changing digits of a voucher were tried since a moment."""

    redemption = models.OneToOneField(Redemption, models.CASCADE, primary_key=True, related_name="+")
    since = models.DateTimeField(_("since"))
    count = models.PositiveSmallIntegerField(_("count"))

    class Meta:
        verbose_name = _("tries of changing digits")
        verbose_name_plural = _("tries of changing digits")

    def __str__(self) -> str:
        return f"{self.count}"


class Step(models.Model):
    """A step in a redemption's life, written by a trigger and by nobody else. Append-only."""

    redemption = models.ForeignKey(Redemption, models.DO_NOTHING, related_name="steps", db_constraint=False)
    state = models.CharField(_("state"), max_length=9, choices=Redemption.State.choices)
    made_by = models.UUIDField(_("made by"), null=True)
    created_at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["redemption"], name="step_of_redemption")]
        verbose_name = _("step of a redemption")
        verbose_name_plural = _("steps of a redemption")

    def __str__(self) -> str:
        return self.get_state_display()
