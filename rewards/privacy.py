"""What this room holds of a person: what they redeemed."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from accounts.models import Citizen
from rewards import redemption
from rewards.models import Redemption


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    own = Redemption.objects.filter(citizen_id=citizen_id).order_by("created_at")
    fields = ("id", "offer__title_zh", "merchant__name_zh", "points", "state", "created_at", "expires_at", "closed_at")
    yield "redemptions", own.values(*fields).iterator()


def erase(citizen_id: UUID) -> None:
    """Open vouchers are cancelled; closed ones stay for the merchants' statements, without a district."""
    citizen = Citizen.objects.get(pk=citizen_id)
    for one in Redemption.objects.filter(citizen_id=citizen_id, state__in=Redemption.OPEN):
        redemption.cancel(one.pk, citizen)
    Redemption.objects.filter(citizen_id=citizen_id).update(district_id=None)
