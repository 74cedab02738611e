"""What happened and what it is worth: scenarios, methodologies, feeds, deliveries, activities, reductions.

Units: distances in metres (m), durations in seconds (s), money in fen, reductions in milligrams of CO2e
(mg), points whole. Large tables carry `citizen_id` and no constraint that crosses citizens, so that they
can be distributed by it.
"""

from decimal import Decimal

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Bilingual, District, Partner, User
from config.identifiers import new_id
from config.secrecy import Encrypted
from ledger.models import PROGRAMME, Programme

UNITS = (
    "g/pkm",
    "kg/pkm",
    "g/km",
    "kg/km",
    "g/ride",
    "kg/ride",
    "g/kWh",
    "kg/kWh",
    "g/item",
    "kg/item",
    "g/kg",
    "kg/kg",
    "g/step",
    "g/yuan",
    "kg/yuan",
    "km/day",
    "kWh/100km",
)
"""Of factors: grams or kilograms of CO2e for a person-km, a car-km and so on, and two that are no emission."""


class Scenario(Bilingual):
    """A low-carbon behaviour that is rewarded. What is plausible in it, its rules say (RuleSetting)."""

    class Icon(models.TextChoices):
        BIKE = "bike", _("bike")
        EBIKE = "ebike", _("e-bike")
        METRO = "metro", _("metro")
        BUS = "bus", _("bus")
        WALK = "walk", _("walking")
        PARKED = "parked", _("parked car")
        CHARGE = "charge", _("charging")
        CARPOOL = "carpool", _("carpool")
        BILL = "bill", _("bill")
        TICKET = "ticket", _("ticket")
        INVOICE = "invoice", _("invoice")
        CUTLERY = "cutlery", _("cutlery")
        RECYCLE = "recycle", _("recycling")
        REUSE = "reuse", _("second-hand")
        CARD = "card", _("bank card")
        LEAF = "leaf", _("leaf")

    code = models.SlugField(unique=True)
    icon = models.CharField(max_length=8, choices=Icon.choices, default=Icon.LEAF)
    active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)
    programme = models.ForeignKey(
        Programme,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("programme"),
        help_text=_("Who pays the points. Empty: the city."),
    )
    occupies_body = models.BooleanField(
        default=False, help_text=_("One person cannot do two of these at the same time: a trip.")
    )
    instant_s = models.PositiveIntegerField(
        default=60, help_text=_("How long an activity without an end is taken to last, for overlaps (s).")
    )
    poolable = models.BooleanField(default=False, help_text=_("May later become part of a registered project."))
    pooling_zh = models.CharField(
        _("why or why not (Chinese)"), max_length=300, blank=True, help_text=_("Shown to citizens.")
    )
    pooling_en = models.CharField(
        _("why or why not (English)"), max_length=300, blank=True, help_text=_("Shown to citizens.")
    )

    class Meta:
        ordering = ["position", "code"]
        verbose_name, verbose_name_plural = _("scenario"), _("scenarios")
        constraints = [
            models.CheckConstraint(
                condition=Q(poolable=True) | ~Q(pooling_zh="") & ~Q(pooling_en=""),
                name="scenario_not_poolable_says_why",
            )
        ]

    @property
    def pooling(self) -> str:
        """Whether a reduction here can become part of a project, and why not, in the reader's language."""
        return self.pooling_en if (get_language() or "").startswith("en") else self.pooling_zh


