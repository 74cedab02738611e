"""The points book: accounts and the transfers between them.

The ledger knows neither citizens nor merchants: a holder is an opaque UUID. The balance of an account is
what was credited to it less what was debited from it; the sum over all accounts is always zero. Only a debt
is read the other way round: what a citizen owes is debits less credits, so that it is carried as a number that
must not go negative.
"""

from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id

PROGRAMME = UUID(int=0)
"""The holder of the city programme's own accounts."""


class Chart(models.IntegerChoices):
    """The chart of accounts: what an account is for. 1xx belong to a programme, 2xx to a person, 3xx to a merchant."""

    ISSUANCE = 100, _("points left to issue")
    FUNDING = 105, _("points promised by a funder")
    SETTLED = 110, _("points settled with merchants")
    EXPIRED = 130, _("expired points")
    CITIZEN = 200, _("points to spend")
    HELD = 210, _("points on hold")
    OWED = 220, _("points owed by a citizen")
    MERCHANT = 300, _("points earned by a merchant")


CARRIED = (Chart.CITIZEN, Chart.HELD, Chart.OWED)
"""Accounts that must not go negative carry their balance; the others derive it from their transfers."""


class Code(models.IntegerChoices):
    """Why a transfer happened. The list is append-only; numbers are never used again."""

    FUND = 1, _("a programme was funded")
    AWARD = 10, _("award for a reduction")
    BONUS = 11, _("bonus of a campaign")
    HOLD = 20, _("reserved for a redemption")
    REDEEM = 21, _("redeemed at a merchant")
    RELEASE = 22, _("reservation returned")
    REFUND = 23, _("refund by a merchant")
    CLAW_BACK = 30, _("taken back")
    OWE = 31, _("owed, as it was spent before")
    REPAY = 32, _("repaid what was owed")
    EXPIRE = 40, _("expired")
    SETTLE = 50, _("settled with a merchant")
    REVERSE = 60, _("reversal of an earlier entry")


class Account(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    holder = models.UUIDField()
    code = models.PositiveSmallIntegerField(choices=Chart.choices)
    balance = models.BigIntegerField(null=True, help_text="Carried for accounts that must not go negative.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["holder"], condition=Q(code=Chart.OWED, balance__gt=0), name="account_owing")]
        constraints = [
            models.UniqueConstraint(fields=["holder", "code"], name="one_account_per_holder_and_code"),
            models.CheckConstraint(
                condition=Q(balance__isnull=True) | Q(balance__gte=0), name="account_balance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(code__in=CARRIED, balance__isnull=False) | (~Q(code__in=CARRIED) & Q(balance__isnull=True)),
                name="account_carries_balance_by_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {str(self.holder)[-12:]}"


class Transfer(models.Model):
    """`amount` points leave the debit account and reach the credit account. Never changed, never deleted."""

    id = models.UUIDField(primary_key=True, editable=False)
    debit_account = models.ForeignKey(Account, models.DO_NOTHING, related_name="debits", db_constraint=False)
    credit_account = models.ForeignKey(
        Account, models.DO_NOTHING, related_name="credits", db_constraint=False, db_index=False
    )
    amount = models.BigIntegerField()
    code = models.PositiveSmallIntegerField(choices=Code.choices)
    reference = models.UUIDField(help_text="What it is for: a reduction, a redemption, a statement.")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["reference"], name="transfer_reference"),
            # what a wallet earned since an instant is read from here alone
            models.Index(fields=["credit_account", "created_at"], include=["code", "amount"], name="transfer_credit"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="transfer_between_two_accounts"
            ),
            models.UniqueConstraint(fields=["reference"], condition=Q(code=Code.REVERSE), name="reversed_once"),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.amount}"


class Hold(models.Model):
    """Points set aside for a purpose until it is settled, released, or its time is over."""

    class State(models.TextChoices):
        PLACED = "placed", _("placed")
        SETTLED = "settled", _("settled")
        RELEASED = "released", _("released")

    id = models.UUIDField(primary_key=True, editable=False)
    holder = models.UUIDField()
    amount = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.PLACED)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], condition=Q(state="placed"), name="hold_due")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="hold_amount_positive"),
            models.CheckConstraint(
                condition=Q(state="placed", closed_at__isnull=True) | (~Q(state="placed") & Q(closed_at__isnull=False)),
                name="hold_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"hold of {self.amount}, {self.state}"


class ExpiryRule(models.Model):
    """From a first of a month on: how long periods of earning are, and how long their points live. Append-only."""

    valid_from = models.DateField(unique=True, help_text=_("The first day of a month."))
    period_months = models.PositiveSmallIntegerField(
        choices=[(1, _("a month")), (3, _("a quarter")), (6, _("half a year")), (12, _("a year"))], default=6
    )
    life_months = models.PositiveSmallIntegerField(
        help_text=_("Months from the end of a period to the end of its points.")
    )

    class Meta:
        ordering = ["-valid_from"]
        constraints = [
            models.CheckConstraint(condition=Q(valid_from__day=1), name="expiry_rule_begins_a_month"),
            models.CheckConstraint(
                condition=Q(period_months__in=[1, 3, 6, 12], life_months__gt=0), name="expiry_rule_has_known_periods"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from}: {self.get_period_months_display()} + {self.life_months}"


class ExpirySweep(models.Model):
    """One pass over all wallets for one day of expiry: a notice ahead, or the expiry itself."""

    class Step(models.TextChoices):
        NOTICE_60 = "notice_60", _("notice 60 days ahead")
        NOTICE_14 = "notice_14", _("notice 14 days ahead")
        EXPIRE = "expire", _("expiry")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    expires_on = models.DateField()
    step = models.CharField(max_length=9, choices=Step.choices)
    earned_before = models.DateTimeField()
    after = models.UUIDField(
        default=PROGRAMME, help_text=_("The last wallet that was seen: where a run that died goes on.")
    )
    started_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-expires_on", "step"]
        constraints = [models.UniqueConstraint(fields=["expires_on", "step"], name="one_sweep_per_day_and_step")]

    def __str__(self) -> str:
        return f"{self.expires_on} {self.step}"


class ExpiryNotice(models.Model):
    """What a holder is to be told ahead: so many points expire on a day. Others read it and deliver it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    holder = models.UUIDField()
    expires_on = models.DateField()
    days_before = models.PositiveSmallIntegerField()
    points = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="expiry_notice_by_time")]
        constraints = [
            models.UniqueConstraint(fields=["holder", "expires_on", "days_before"], name="one_expiry_notice"),
            models.CheckConstraint(condition=Q(points__gt=0), name="expiry_notice_has_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points} on {self.expires_on}"
