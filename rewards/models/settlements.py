from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from config import clock
from config.identifiers import new_id
from config.secrecy import Encrypted
from rewards.models.merchants import Merchant
from rewards.models.redemptions import Redemption


class Contract(models.Model):
    """What was agreed with a merchant from a day on: the fee, and where it is paid."""

    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="contracts", verbose_name=_("merchant"))
    valid_from = models.DateField(_("valid from"))
    fee_bp = models.PositiveIntegerField(_("fee (hundredths of a percent)"), default=0)
    account_name = models.CharField(_("name of the bank account"), max_length=70)
    account_number_encrypted = models.TextField(editable=False)
    bank_code = models.CharField(_("bank (CNAPS number)"), max_length=12)

    account_number = Encrypted("account_number_encrypted")

    class Meta:
        ordering = ["merchant", "-valid_from"]
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints = [
            models.UniqueConstraint(fields=["merchant", "valid_from"], name="one_contract_a_day"),
            models.CheckConstraint(condition=Q(fee_bp__lte=10_000), name="contract_fee_at_most_all"),
        ]

    def __str__(self) -> str:
        return f"{self.merchant} {self.valid_from}"


class Batch(models.Model):
    """The settlement of a merchant up to a day. Closed, it never changes but for how its payout goes.

    `contract` says the fee. Where it is paid is said by the contract of each Payment.
    """

    class Payout(models.TextChoices):
        OPEN = "open", _("to be paid")
        SENT = "sent", _("sent to the bank")
        NOTHING = "nothing", _("nothing to pay")
        CARRIED = "carried", _("carried to the next")
        PAID = "paid", _("paid")
        FAILED = "failed", _("payment failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    merchant = models.ForeignKey(Merchant, models.PROTECT, related_name="batches", verbose_name=_("merchant"))
    contract = models.ForeignKey(Contract, models.PROTECT, verbose_name=_("contract"))
    last_day = models.DateField(pgettext_lazy("day", "up to"))
    closed = models.BooleanField(default=False, editable=False)
    points = models.BigIntegerField(_("points"), default=0)
    payable_fen = models.BigIntegerField(_("amount (fen)"), default=0)
    fee_fen = models.BigIntegerField(_("fee (fen)"), default=0)
    payout = models.CharField(_("payout"), max_length=7, choices=Payout.choices, default=Payout.OPEN)
    payout_note = models.CharField(_("note"), max_length=140, blank=True)
    payout_at = models.DateTimeField(_("last step of the payout"), null=True)
    created_at = models.DateTimeField(_("closed"), auto_now_add=True)

    class Meta:
        ordering = ["-last_day", "merchant"]
        verbose_name = _("settlement")
        verbose_name_plural = _("settlements")
        permissions = [("close_batch", "Can close settlements"), ("pay_batch", "Can pay settlements")]
        constraints = [models.UniqueConstraint(fields=["merchant", "last_day"], name="one_batch_a_day")]

    def __str__(self) -> str:
        return f"{self.merchant} {self.last_day}"

    @property
    def net_fen(self) -> int:
        """What the merchant is paid; negative where it owes."""
        return self.payable_fen - self.fee_fen


class Line(models.Model):
    """One amount of a settlement; refunds and corrections are negative or positive lines of a later one."""

    class Kind(models.TextChoices):
        VOUCHER = "voucher", _("voucher")
        REFUND = "refund", _("refund")
        ADJUSTMENT = "adjustment", _("correction")
        CARRY = "carry", _("carried over")

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    redemption = models.ForeignKey(Redemption, models.PROTECT, null=True, related_name="lines")
    source = models.UUIDField(null=True, help_text="The dispute of a correction, the settlement carried over.")
    happened_at = models.DateTimeField(_("when"))
    points = models.BigIntegerField(_("points"))
    payable_fen = models.BigIntegerField(_("amount (fen)"))
    fee_fen = models.BigIntegerField(_("fee (fen)"))

    class Meta:
        ordering = ["happened_at", "id"]
        verbose_name = _("line of a settlement")
        verbose_name_plural = _("lines of a settlement")
        constraints = [
            models.UniqueConstraint(
                fields=["redemption", "kind"], condition=Q(redemption__isnull=False), name="settled_once"
            ),
            models.UniqueConstraint(fields=["source"], condition=Q(source__isnull=False), name="corrected_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.payable_fen}"


class PaymentFile(models.Model):
    """A file of payments for the bank: written once, downloaded as often as need be. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    by = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(pgettext_lazy("file", "written"))
    xml_encrypted = models.TextField(_("file for the bank"), editable=False)
    csv_encrypted = models.TextField(_("the same as a table"), editable=False)

    xml = Encrypted("xml_encrypted")
    csv = Encrypted("csv_encrypted")

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("payment file")
        verbose_name_plural = _("payment files")

    def __str__(self) -> str:
        return f"{clock.city_day(self.created_at)} …{self.message[-6:]}"

    @property
    def message(self) -> str:
        """The id by which the bank knows the file: at most 35 characters."""
        return f"TPH{self.id.hex}"


class Payment(models.Model):
    """A settlement in a payment file, and the contract whose account it goes to. Append-only."""

    file = models.ForeignKey(PaymentFile, models.PROTECT, related_name="payments", verbose_name=_("payment file"))
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="payments", verbose_name=_("settlement"))
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name=_("contract"))

    class Meta:
        ordering = ["id"]
        verbose_name = pgettext_lazy("settlement", "payment")
        verbose_name_plural = _("payments")
        constraints = [models.UniqueConstraint(fields=["file", "batch"], name="paid_once_in_a_file")]

    def __str__(self) -> str:
        return f"{self.batch}"


class Dispute(models.Model):
    """A line that merchant or city do not agree with; what is found right is a line of the next settlement."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        CORRECTED = "corrected", _("corrected")
        REJECTED = "rejected", pgettext_lazy("settlement", "rejected")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    line = models.ForeignKey(Line, models.PROTECT, related_name="disputes")
    reason = models.CharField(_("reason"), max_length=400)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    opened_at = models.DateTimeField(_("opened"), auto_now_add=True)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    adjustment_fen = models.BigIntegerField(
        _("correction (fen)"), default=0, help_text=_("Added to the next settlement; negative takes away.")
    )
    answer = models.CharField(_("answer"), max_length=400, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)

    class Meta:
        ordering = ["-opened_at"]
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        constraints = [
            models.UniqueConstraint(fields=["line"], condition=Q(state="open"), name="one_open_dispute_a_line")
        ]

    def __str__(self) -> str:
        return self.reason[:40]
