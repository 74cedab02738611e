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
from django.utils.translation import pgettext_lazy

from config.identifiers import new_id
from config.languages import in_readers_language

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
    UNEXPIRE = 41, _("expiry undone")
    SETTLE = 50, _("settled with a merchant")
    REVERSE = 60, _("reversal of an earlier entry")


class Account(models.Model):
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    holder = models.UUIDField()
    code = models.PositiveSmallIntegerField(choices=Chart.choices)
    balance = models.BigIntegerField(null=True, help_text="Carried for accounts that must not go negative.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["holder"], condition=Q(code=Chart.OWED), name="account_of_debts")]
        constraints = [
            models.UniqueConstraint(fields=["holder", "code"], name="one_account_per_holder_and_code"),
            models.CheckConstraint(
                condition=Q(balance__isnull=True) | Q(balance__gte=0), name="account_balance_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(code__in=CARRIED, balance__isnull=False) | (~Q(code__in=CARRIED) & Q(balance__isnull=True)),
                name="account_carries_balance_by_code",
            ),
            models.CheckConstraint(condition=Q(code__in=Chart.values), name="account_code_is_in_the_chart"),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {str(self.holder)[-12:]}"


class Transfer(models.Model):
    """`amount` points leave the debit account and reach the credit account. Never changed, never deleted.

    In parts by the month of the id (config.partitions); an id that carries no time is as good as any.
    """

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
            # the reference of an award is its own id
            models.Index(fields=["reference"], condition=~Q(code=Code.AWARD), name="transfer_of_reference"),
            # what a wallet earned since an instant is read from here alone
            models.Index(fields=["credit_account", "created_at"], include=["code", "amount"], name="transfer_credit"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_amount_positive"),
            models.CheckConstraint(
                condition=~Q(debit_account=F("credit_account")), name="transfer_between_two_accounts"
            ),
            models.CheckConstraint(condition=Q(code__in=Code.values), name="transfer_code_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.amount}"


class Reversal(models.Model):
    """That a transfer was reversed: once. The database writes it with a transfer of code 60."""

    transfer_id = models.UUIDField(primary_key=True, editable=False)

    def __str__(self) -> str:
        return str(self.transfer_id)


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
        return _("hold of %(points)s points, %(state)s") % {"points": self.amount, "state": self.get_state_display()}


class ExpiryRule(models.Model):
    """From a first of a month on: how long periods of earning are, and how long their points live. Append-only.

    A trigger refuses a rule that lets points expire before citizens were told (`expiry.first_expiry`).
    """

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
        return f"{self.expires_on} {self.get_step_display()}"


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


class Programme(models.Model):
    """Who funds points; its `id` is the holder of the accounts that they come from.

    A limited programme pays no more than it was funded with. Only the city's own may be unlimited.
    """

    class Kind(models.TextChoices):
        CITY = "city", _("city")
        MERCHANT = "merchant", _("merchant")
        SPONSOR = "sponsor", _("sponsor")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(_("code"), unique=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    name_zh = models.CharField(_("name (Chinese)"), max_length=80)
    name_en = models.CharField(_("name (English)"), max_length=80)
    warn_at_percent = models.PositiveSmallIntegerField(
        _("warn at (%)"), default=20, help_text=_("Of what there was after the last funding. 0: only when used up.")
    )
    taper_from_percent = models.PositiveSmallIntegerField(
        _("taper from (%)"), null=True, blank=True, help_text=_("Empty: everything is paid in full until it stops.")
    )
    taper_percent = models.PositiveSmallIntegerField(
        _("taper to (%)"), default=50, help_text=_("How much of the usual points is paid from then on.")
    )
    fen_per_thousand_points = models.PositiveIntegerField(
        _("cost of 1,000 points (fen)"), default=0, help_text=_("For the cost per tonne. 0: not known.")
    )
    limited = models.BooleanField(_("limited"), default=True, editable=False)
    funded_points = models.BigIntegerField(_("funded"), default=0, editable=False)
    level_points = models.BigIntegerField(
        pgettext_lazy("funding", "level"),
        default=0,
        editable=False,
        help_text=_("What there was after the last funding: 100 %."),
    )
    opening_points = models.BigIntegerField(
        default=0, editable=False, help_text=_("What was issued without a budget before there was one.")
    )

    class Meta:
        ordering = ["code"]
        verbose_name, verbose_name_plural = _("programme"), _("programmes")
        permissions = [("fund_programme", "Can fund a programme")]
        constraints = [
            models.CheckConstraint(condition=Q(limited=True) | Q(id=PROGRAMME), name="only_the_city_is_unlimited"),
            models.CheckConstraint(
                condition=Q(taper_percent__range=(1, 99), warn_at_percent__lte=100)
                & (Q(taper_from_percent__isnull=True) | Q(taper_from_percent__range=(1, 100))),
                name="programme_percents_are_percents",
            ),
        ]

    def __str__(self) -> str:
        return in_readers_language(self.name_zh, self.name_en)


class BudgetSlice(models.Model):
    """A part of what a programme has left. Batches draw from different slices and do not wait for each other."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="slices")
    number = models.PositiveSmallIntegerField()
    left_points = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="one_budget_slice_per_number"),
            models.CheckConstraint(condition=Q(left_points__gte=0), name="budget_slice_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.left_points}"


class Funding(models.Model):
    """The paper behind a FUND transfer, whose id it has; below zero where points were withdrawn. Append-only."""

    id = models.UUIDField(primary_key=True, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="fundings", verbose_name=_("programme"))
    points = models.BigIntegerField(_("points"))
    document = models.CharField(_("document"), max_length=120, help_text=_("Number of the decision or contract."))
    by = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("at"), db_default=Now())

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("funding"), _("fundings")
        constraints = [
            models.CheckConstraint(condition=~Q(points=0) & ~Q(document=""), name="funding_has_points_and_paper")
        ]

    def __str__(self) -> str:
        return f"{self.document}: {self.points}"


class BudgetAlert(models.Model):
    """Staff were told how a programme stands; once a level and funding."""

    class Level(models.TextChoices):
        LOW = "low", _("running low")
        TAPERING = "tapering", _("paying less")
        EMPTY = "empty", _("used up")

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="alerts", verbose_name=_("programme"))
    level = models.CharField(_("state"), max_length=8, choices=Level.choices)
    funded_points = models.BigIntegerField(_("funded"))
    left_points = models.BigIntegerField(_("left"))
    created_at = models.DateTimeField(_("at"), auto_now_add=True)
    told_at = models.DateTimeField(_("mailed"), null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]
        verbose_name, verbose_name_plural = _("budget alert"), _("budget alerts")
        constraints = [
            models.UniqueConstraint(fields=["programme", "level", "funded_points"], name="one_alert_per_funding")
        ]

    def __str__(self) -> str:
        return f"{self.programme}: {self.get_level_display()}"


class Count(models.Model):
    """What takes a pass over the whole book, once a night: what is outstanding and where points went."""

    day = models.DateField(unique=True)
    expiring = models.JSONField(help_text="[[day or null, points], ...]: to spend, by the day on which it expires.")
    held_points = models.BigIntegerField()
    owed_points = models.BigIntegerField()
    redeemed_points = models.BigIntegerField(help_text="Less refunds, in 365 days.")
    expired_points = models.BigIntegerField(help_text="In 365 days.")
    counted_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-day"]

    def __str__(self) -> str:
        return self.day.isoformat()
