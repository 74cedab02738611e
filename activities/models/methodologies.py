"""How scenarios are quantified: factors, versions, and what is tried or corrected with them."""

from decimal import Decimal

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.scenarios import Scenario
from config.identifiers import new_id
from config.languages import in_readers_language

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
    source_zh = models.TextField(_("source (Chinese)"))
    source_en = models.TextField(_("source (English)"))
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

    @property
    def source(self) -> str:
        """The source in the reader's language."""
        return in_readers_language(self.source_zh, self.source_en)


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
    source_zh = models.TextField(_("source (Chinese)"), help_text=_("The document and the place of every number."))
    source_en = models.TextField(_("source (English)"), help_text=_("The document and the place of every number."))
    conservativeness_zh = models.TextField(
        _("conservativeness (Chinese)"),
        blank=True,
        help_text=_("Why the numbers are rather too low than too high, and what is left out."),
    )
    conservativeness_en = models.TextField(
        _("conservativeness (English)"),
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
        return f"{self.scenario} v{self.version}"

    @property
    def reference(self) -> str:
        """What machines call it, the same in every language: `shared-bike v1`."""
        return f"{self.scenario.code} v{self.version}"

    @property
    def source(self) -> str:
        """The source in the reader's language."""
        return in_readers_language(self.source_zh, self.source_en)

    @property
    def conservativeness(self) -> str:
        """Why the numbers are rather too low, in the reader's language; empty where nothing is said."""
        return in_readers_language(self.conservativeness_zh, self.conservativeness_en)


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
        return f"{self.methodology} {self.get_step_display()}"


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
    reason_zh = models.TextField(
        _("reason (Chinese)"), help_text=_("What was wrong, in words that citizens read beside their entries.")
    )
    reason_en = models.TextField(
        _("reason (English)"), help_text=_("What was wrong, in words that citizens read beside their entries.")
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

    @property
    def reason(self) -> str:
        """What was wrong, in the reader's language."""
        return in_readers_language(self.reason_zh, self.reason_en)