class Factor(models.Model):
    """An emission factor as somebody published it: a value with its unit, region, year and source.

    A draft can be changed; once published it never changes. A newer value is another factor that supersedes this one.
    Who wrote a draft does not publish it.
    Regions are hierarchical: `CN`, `CN-SC` (a province), `CN-SC-CHENGDU` (a city).
    """

    class Kind(models.TextChoices):
        GRID = "grid", _("electricity grid")
        MODE = "mode", _("way of travel")
        BASELINE = "baseline", _("baseline")
        GOODS = "goods", _("goods and materials")
        BEHAVIOUR = "behaviour", _("behaviour")
        SPEND = "spend", _("spending")

    class Status(models.TextChoices):
        PROVISIONAL = "provisional", _("provisional")
        FINAL = "final", _("final")

    class Provenance(models.TextChoices):
        """How well the value is known, as in docs/methodologies.md."""

        CONFIRMED = "C", _("[C] a public page says so")
        REPOSITORY = "C-g", _("[C-g] read in a public repository only")
        DERIVED = "D", _("[D] derived by arithmetic from published figures")
        OFFICIAL = "O", _("[O] read in the official document itself")

    code = models.SlugField(
        _("code"), help_text=_("What it measures, the same for all regions and years: grid, bus, car-fuel.")
    )
    kind = models.CharField(_("kind"), max_length=9, choices=Kind.choices)
    region = models.CharField(
        _("region"), max_length=32, help_text=_("CN, CN-SC (a province), CN-SC-CHENGDU (a city).")
    )
    year = models.PositiveSmallIntegerField(_("year"), help_text=_("The year that the value describes."))
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=9)
    low = models.DecimalField(_("low"), max_digits=18, decimal_places=9, null=True, blank=True)
    high = models.DecimalField(_("high"), max_digits=18, decimal_places=9, null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=12, choices=[(unit, unit) for unit in UNITS])
    status = models.CharField(_("status"), max_length=11, choices=Status.choices)
    provenance = models.CharField(_("provenance"), max_length=3, choices=Provenance.choices)
    demo = models.BooleanField(
        _("DEMO"), default=False, help_text=_("To be replaced by the city's own before anything is issued.")
    )
    source = models.TextField(_("source"))
    best_before = models.DateField(
        _("best before"), help_text=_("After this day it should have been replaced by a newer one.")
    )
    supersedes = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="superseded_by",
        help_text=_("The value before."),
        verbose_name=_("supersedes"),
    )
    author = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("author")
    )
    publisher = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("publisher")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["code", "region", "-year"]
        verbose_name, verbose_name_plural = _("factor"), _("factors")
        permissions = [("publish_factor", "Can publish factors written by others")]
        constraints = [
            models.CheckConstraint(
                condition=Q(author__isnull=True) | Q(publisher__isnull=True) | ~Q(author=F("publisher")),
                name="factor_published_by_another",
            ),
            models.UniqueConstraint(fields=["code", "region", "year", "status"], name="one_factor_per_region_and_year"),
            models.CheckConstraint(
                condition=Q(value__gte=0)
                & (Q(low__isnull=True, high__isnull=True) | Q(low__gte=0, low__lte=F("value"), high__gte=F("value"))),
                name="factor_between_low_and_high",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.region} {self.year} = {Decimal(self.value).normalize():f} {self.unit}"


class RuleSetting(models.Model):
    """A rule that judges a scenario's activities, and its settings (activities/integrity)."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="rules")
    rule = models.SlugField()
    settings = models.JSONField(default=dict, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["scenario", "rule"]
        constraints = [models.UniqueConstraint(fields=["scenario", "rule"], name="one_setting_per_scenario_and_rule")]

    def __str__(self) -> str:
        return self.rule


class Methodology(models.Model):
    """A version of how a scenario is quantified: a family of formulas and its parameters, from an instant on.

    It goes from draft to submitted, approved by a second person, published, superseded. In force at an instant is
    the one of the highest `layer` whose validity holds it: a version that corrects another stands one layer above.
    `factors` says which parameters came from which factor (`methodologies.factors`). Once published it never changes;
    its end is set when the next version begins.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("superseded")

    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="methodologies", verbose_name=_("scenario"))
    version = models.PositiveIntegerField(_("version"))
    family = models.SlugField(_("family"))
    parameters = models.JSONField(_("parameters"))
    factors = models.JSONField(_("factors"), default=dict, blank=True)
    region = models.CharField(
        _("region"), max_length=32, default="CN", help_text=_("Where it may be used: CN, CN-SC, CN-SC-CHENGDU.")
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(
        _("valid until"), null=True, blank=True, help_text=_("Not included; empty until the next version.")
    )
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="corrections",
        help_text=_("A version that was wrong."),
        verbose_name=_("corrects"),
    )
    layer = models.PositiveSmallIntegerField(_("layer"), default=0, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False)
    source = models.TextField(_("source"), help_text=_("The document and the place of every number."))
    conservativeness = models.TextField(
        _("conservativeness"),
        blank=True,
        help_text=_("Why the numbers are rather too low than too high, and what is left out."),
    )
    author = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("author")
    )
    approver = models.ForeignKey(
        User, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("approver")
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["scenario", "-version"]
        verbose_name, verbose_name_plural = _("methodology version"), _("methodologies")
        permissions = [
            ("submit_methodology", "Can submit methodology drafts"),
            ("approve_methodology", "Can approve methodology versions of others"),
            ("publish_methodology", "Can publish approved methodology versions"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["scenario", "version"], name="one_methodology_per_version"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "approved"], published_at__isnull=True)
                | Q(state__in=["published", "superseded"], published_at__isnull=False),
                name="published_methodology_has_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted"], approver__isnull=True)
                | Q(state__in=["approved", "published", "superseded"], approver__isnull=False, author__isnull=False)
                & ~Q(approver=F("author")),
                name="methodology_approved_by_another",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="methodology_ends_after_start",
                violation_error_message=_("The end of the validity must come after its start."),
            ),
            models.CheckConstraint(
                condition=~Q(state="superseded") | Q(valid_until__isnull=False), name="superseded_methodology_has_end"
            ),
            models.CheckConstraint(
                condition=Q(corrects__isnull=True, layer=0) | Q(corrects__isnull=False, layer__gte=1),
                name="methodology_layer_by_correction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scenario.code} v{self.version}"


class MethodologyStep(models.Model):
    """What was done with a version, by whom and when. Append-only."""

    class Step(models.TextChoices):
        WRITTEN = "written", _("written")
        SUBMITTED = "submitted", _("submitted")
        RETURNED = "returned", _("returned to draft")
        APPROVED = "approved", _("approved")
        PUBLISHED = "published", _("published")
        SUPERSEDED = "superseded", _("superseded")

    methodology = models.ForeignKey(Methodology, models.CASCADE, related_name="steps", verbose_name=_("methodology"))
    step = models.CharField(_("step"), max_length=10, choices=Step.choices)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    note = models.CharField(_("note"), max_length=500, blank=True)
    created_at = models.DateTimeField(_("at"), auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.methodology} {self.step}"


class PointsRate(models.Model):
    """How many milligrams earn one point, from an instant on. Append-only."""

    mg_per_point = models.PositiveIntegerField()
    valid_from = models.DateTimeField(unique=True)

    class Meta:
        ordering = ["-valid_from"]
        verbose_name, verbose_name_plural = _("points rate"), _("points rates")
        constraints = [models.CheckConstraint(condition=Q(mg_per_point__gt=0), name="rate_positive")]

    def __str__(self) -> str:
        return f"{self.mg_per_point} mg/point"


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
        return f"{self.partner.code} {self.number}"


class Supervision(models.Model):
    """When a partner's deliveries are stopped by themselves, and whether they are.

    Shares are per cent of the last `window_days`; an empty threshold is not looked at.
    """

    partner = models.OneToOneField(Partner, models.CASCADE, related_name="supervision")
    window_days = models.PositiveSmallIntegerField(default=7)
    rows_min = models.PositiveIntegerField(default=200, help_text=_("Below so many rows nothing is concluded."))
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
        return self.partner.code


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

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    feed = models.ForeignKey(Feed, models.PROTECT, related_name="deliveries")
    door = models.CharField(max_length=8, choices=Door.choices)
    external_id = models.CharField(max_length=128, help_text=_("The webhook's id, the file's name, or the page."))
    content_sha256 = models.BinaryField(max_length=32)
    size_bytes = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.RECEIVED)
    rows_done = models.PositiveBigIntegerField(default=0, help_text=_("Where a run that died goes on."))
    counts = models.JSONField(default=dict)
    refusal = models.JSONField(null=True, help_text=_("Why the whole body was refused."))
    sent_at = models.DateTimeField(
        null=True, help_text=_("When the partner made it, where it says; of two tellings of an event the later counts.")
    )
    received_at = models.DateTimeField(auto_now_add=True)
    digested_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = _("deliveries")
        indexes = [models.Index(fields=["feed", "received_at"], name="delivery_of_feed")]
        constraints = [
            models.UniqueConstraint(
                fields=["feed", "external_id"], condition=Q(door="webhook"), name="one_delivery_per_webhook_id"
            ),
            models.UniqueConstraint(
                fields=["feed", "external_id"], condition=Q(door="store"), name="one_delivery_per_stored_object"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.feed.code} {self.door} {timezone.localtime(self.received_at):%Y-%m-%d %H:%M}"


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
    code = models.SlugField()
    field = models.CharField(max_length=80)
    detail = models.CharField(max_length=300)
    content_encrypted = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    content = Encrypted("content_encrypted")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "line"], name="one_quarantined_row_per_line")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"


