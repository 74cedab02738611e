"""Which partner accounts are a citizen's: links, their tokens, and what is still to be revoked.

A partner's own id of a person (the subject) is stored twice, never in clear: as a keyed digest, by which
deliveries find the link, and encrypted.
"""

import secrets
from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen, Consent, Partner
from config import secrecy
from config.identifiers import new_id
from config.secrecy import Encrypted


def digest_subject(partner_code: str, subject: str) -> bytes:
    """The 16-byte key under which a partner's subject is found."""
    return secrecy.digest("subject", partner_code, subject)


class Link(models.Model):
    """A partner account of a citizen. Ended links stay as history; only one is live."""

    class End(models.TextChoices):
        CITIZEN = "citizen", _("by the citizen")
        PARTNER = "partner", _("by the partner")
        STAFF = "staff", _("by staff")
        ERASED = "erased", _("account erased")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen = models.ForeignKey(Citizen, models.PROTECT, related_name="links")
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="links")
    subject_digest = models.BinaryField(max_length=16)
    subject_encrypted = models.TextField(editable=False)
    hint = models.CharField(max_length=12, help_text=_("The end of the partner account's id, to recognise it by."))
    consent = models.ForeignKey(Consent, models.PROTECT)
    reads_from = models.DateTimeField(help_text=_("Activities that began earlier are not taken in."))
    linked_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=8, choices=End.choices, blank=True)
    renewal_needed = models.BooleanField(default=False, help_text=_("The partner withdrew its grant."))

    subject = Encrypted("subject_encrypted")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["partner", "subject_digest"],
                condition=Q(ended_at__isnull=True),
                name="one_live_link_per_partner_account",
            ),
            models.UniqueConstraint(
                fields=["citizen", "partner"],
                condition=Q(ended_at__isnull=True),
                name="one_live_link_per_citizen_and_partner",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="ended_link_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner} …{self.hint}"


class Grant(models.Model):
    """The tokens a partner gave us for a link, encrypted; deleted when the link ends."""

    link = models.OneToOneField(Link, models.CASCADE, related_name="grant")
    access_encrypted = models.TextField(blank=True, editable=False)
    refresh_encrypted = models.TextField(blank=True, editable=False)
    expires_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)

    access_token = Encrypted("access_encrypted")
    refresh_token = Encrypted("refresh_encrypted")

    def __str__(self) -> str:
        return f"grant of {self.link_id}"


class Revocation(models.Model):
    """Outbox: a token still to be revoked at the partner."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT)
    token_encrypted = models.TextField(editable=False)
    hint = models.CharField(max_length=13)
    reason = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True)

    token = Encrypted("token_encrypted")

    class Meta:
        indexes = [models.Index(fields=["created_at"], condition=Q(done_at__isnull=True), name="revocation_due")]

    def __str__(self) -> str:
        return f"{self.partner} …{self.hint}"


def new_ticket() -> str:
    return secrets.token_urlsafe(32)


class Ticket(models.Model):
    """Carries "this citizen may link this partner" from the app into the system browser, and the result back."""

    LIFE = timedelta(minutes=10)

    ticket = models.CharField(max_length=64, unique=True, default=new_ticket)
    citizen = models.ForeignKey(Citizen, models.CASCADE)
    partner = models.ForeignKey(Partner, models.CASCADE)
    consent = models.ForeignKey(Consent, models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=64, null=True, unique=True)
    result_encrypted = models.TextField(blank=True, editable=False)
    completed_at = models.DateTimeField(null=True)

    result = Encrypted("result_encrypted")

    def __str__(self) -> str:
        return f"ticket for {self.partner.code}"

    @property
    def alive(self) -> bool:
        return self.created_at > timezone.now() - self.LIFE
