"""What citizens are told: notices, what is still to be sent of them, and how each citizen wants to be told."""

from datetime import time

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id
from config.secrecy import Encrypted


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    PUSH = "push", _("push")


class Notice(models.Model):
    """Something a citizen is told, once: `key` names the event. The words are made when it is read."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField()
    kind = models.SlugField()
    key = models.CharField(max_length=120)
    facts = models.JSONField(default=dict, help_text=_("What the words are filled with."))
    created_at = models.DateTimeField(db_default=Now())
    spread_at = models.DateTimeField(null=True, help_text=_("When it went to the outbox."))
    read_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["citizen_id", "-created_at"], name="notice_of_citizen"),
            models.Index(fields=["citizen_id"], condition=Q(read_at__isnull=True), name="notice_unread"),
            models.Index(fields=["created_at"], condition=Q(spread_at__isnull=True), name="notice_not_spread"),
        ]
        constraints = [models.UniqueConstraint(fields=["citizen_id", "key"], name="one_notice_per_event")]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Dispatch(models.Model):
    """Outbox: a notice still to be sent by a channel. Claimed before it is sent, so that a run may die."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="dispatches")
    citizen_id = models.UUIDField()
    channel = models.CharField(max_length=5, choices=Channel.choices)
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    sent = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("dispatches")
        indexes = [
            models.Index(fields=["channel", "due_at"], condition=Q(closed_at__isnull=True), name="dispatch_due"),
            models.Index(
                fields=["citizen_id", "channel"], condition=Q(closed_at__isnull=True), name="dispatch_of_citizen"
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="one_dispatch_per_channel")]

    def __str__(self) -> str:
        return f"{self.channel} {self.notice_id}"


class Wish(models.Model):
    """Whether a citizen wants a kind of notice by a channel; where there is none, the kind's own default holds."""

    citizen_id = models.UUIDField()
    kind = models.SlugField()
    channel = models.CharField(max_length=5, choices=Channel.choices)
    wanted = models.BooleanField()

    class Meta:
        verbose_name_plural = _("wishes")
        constraints = [models.UniqueConstraint(fields=["citizen_id", "kind", "channel"], name="one_wish_per_channel")]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel}: {self.wanted}"


class Manner(models.Model):
    """When a citizen is told."""

    citizen_id = models.UUIDField(primary_key=True)
    quiet_from = models.TimeField(default=time(22))
    quiet_to = models.TimeField(default=time(7, 30))
    mailed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.quiet_from:%H:%M} - {self.quiet_to:%H:%M}"


class Subscription(models.Model):
    """A browser that takes push messages; its address and keys are encrypted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen_id = models.UUIDField(db_index=True)
    endpoint_digest = models.BinaryField(max_length=16, unique=True)
    content_encrypted = models.TextField(editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    content = Encrypted("content_encrypted")

    def __str__(self) -> str:
        return str(self.pk)


class Mark(models.Model):
    """Up to where a source has been read."""

    source = models.SlugField(primary_key=True)
    read_to = models.DateTimeField()

    def __str__(self) -> str:
        return self.source
