"""Organisations that report activities, and what citizens agreed to."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models.people import Bilingual
from config.identifiers import new_id
from config.languages import in_readers_language
from config.secrecy import Encrypted


class Partner(Bilingual):
    """An organisation whose accounts citizens link: an OpenID Connect issuer that reports activities."""

    class Kind(models.TextChoices):
        BIKE = "bike", _("bike-share")
        TRANSIT = "transit", _("public transport")
        BANK = "bank", _("bank card")
        HEALTH = "health", _("steps")

    code = models.SlugField(unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    active = models.BooleanField(default=True, help_text=_("Whether it can be linked and may deliver."))
    issuer_url = models.URLField(blank=True, help_text=_("OpenID Connect issuer; empty where there is no linking."))
    client_id = models.CharField(max_length=191, blank=True)
    client_secret_encrypted = models.TextField(blank=True, editable=False)
    scope = models.CharField(max_length=200, default="openid")

    client_secret = Encrypted("client_secret_encrypted")

    class Meta:
        ordering = ["code"]

    @property
    def linkable(self) -> bool:
        return self.active and bool(self.issuer_url)


class ConsentText(models.Model):
    """What a citizen is asked: one text per partner and version, never changed once it was agreed to."""

    partner = models.ForeignKey(Partner, models.PROTECT, related_name="consent_texts")
    version = models.PositiveIntegerField()
    reads_zh = models.TextField(_("what is read (Chinese)"))
    reads_en = models.TextField(_("what is read (English)"))
    purpose_zh = models.TextField(_("why (Chinese)"))
    purpose_en = models.TextField(_("why (English)"))
    retention_zh = models.TextField(_("for how long (Chinese)"))
    retention_en = models.TextField(_("for how long (English)"))
    published_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["partner", "-version"]
        constraints = [models.UniqueConstraint(fields=["partner", "version"], name="one_consent_text_per_version")]

    def __str__(self) -> str:
        return f"{self.partner} v{self.version}"

    def read(self, part: str) -> str:
        """`reads`, `purpose` or `retention` in the reader's language."""
        return in_readers_language(getattr(self, f"{part}_zh"), getattr(self, f"{part}_en"))

    @property
    def reads(self) -> str:
        return self.read("reads")

    @property
    def purpose(self) -> str:
        return self.read("purpose")

    @property
    def retention(self) -> str:
        return self.read("retention")


class Consent(models.Model):
    """One step in the history of a consent: given or withdrawn. Append-only."""

    class Step(models.TextChoices):
        GIVEN = "given", pgettext_lazy("consent", "given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Channel(models.TextChoices):
        WEB = "web", _("web")
        APP = "app", _("app")
        STAFF = "staff", _("staff")
        SANDBOX = "sandbox", _("sandbox")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    text = models.ForeignKey(ConsentText, models.PROTECT)
    step = models.CharField(max_length=9, choices=Step.choices)
    channel = models.CharField(max_length=7, choices=Channel.choices)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["citizen_id", "created_at"], name="consent_of_citizen")]

    def __str__(self) -> str:
        return f"{self.text} {self.get_step_display()}"
