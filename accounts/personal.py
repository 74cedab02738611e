"""What this room holds of a person: sign-in, profile, consents, groups."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from accounts import groups, registration
from accounts.models import Citizen, Consent, Departure, Invite, Membership, User


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    citizen = Citizen.objects.select_related("user", "district").get(pk=citizen_id)
    user = citizen.user
    yield (
        "account",
        [
            {
                "id": citizen.pk,
                "email": user.email if user else "",
                "phone": (user.phone or "") if user else "",
                "nickname": citizen.nickname,
                "district": citizen.district.code if citizen.district else "",
                "in_ranks": citizen.ranked,
                "language": citizen.language,
                "weekly_goal_mg": citizen.weekly_goal_mg,
                "opened_at": citizen.created_at,
                "age_confirmed_at": citizen.age_confirmed_at,
                "suspended_at": citizen.suspended_at,
                "last_sign_in": user.last_login if user else None,
            }
        ],
    )
    addresses = EmailAddress.objects.filter(user=user).order_by("pk")
    yield "addresses", addresses.values("email", "primary", "verified").iterator()
    sessions = UserSession.objects.filter(user=user).order_by("pk")
    yield "sessions", sessions.values("created_at", "last_seen_at", "ip", "user_agent").iterator()
    steps = Authenticator.objects.filter(user=user).order_by("pk")
    yield "second_steps", steps.values("type", "created_at", "last_used_at").iterator()
    yield (
        "consents",
        (
            {
                "partner": consent.text.partner.code,
                "version": consent.text.version,
                "step": consent.step,
                "channel": consent.channel,
                "at": consent.created_at,
                "reads": consent.text.reads_zh,
                "purpose": consent.text.purpose_zh,
                "retention": consent.text.retention_zh,
            }
            for consent in Consent.objects.filter(citizen_id=citizen_id).select_related("text__partner").order_by("pk")
        ),
    )
    yield (
        "groups",
        (
            {"group": own.group.name, "kind": own.group.kind, "role": own.role, "joined_at": own.joined_at}
            for own in Membership.objects.filter(citizen_id=citizen_id).select_related("group")
        ),
    )
    invites = Invite.objects.filter(made_by=citizen_id).order_by("pk")
    yield "invitations", invites.values("group__name", "created_at", "expires_at", "revoked_at").iterator()
    departures = Departure.objects.filter(citizen_id=citizen_id)
    yield "departure", departures.values("asked_at", "due_at").iterator()


def erase(citizen_id: UUID) -> None:
    """The sign-in with its addresses goes; the account stays as an id without a person."""
    citizen = Citizen.objects.select_related("user").get(pk=citizen_id)
    groups.leave_all(citizen)
    user = citizen.user
    Citizen.objects.filter(pk=citizen_id).update(
        user=None,
        nickname="",
        ranked=False,
        district=None,
        language="",
        erased_at=citizen.erased_at or timezone.now(),
    )
    if user:
        registration.sign_out(user)
        _blank_log(Citizen, citizen.pk)
        _blank_log(User, user.pk)
        EmailAddress.objects.filter(user=user).delete()
        user.delete()


def _blank_log(model: type[Citizen] | type[User], key: UUID) -> None:
    """The desk's log keeps who did what, without the name that the person had then."""
    own = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model), object_id=str(key))
    own.update(object_repr="")