class Activity(models.Model):
    """One thing a citizen did, as it is understood now, with the verdict on it."""

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
    payer = models.BigIntegerField(null=True, help_text=_("Keyed digest of what it was paid with."))
    device = models.BigIntegerField(null=True, help_text=_("Keyed digest of the device that reported it."))
    traits = models.JSONField(
        null=True, help_text=_("Measures derived from a track or a step profile; never the track itself.")
    )
    decision = models.CharField(
        max_length=8, choices=Status.choices, null=True, help_text=_("What a person decided, whatever the rules say.")
    )
    status = models.CharField(max_length=8, choices=Status.choices)
    reason = models.SlugField(blank=True, help_text=_("The rule that decided against it."))
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
        return f"{self.scenario.code} {self.city_day} {self.status}"


class Event(models.Model):
    """A partner's record, identified by (partner, external id). One or two of them make an activity."""

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
        constraints = [models.UniqueConstraint(fields=["key", "citizen_id"], name="one_event_per_partner_and_id")]

    def __str__(self) -> str:
        return str(self.key)


class Cancellation(models.Model):
    """The partner took an event back. Kept, since the event may come later."""

    key = models.UUIDField(primary_key=True)
    revision = models.BigIntegerField(help_text=_("It beats what was told with a revision up to this one."))
    created_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.key)


