"""Friends, teams, companies and schools."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Citizen
from config.identifiers import new_id


class Group(models.Model):
    """People who compare and do things together: those who know each other, or those of a company or school."""

    class Kind(models.TextChoices):
        FRIENDS = "friends", _("friends and family")
        TEAM = "team", _("team")
        COMPANY = "company", _("company")
        SCHOOL = "school", _("school")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=7, choices=Kind.choices)
    name = models.CharField(max_length=30)
    code = models.CharField(max_length=8, unique=True, null=True, help_text=_("Lets people in by typing; empty: off."))
    reported_at = models.DateTimeField(null=True, help_text=_("A member finds the name unfit."))
    created_at = models.DateTimeField(auto_now_add=True)

    CLOSE = (Kind.FRIENDS, Kind.TEAM)

    def __str__(self) -> str:
        return self.name

    @property
    def is_close(self) -> bool:
        """Whether its members see each other by nickname. Not in a company or school: an employer could ask."""
        return self.kind in self.CLOSE


class Membership(models.Model):
    """Somebody in a group. Its id is the member's number: all that a company or school knows one by."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        KEEPER = "keeper", _("keeper: invites and removes people")
        MEMBER = "member", _("member")

    group = models.ForeignKey(Group, models.CASCADE, related_name="memberships")
    citizen = models.ForeignKey(Citizen, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=6, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "citizen"], name="one_membership_per_person"),
            models.UniqueConstraint(fields=["group"], condition=Q(role="owner"), name="one_owner_per_group"),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.get_role_display()}"

    @property
    def may_manage(self) -> bool:
        return self.role in {self.Role.OWNER, self.Role.KEEPER}


class Invite(models.Model):
    """A link that lets people into a group until it expires or is taken back; the token itself is not kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    group = models.ForeignKey(Group, models.CASCADE, related_name="invites")
    token_digest = models.BinaryField(max_length=16, unique=True)
    made_by = models.ForeignKey(Citizen, models.CASCADE)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"invite to {self.group}"
