"""Groups of citizens: founding, letting in by link or code, roles, leaving.

Joining is consent to what the page says: friends and teams see each other's nickname and reductions; in a company or
school members are numbers, to its keepers too. Whoever is not a member learns nothing about a group, not even that it
exists (`membership()` is the only way to one).
"""

import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import citizens, names
from accounts.models import Citizen, Group, Invite, Membership
from config import secrecy
from config.limits import HOUR_S, Limit
from config.problems import Problem

NAME_MAX = 30
GROUPS_MAX = 20
MEMBERS_MAX = {Group.Kind.FRIENDS: 50, Group.Kind.TEAM: 200, Group.Kind.COMPANY: 5000, Group.Kind.SCHOOL: 5000}
INVITE_DAYS, INVITES_MAX = 14, 20
COMING = Limit("groups", 30, HOUR_S)
CODE_LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"
"""No letter that looks like another."""


class NoGroup(Problem):
    status, code, title = 404, "no_group", _("There is no such group.")


class GroupNameUnfit(Problem):
    code = "group_name_unfit"
    title = _("A group's name has 2 to 30 letters, digits, spaces or . · - _, at least one of them a letter or digit.")


class NoMember(Problem):
    status, code, title = 404, "no_member", _("Nobody in this group has that number any more.")


class InviteGone(Problem):
    status, code, title = 404, "invite_gone", _("This invitation is not valid any more. Ask for a new one.")


class GroupFull(Problem):
    status, code, title = 409, "group_full", _("This group has as many members as it can have.")


class TooManyGroups(Problem):
    status, code, title = 409, "too_many_groups", _("You are in as many groups as one can be in. Leave one first.")


class NotAllowed(Problem):
    status, code, title = 403, "group_role_needed", _("Only the owner, or a keeper, of the group may do that.")


class OwnerMustHandOver(Problem):
    status, code, title = 409, "owner_must_hand_over", _("Hand the group over to somebody else first.")


def membership(citizen: Citizen, group_id: UUID) -> Membership:
    """The citizen's place in a group; raises NoGroup for strangers. The one place that decides who gets in."""
    own = Membership.objects.filter(citizen=citizen, group_id=group_id).select_related("group").first()
    if own is None:
        raise NoGroup
    return own


def memberships(citizen: Citizen) -> QuerySet[Membership]:
    """All groups the citizen is in, oldest first."""
    return Membership.objects.filter(citizen=citizen).select_related("group").order_by("joined_at", "pk")


def member_ids(group: Group) -> list[UUID]:
    return list(group.memberships.values_list("citizen_id", flat=True))


def listed(own: Membership) -> QuerySet[Membership] | None:
    """Whom the member sees, the longest members first; None where nobody is shown.

    In a company or school its keepers see those who have a role, to give and take it by number; nobody sees the rest.
    """
    members = own.group.memberships.order_by("joined_at", "pk")
    if own.group.is_close:
        return members.select_related("citizen")
    return members.exclude(role=Membership.Role.MEMBER) if own.may_manage else None


def found(citizen: Citizen, kind: str, name: str) -> Membership:
    """A new group with the citizen as its owner. Raises GroupNameUnfit, NameBlocked or what joining raises."""
    COMING.count(citizen.pk)
    with transaction.atomic():
        citizen = _require_room(citizen)
        group = Group.objects.create(kind=kind, name=clean_name(name))
        return Membership.objects.create(group=group, citizen=citizen, role=Membership.Role.OWNER)


def clean_name(text: str) -> str:
    name = names.tidy(text)
    if not names.fits(name, NAME_MAX):
        raise GroupNameUnfit
    return names.require_decent(name)


def rename(own: Membership, name: str) -> None:
    require_manager(own)
    Group.objects.filter(pk=own.group_id).update(name=clean_name(name), reported_at=None)


def report_name(own: Membership) -> None:
    """A member finds the name unfit: the city desk looks at it."""
    Group.objects.filter(pk=own.group_id, reported_at=None).update(reported_at=timezone.now())


def take_name(group: Group) -> None:
    """The city desk takes an unfit name away."""
    neutral = gettext("Group %(number)s") % {"number": str(group.pk)[-4:].upper()}
    Group.objects.filter(pk=group.pk).update(name=neutral, reported_at=None)


def invite(own: Membership) -> str:
    """A new invitation's token: told once, kept as a digest only. Any member of friends and teams may invite."""
    COMING.count(own.citizen_id)
    if not own.group.is_close:
        require_manager(own)
    if live_invites(own.group).count() >= INVITES_MAX:
        raise NotAllowed(_("There are too many open invitations. Take some back first."))
    token = secrets.token_urlsafe(24)
    expires_at = timezone.now() + timedelta(days=INVITE_DAYS)
    Invite.objects.create(group=own.group, made_by=own.citizen, token_digest=_digest(token), expires_at=expires_at)
    return token


def live_invites(group: Group) -> QuerySet[Invite]:
    return group.invites.filter(revoked_at=None, expires_at__gt=timezone.now()).order_by("-created_at")