class Finding(models.Model):
    """What a rule found about an activity, with its evidence."""

    id = models.BigAutoField(primary_key=True)
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    rule = models.SlugField()
    verdict = models.CharField(max_length=8, choices=Activity.Status.choices)
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["activity_id"], name="finding_of_activity")]

    def __str__(self) -> str:
        return f"{self.rule}: {self.verdict}"


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


class Campaign(Bilingual):
    """More points for a while: activities of its days are paid a bonus on top, from the campaign's own programme.

    Once published it does not change; it can be stopped.
    """

    code = models.SlugField(_("code"), unique=True)
    programme = models.OneToOneField(
        Programme,
        models.PROTECT,
        related_name="campaign",
        verbose_name=_("programme"),
        help_text=_("Its points are the campaign's budget."),
    )
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    scenarios = models.ManyToManyField(
        Scenario, blank=True, related_name="+", verbose_name=_("scenarios"), help_text=_("None chosen: all.")
    )
    districts = models.ManyToManyField(
        District, blank=True, related_name="+", verbose_name=_("districts"), help_text=_("None chosen: all citizens.")
    )
    multiplier_percent = models.PositiveSmallIntegerField(
        _("multiplier (%)"), help_text=_("150 pays half as many points again, rounded down for each activity.")
    )
    citizen_day_max_points = models.PositiveIntegerField(_("most a citizen and day"), null=True, blank=True)
    citizen_max_points = models.PositiveIntegerField(_("most a citizen"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)

    class Meta:
        ordering = ["-first_day", "code"]
        verbose_name, verbose_name_plural = _("campaign"), _("campaigns")
        constraints = [
            models.CheckConstraint(condition=Q(first_day__lte=F("last_day")), name="campaign_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(multiplier_percent__range=(101, 1000)), name="campaign_multiplies"),
            models.CheckConstraint(condition=~Q(programme=PROGRAMME), name="campaign_has_its_own_programme"),
        ]


class CampaignAward(models.Model):
    """The bonus of a campaign on one credit, or its reversal (points below zero). Append-only.

    `id` is the BONUS transfer's, or the claw back's; `reduction_id` is the row that it came with.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="awards")
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    generation = models.PositiveSmallIntegerField()
    reduction_id = models.UUIDField()
    city_day = models.DateField()
    points = models.BigIntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["citizen_id", "campaign", "city_day"], name="campaign_award_of_citizen")]
        constraints = [
            models.UniqueConstraint(fields=["reduction_id", "campaign"], name="one_campaign_award_per_reduction"),
            models.CheckConstraint(condition=~Q(points=0), name="campaign_award_has_points"),
        ]

    def __str__(self) -> str:
        return f"{self.points}"


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

    id = models.BigAutoField(primary_key=True)
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
            models.UniqueConstraint(fields=["citizen_id", "city_day", "scenario"], name="one_daily_total"),
            models.CheckConstraint(
                condition=Q(reduction_mg__gte=0, activities__gte=0, distance_m__gte=0), name="daily_total_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.city_day} {self.reduction_mg} mg"


class Replay(models.Model):
    """A run of versions over a past period, asked for in the admin, with its result (see methodologies.replay)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    versions = models.ManyToManyField(Methodology, related_name="replays", verbose_name=_("versions"))
    first = models.DateField(_("from"), help_text=_("First city day."))
    last = models.DateField(_("until"), help_text=_("Last city day, included."))
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING, editable=False)
    expected = models.PositiveBigIntegerField(_("expected"), default=0, editable=False)
    done = models.PositiveBigIntegerField(_("done"), default=0, editable=False)
    result = models.JSONField(_("result"), null=True, editable=False)
    failure = models.CharField(_("failure"), max_length=500, blank=True, editable=False)
    requested_by = models.ForeignKey(User, models.PROTECT, editable=False, related_name="+", verbose_name=_("asked by"))
    created_at = models.DateTimeField(_("asked at"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("replay"), _("replays")
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="replay_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.first} – {self.last}"


class Restatement(models.Model):
    """A decision to book a period anew by the version that corrects a wrong one; approved by a second person.

    Its rows are those of cause `restated`: reversals of `before`, credits of `after`, within the days.
    """

    class State(models.TextChoices):
        REQUESTED = "requested", _("requested")
        REFUSED = "refused", _("refused")
        APPROVED = "approved", _("approved, running")
        DONE = "done", _("done")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    before = models.ForeignKey(
        Methodology, models.PROTECT, related_name="+", editable=False, verbose_name=_("wrong version")
    )
    after = models.ForeignKey(
        Methodology, models.PROTECT, related_name="restatements", verbose_name=_("correcting version")
    )
    first = models.DateField(_("from"), help_text=_("First city day."))
    last = models.DateField(_("until"), help_text=_("Last city day, included."))
    reason = models.TextField(
        _("reason"), help_text=_("What was wrong, in words that citizens read beside their entries.")
    )
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.REQUESTED, editable=False)
    requested_by = models.ForeignKey(
        User, models.PROTECT, related_name="+", editable=False, verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", editable=False, verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)
    citizen_id = models.UUIDField(null=True, editable=False, help_text=_("Where a run that died goes on."))
    citizens = models.PositiveBigIntegerField(_("citizens"), default=0, editable=False)
    restated = models.PositiveBigIntegerField(_("reductions restated"), default=0, editable=False)
    held = models.PositiveBigIntegerField(_("of them held"), default=0, editable=False)
    reduction_mg = models.BigIntegerField(_("change (mg)"), default=0, editable=False)
    points = models.BigIntegerField(_("change in points"), default=0, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, editable=False)

    class Meta:
        ordering = ["-id"]
        verbose_name, verbose_name_plural = _("restatement"), _("restatements")
        permissions = [("approve_restatement", "Can approve restatements of others")]
        constraints = [
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="restatement_ends_after_start"),
            models.CheckConstraint(
                condition=Q(state="requested", decided_by__isnull=True)
                | (~Q(state="requested") & Q(decided_by__isnull=False) & ~Q(decided_by=F("requested_by"))),
                name="restatement_decided_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}, {self.first} – {self.last}"


class Instrument(models.Model):
    """That a citizen has used a card or a device, by its keyed digest: how many share it is what rules ask."""

    class Kind(models.TextChoices):
        PAYER = "payer", _("card or payee")
        DEVICE = "device", _("device")

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


class HeldActivity(Activity):
    """An activity that waits for a person: the review queue's own view of the table."""

    class Meta:
        proxy = True
        verbose_name = _("activity to review")
        verbose_name_plural = _("review queue")


class Decision(models.Model):
    """A person's word on an activity. It stands above the rules; the latest counts. Append-only."""

    class Kind(models.TextChoices):
        REVIEW = "review", _("review")
        APPEAL = "appeal", _("appeal")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    verdict = models.CharField(max_length=8, choices=Activity.Status.choices)
    overruled = models.SlugField(blank=True, help_text=_("The rule that had decided otherwise."))
    note = models.CharField(max_length=500, help_text=_("What the citizen is told."))
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [
            models.Index(fields=["citizen_id", "activity_id"], name="decision_of_activity"),
            models.Index(fields=["created_at"], name="decision_of_time"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(verdict="held") & ~Q(note=""), name="decision_decides_and_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.verdict}"


class Appeal(models.Model):
    """A citizen's objection to a verdict: once for an activity, answered by a decision."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    against = models.CharField(max_length=8, choices=Activity.Status.choices, help_text=_("The verdict of then."))
    reason = models.SlugField(help_text=_("The rule that had decided it."))
    text_encrypted = models.TextField(editable=False)
    decision = models.OneToOneField(Decision, models.PROTECT, null=True, related_name="appeal")
    created_at = models.DateTimeField(db_default=Now())

    text = Encrypted("text_encrypted")

    class Meta:
        ordering = ["created_at"]
        indexes = [models.Index(fields=["created_at"], condition=Q(decision=None), name="open_appeals")]
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "activity_id"], name="one_appeal_per_activity"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.created_at:%Y-%m-%d}"


class Question(models.Model):
    """What staff want to know of the citizen before they decide on a held activity; one open at a time."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    activity_id = models.UUIDField()
    question = models.CharField(max_length=500)
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    answer_encrypted = models.TextField(blank=True, editable=False)
    answered_at = models.DateTimeField(null=True)

    answer = Encrypted("answer_encrypted")

    class Meta:
        ordering = ["asked_at"]
        indexes = [models.Index(fields=["citizen_id", "activity_id"], name="question_of_activity")]
        constraints = [
            models.UniqueConstraint(
                fields=["citizen_id", "activity_id"], condition=Q(answered_at=None), name="one_open_question"
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer_encrypted="")
                | (Q(answered_at__isnull=False) & ~Q(answer_encrypted="")),
                name="answered_question_has_answer",
            ),
        ]

    def __str__(self) -> str:
        return self.question
