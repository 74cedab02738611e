"""What a person asked for: a copy of the own data, or to go."""

from django.db import models
from django.db.models import Q

from accounts.models.people import Citizen
from config.identifiers import new_id


class Export(models.Model):
    """A copy of everything held about a citizen, made by the worker and kept for a few days."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="exports")
    percent = models.PositiveSmallIntegerField(default=0)
    path = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["citizen"], condition=Q(ready_at__isnull=True), name="one_export_in_the_making"
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.created_at:%Y-%m-%d}"


class Departure(models.Model):
    """A citizen wants the account deleted; until `due_at` they can change their mind."""

    citizen = models.OneToOneField(Citizen, models.CASCADE, primary_key=True, related_name="departure")
    asked_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="departure_due")]

    def __str__(self) -> str:
        return f"leaves on {self.due_at:%Y-%m-%d}"
