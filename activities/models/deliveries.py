"""What partners send, through which feed, and what of it could not be understood."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner
from config.identifiers import new_id
from config.secrecy import Encrypted


class Evidence(models.TextChoices):
    """What a report rests on, best first."""

    OPERATOR_ORDER = "operator_order", _("order of the operator")
    PAYMENT = "payment", _("payment")
    DEVICE = "device", _("measured by a device")
    PHOTO = "photo", _("photo")
    SELF_DECLARED = "self_declared", _("declared by the citizen")


class Feed(models.Model):
    """A stream of one partner's activities in one declared format (see docs/partners.md)."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="feeds")
    code = models.SlugField(unique=True)
    active = models.BooleanField(default=True)
    evidence = models.CharField(
        max_length=14,
        choices=Evidence.choices,
        default=Evidence.OPERATOR_ORDER,
        help_text=_("What its reports rest on. Of one trip reported twice, the better evidence counts."),
    )
    format = models.JSONField()
    pull = models.JSONField(
        null=True, blank=True, help_text=_("How we fetch pages of it, where the partner has an API.")
    )
    store = models.JSONField(
        null=True, blank=True, help_text=_("The folder or bucket in which the partner lays files.")
    )
    secrets_encrypted = models.TextField(
        blank=True, editable=False, help_text=_("Webhook secrets, newest first, one a line.")
    )
    key_encrypted = models.TextField(
        blank=True, editable=False, help_text=_("What we show when we pull, or the key of the bucket.")
    )

    secrets = Encrypted("secrets_encrypted")
    key = Encrypted("key_encrypted")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Contract(models.Model):
    """What was agreed with a partner: while it has contracts, it may deliver only while one of them is in force."""

    class Claim(models.TextChoices):
        """Whose the reductions are, so that none is claimed twice."""

        CITIZEN = "citizen", _("the citizens")
        CITY = "city", _("the city")
        PARTNER = "partner", _("the partner")

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="contracts")
    number = models.CharField(max_length=64)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True, help_text=_("The last day; empty for no end."))
    claim = models.CharField(max_length=8, choices=Claim.choices, default=Claim.CITIZEN)
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["partner", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["partner", "number"], name="one_contract_per_number"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="contract_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} {self.number}"


class Supervision(models.Model):
    """When a partner's deliveries are stopped by themselves, and whether they are.

    Shares are per cent of the last `window_days`; an empty threshold is not looked at.
    """

    partner = models.OneToOneField(Partner, models.CASCADE, related_name="supervision")
    window_days = models.PositiveSmallIntegerField(default=7)
    rows_min = models.PositiveIntegerField(default=200, help_text=_("Below so many rows nothing is concluded."))
    refused_max_pct = models.PositiveSmallIntegerField(
        null=True, blank=True, default=90, help_text=_("Of the deliveries, those that could not be read at all.")
    )
    quarantine_max_pct = models.PositiveSmallIntegerField(null=True, blank=True, default=20)
    duplicates_max_pct = models.PositiveSmallIntegerField(null=True, blank=True, default=80)
    volume_drift_max_pct = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How far a day's volume may be above the mean of the 28 days before.")
    )
    distance_drift_max_pct = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("How far the mean distance may be off that of the 28 days before.")
    )
    silence_max_h = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("After so many hours without a delivery staff are told; nothing is stopped.")
    )
    suspended_at = models.DateTimeField(null=True, blank=True, editable=False)
    suspended_for = models.JSONField(
        null=True, editable=False, help_text=_("The measure, its value and the threshold.")
    )
    lifted_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return str(self.partner)


class PullState(models.Model):
    """How far the pulling of a feed is. One puller at a time holds the lease."""

    feed = models.OneToOneField(Feed, models.CASCADE, related_name="pull_state")
    position = models.TextField(blank=True, help_text=_("The cursor, page, or time up to which everything is here."))
    leased_until = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=timezone.now)
    pulled_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text=_("Since the last success."))
    problem = models.CharField(max_length=300, blank=True)

    def __str__(self) -> str:
        return f"{self.feed.code} {self.position}"


class Delivery(models.Model):
    """A body of rows that reached us through one door, kept as received until it is understood."""

    class Door(models.TextChoices):
        WEBHOOK = "webhook", _("webhook")
        FILE = "file", _("file")
        PULL = "pull", _("pulled page")
        STORE = "store", _("file store")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        DIGESTED = "digested", _("digested")
        REFUSED = "refused", _("refused")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(Feed, models.PROTECT, related_name="deliveries")
    door = models.CharField(max_length=8, choices=Door.choices)
    external_id = models.CharField(max_length=128, help_text=_("The webhook's id, the file's name, or the page."))
    content_sha256 = models.BinaryField(max_length=32)
    size_bytes = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    read_again = models.BooleanField(
        default=False, help_text=_("A page that was read before and has grown: what it held then is no duplicate.")
    )
    failures = models.PositiveSmallIntegerField(
        default=0, help_text=_("How often the platform itself failed on it; after some times it waits for staff.")
    )
    rows_done = models.PositiveBigIntegerField(default=0, help_text=_("Where a run that died goes on."))
    counts = models.JSONField(default=dict)
    refusal = models.JSONField(null=True, help_text=_("Why the whole body was refused, or where it failed."))
    sent_at = models.DateTimeField(
        null=True, help_text=_("When the partner made it, where it says; of two tellings of an event the later counts.")
    )
    received_at = models.DateTimeField(auto_now_add=True)
    digested_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["feed", "received_at"], name="delivery_of_feed"),
            models.Index(fields=["received_at"], condition=Q(state="received"), name="waiting_deliveries"),
            models.Index(fields=["received_at"], condition=Q(state="failed"), name="failed_deliveries"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "external_id"], condition=Q(door="webhook"), name="one_delivery_per_webhook_id"
            ),
            models.UniqueConstraint(
                fields=["feed", "external_id"], condition=Q(door="store"), name="one_delivery_per_stored_object"
            ),
            models.CheckConstraint(  # deliveries.receive sees to it; one row of an impossible time breaks every list
                condition=Q(sent_at__isnull=True) | Q(sent_at__gte=datetime(1970, 1, 1, tzinfo=UTC)),
                name="delivery_made_after_1970",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed.code} {self.get_door_display()} {timezone.localtime(self.received_at):%Y-%m-%d %H:%M}"


class DeliveryChunk(models.Model):
    """A part of a raw body, encrypted; purged after RAW_RETENTION_HOURS."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="chunks")
    number = models.PositiveIntegerField()
    content_encrypted = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="one_chunk_per_number")]

    def __str__(self) -> str:
        return f"chunk {self.number}"


class QuarantinedRow(models.Model):
    """A row that could not be understood, with the reason; its content stays encrypted."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="quarantined")
    line = models.PositiveBigIntegerField(help_text=_("Of the file, or the position in the body, from 1."))
    code = models.SlugField(db_index=False)
    field = models.CharField(max_length=80)
    detail = models.CharField(max_length=300)
    content_encrypted = models.TextField(editable=False)
    subject_digest = models.BinaryField(
        max_length=16,
        null=True,
        help_text=_("Of the partner's id of a person who is linked, to forget it with the link."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    content = Encrypted("content_encrypted")

    class Meta:
        indexes = [
            models.Index(
                fields=["subject_digest"], condition=Q(subject_digest__isnull=False), name="quarantined_row_of_subject"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["delivery", "line"], name="one_quarantined_row_per_line")]

    def __str__(self) -> str:
        return _("line %(line)s: %(field)s") % {"line": self.line, "field": self.field}
