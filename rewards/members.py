"""Who may use a merchant's console, and for which merchant."""

from typing import Any

from django.http import Http404

from rewards import vouchers
from rewards.models import Member, Redemption
from rewards.refusals import VoucherUnknown


def of(user: Any) -> list[Member]:
    """The user's memberships, in the order of the merchants' codes."""
    return list(Member.objects.filter(user=user).select_related("merchant").order_by("merchant__code"))


def choose(memberships: list[Member], merchant_id: str | None) -> Member:
    """The membership at this merchant, or else the first. Raises Http404 for somebody who is no member."""
    if not memberships:
        raise Http404
    return next((member for member in memberships if str(member.merchant_id) == merchant_id), memberships[0])


def find_voucher(memberships: list[Member], typed: str) -> tuple[Redemption, Member]:
    """The voucher with this code at one of the merchants, and the membership there. Raises VoucherUnknown."""
    at = {member.merchant_id: member for member in memberships}
    found = (
        Redemption.objects.select_related("offer", "merchant", "confirmed_by")
        .filter(voucher_code=vouchers.normalise(typed), merchant_id__in=at)
        .first()
    )
    if found is None:
        raise VoucherUnknown
    return found, at[found.merchant_id]
