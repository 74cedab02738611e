"""What people say about activities: decisions, questions and appeals."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.models.activities import Activity
from config.identifiers import new_id
from config.secrecy import Encrypted


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
        return f"{self.get_kind_display()}: {self.get_verdict_display()}"


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
        verbose_name, verbose_name_plural = _("appeal"), _("appeals")
        indexes = [models.Index(fields=["created_at"], condition=Q(decision=None), name="open_appeals")]
        constraints = [
            models.UniqueConstraint(fields=["citizen_id", "activity_id"], name="one_appeal_per_activity"),
        ]

    def __str__(self) -> str:
        return _("appeal of %(day)s") % {"day": f"{self.created_at:%Y-%m-%d}"}


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