def revocable_invites(own: Membership) -> QuerySet[Invite]:
    """Open ones that the member may take back: one's own, or any as a manager."""
    open_ones = live_invites(own.group)
    return open_ones if own.may_manage else open_ones.filter(made_by=own.citizen_id)


def revoke(own: Membership, invite_id: UUID) -> None:
    """Take an invitation back. Raises InviteGone."""
    if not revocable_invites(own).filter(pk=invite_id).update(revoked_at=timezone.now()):
        raise InviteGone


def invited_to(token: str) -> Group:
    """The group an invitation leads to; raises InviteGone."""
    open_ones = Invite.objects.filter(token_digest=_digest(token), revoked_at=None, expires_at__gt=timezone.now())
    invitation = open_ones.select_related("group").first()
    if invitation is None:
        raise InviteGone
    return invitation.group


def open_code(own: Membership) -> str:
    """A new code by which people come in; the old one ends."""
    require_manager(own)
    code = "".join(secrets.choice(CODE_LETTERS) for _letter in range(8))
    Group.objects.filter(pk=own.group_id).update(code=code)
    return code


def close_code(own: Membership) -> None:
    require_manager(own)
    Group.objects.filter(pk=own.group_id).update(code=None)


def join_by_token(citizen: Citizen, token: str) -> Membership:
    """Raises InviteGone, GroupFull, TooManyGroups, NicknameNeeded or CitizenSuspended. Safe to repeat."""
    COMING.count(citizen.pk)
    return _join(citizen, invited_to(token))


def join_by_code(citizen: Citizen, code: str) -> Membership:
    COMING.count(citizen.pk)
    group = Group.objects.filter(code=names.tidy(code).replace(" ", "").upper()).first() if code.strip() else None
    if group is None:
        raise InviteGone
    return _join(citizen, group)


def _join(citizen: Citizen, group: Group) -> Membership:
    with transaction.atomic():
        group = Group.objects.select_for_update().get(pk=group.pk)
        already = Membership.objects.filter(citizen=citizen, group=group).first()
        if already:
            return already
        citizen = _require_room(citizen)
        if group.memberships.count() >= MEMBERS_MAX[Group.Kind(group.kind)]:
            raise GroupFull
        return Membership.objects.create(group=group, citizen=citizen)


def _require_room(citizen: Citizen) -> Citizen:
    citizen = citizens.require_active(Citizen.objects.select_for_update().get(pk=citizen.pk))
    if not citizen.nickname:
        raise citizens.NicknameNeeded
    if Membership.objects.filter(citizen=citizen).count() >= GROUPS_MAX:
        raise TooManyGroups
    return citizen


def leave(own: Membership) -> None:
    """Go at once; the owner only as the last one, and the group ends then. Raises OwnerMustHandOver."""
    with transaction.atomic():
        group = Group.objects.select_for_update().get(pk=own.group_id)
        own.refresh_from_db()
        if own.role != Membership.Role.OWNER:
            own.delete()
        elif group.memberships.count() > 1:
            raise OwnerMustHandOver
        else:
            group.delete()


def leave_all(citizen: Citizen) -> None:
    """Leave every group, as erasing an account does; the longest member takes over what was owned."""
    for own in memberships(citizen):
        heir = own.group.memberships.exclude(pk=own.pk).order_by("joined_at", "pk").first()
        if own.role == Membership.Role.OWNER and heir:
            hand_over(own, heir.pk)
            own.refresh_from_db()
        leave(own)


def other(own: Membership, member_id: int) -> Membership:
    """Another member of the same group; raises NoMember."""
    found_one = Membership.objects.filter(group_id=own.group_id, pk=member_id).exclude(pk=own.pk).first()
    if found_one is None:
        raise NoMember
    return found_one


def remove(own: Membership, member_id: int) -> None:
    """A manager removes a member; only the owner removes a keeper, nobody the owner."""
    require_manager(own)
    somebody = other(own, member_id)
    if somebody.may_manage and own.role != Membership.Role.OWNER:
        raise NotAllowed
    somebody.delete()


def set_role(own: Membership, member_id: int, role: str) -> None:
    """The owner makes somebody a keeper, or a member again."""
    if own.role != Membership.Role.OWNER or role not in {Membership.Role.KEEPER, Membership.Role.MEMBER}:
        raise NotAllowed
    Membership.objects.filter(pk=other(own, member_id).pk).update(role=role)


def hand_over(own: Membership, member_id: int) -> None:
    """The owner makes somebody else the owner, and stays as a member."""
    with transaction.atomic():
        Group.objects.select_for_update().get(pk=own.group_id)
        heir = other(own, member_id)
        if not Membership.objects.filter(pk=own.pk, role=Membership.Role.OWNER).update(role=Membership.Role.MEMBER):
            raise NotAllowed
        Membership.objects.filter(pk=heir.pk).update(role=Membership.Role.OWNER)


def require_manager(own: Membership) -> None:
    if not own.may_manage:
        raise NotAllowed


def _digest(token: str) -> bytes:
    return secrecy.digest("invite", token)
