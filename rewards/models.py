"""What points are traded for: merchants, their people, offers and redemptions."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Bilingual
from config.identifiers import new_id


class Merchant(Bilingual):
    """A shop that gives rewards. `id` is its holder in the ledger."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(unique=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["code"]


class Member(models.Model):
    """Somebody who works for a merchant and may use its console."""

    class Role(models.TextChoices):
        CLERK = "clerk", _("clerk: confirms vouchers")
        OWNER = "owner", _("owner: also sees statements")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=5, choices=Role.choices, default=Role.CLERK)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="one_role_per_member")]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Offer(models.Model):
    """A reward at a price in points, as long as the stock lasts."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="offers")
    title_zh = models.CharField(_("title (Chinese)"), max_length=80)
    title_en = models.CharField(_("title (English)"), max_length=80)
    description_zh = models.TextField(_("description (Chinese)"), blank=True)
    description_en = models.TextField(_("description (English)"), blank=True)
    price_points = models.PositiveIntegerField()
    value_fen = models.PositiveIntegerField(default=0, help_text=_("What the merchant is paid for one (fen)."))
    stock_total = models.PositiveIntegerField()
    stock_left = models.IntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    voucher_days = models.PositiveIntegerField(default=30, help_text=_("How long a voucher is valid (days)."))
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["price_points", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(price_points__gt=0), name="offer_price_positive"),
            # redemption.redeem() refuses first, by a conditional UPDATE
            models.CheckConstraint(
                condition=Q(stock_left__gte=0, stock_left__lte=F("stock_total")), name="offer_stock_not_oversold"
            ),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="offer_ends_after_start"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_en if (get_language() or "").startswith("en") else self.title_zh

    @property
    def description(self) -> str:
        return self.description_en if (get_language() or "").startswith("en") else self.description_zh


class Redemption(models.Model):
    """A citizen's claim on an offer; `id` is made by the client and is also the id of the ledger's hold."""

    class State(models.TextChoices):
        RESERVED = "reserved", _("ready to use")
        CONFIRMED = "confirmed", _("used")
        CANCELLED = "cancelled", _("cancelled")
        EXPIRED = "expired", _("expired")

    id = models.UUIDField(primary_key=True, editable=False)
    citizen_id = models.UUIDField()
    offer = models.ForeignKey(Offer, models.PROTECT, related_name="redemptions")
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="redemptions")
    points = models.PositiveIntegerField()
    value_fen = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.RESERVED)
    voucher_code = models.CharField(max_length=16, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="confirmed_redemptions"
    )

    class Meta:
        indexes = [
            models.Index(fields=["citizen_id", "-created_at"], name="redemption_of_citizen"),
            models.Index(fields=["merchant", "closed_at"], name="redemption_of_merchant"),
            models.Index(fields=["expires_at"], condition=Q(state="reserved"), name="redemption_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(points__gt=0), name="redemption_points_positive"),
            models.CheckConstraint(
                condition=Q(state="reserved", closed_at__isnull=True)
                | (~Q(state="reserved") & Q(closed_at__isnull=False)),
                name="redemption_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.offer_id} {self.state}"
