from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Bilingual, District
from config.identifiers import new_id
from config.languages import in_readers_language


class Merchant(Bilingual):
    """A shop or a public cause that gives rewards. `id` is its holder in the ledger."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(unique=True)
    active = models.BooleanField(_("active"), default=True)
    district = models.ForeignKey(
        District, models.PROTECT, null=True, blank=True, related_name="merchants", verbose_name=_("district")
    )
    address_zh = models.CharField(_("address (Chinese)"), max_length=120, blank=True)
    address_en = models.CharField(_("address (English)"), max_length=120, blank=True)
    latitude_e6 = models.IntegerField(
        _("latitude"), null=True, blank=True, help_text=_("In millionths of a degree, WGS 84.")
    )
    longitude_e6 = models.IntegerField(_("longitude"), null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("merchant")
        verbose_name_plural = _("merchants")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(latitude_e6__isnull=True, longitude_e6__isnull=True)
                | models.Q(
                    latitude_e6__range=(-90_000_000, 90_000_000), longitude_e6__range=(-180_000_000, 180_000_000)
                ),
                name="merchant_is_on_the_globe",
            ),
        ]

    @property
    def address(self) -> str:
        return in_readers_language(self.address_zh, self.address_en)

    @property
    def position(self) -> str:
        """Latitude and longitude in degrees, as a geo: address has them (RFC 5870); "" where they are not known."""
        if self.latitude_e6 is None or self.longitude_e6 is None:
            return ""
        return f"{self.latitude_e6 / 1_000_000:.6f},{self.longitude_e6 / 1_000_000:.6f}"


class Member(models.Model):
    """Somebody who works for a merchant and may use its console."""

    class Role(models.TextChoices):
        CASHIER = "cashier", pgettext_lazy("merchant", "Cashier")
        MANAGER = "manager", pgettext_lazy("merchant", "Manager")
        OWNER = "owner", pgettext_lazy("merchant", "Owner")

    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=7, choices=Role.choices, default=Role.CASHIER)

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = [models.UniqueConstraint(fields=["merchant", "user"], name="one_role_per_member")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_role_display()}"

    @property
    def manages(self) -> bool:
        """Whether refunds, statements and proposals are theirs too."""
        return self.role in (Member.Role.MANAGER, Member.Role.OWNER)

    @property
    def owns(self) -> bool:
        return self.role == Member.Role.OWNER
