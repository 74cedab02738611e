"""What this room holds of a person: sign-in, profile, consents, groups."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import groups, registration
from accounts.models import Citizen, Consent, Membership


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
                "weekly_goal_mg": citizen.weekly_goal_mg,
                "opened_at": citizen.created_at,
                "last_sign_in": user.last_login if user else None,
            }
        ],
    )
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


def erase(citizen_id: UUID) -> None:
    """The sign-in with its addresses goes; the account stays as an id without a person."""
    citizen = Citizen.objects.select_related("user").get(pk=citizen_id)
    groups.leave_all(citizen)
    user = citizen.user
    Citizen.objects.filter(pk=citizen_id).update(
        user=None, nickname="", ranked=False, district=None, erased_at=citizen.erased_at or timezone.now()
    )
    if user:
        registration.sign_out(user)
        EmailAddress.objects.filter(user=user).delete()
        user.delete()
