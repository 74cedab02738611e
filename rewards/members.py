"""Who may use a merchant's console, and for which merchant."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404

from accounts.models import User
from rewards import vouchers
from rewards.models import Member, Merchant, Redemption
from rewards.refusals import LastOwner, SignInUnknown, VoucherUnknown, WrongMerchant


def of(user: Any) -> list[Member]:
    """The user's memberships, in the order of the merchants' codes."""
    return list(Member.objects.filter(user=user).select_related("merchant").order_by("merchant__code"))


def choose(memberships: list[Member], merchant_id: str | None) -> Member:
    """The membership at this merchant, or else the first. Raises Http404 for somebody who is no member."""
    if not memberships:
        raise Http404
    return next((member for member in memberships if str(member.merchant_id) == merchant_id), memberships[0])


@transaction.atomic
def let_in(merchant: Merchant, email: str, role: Member.Role) -> Member:
    """Give somebody who has a sign-in a role, or another one. Raises SignInUnknown or LastOwner."""
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        raise SignInUnknown
    Merchant.objects.select_for_update().get(id=merchant.id)
    member, _new = Member.objects.update_or_create(merchant=merchant, user=user, defaults={"role": role})
    _require_owner(merchant)
    return member


@transaction.atomic
def let_out(merchant: Merchant, member_id: int) -> None:
    """Take somebody's role away. Raises LastOwner."""
    Merchant.objects.select_for_update().get(id=merchant.id)
    Member.objects.filter(merchant=merchant, id=member_id).delete()
    _require_owner(merchant)


def _require_owner(merchant: Merchant) -> None:
    if not Member.objects.filter(merchant=merchant, role=Member.Role.OWNER).exists():
        raise LastOwner


def at_merchant_of(memberships: list[Member], redemption_id: UUID) -> Member:
    """The membership at the merchant of this voucher. Raises VoucherUnknown where there is none."""
    known = Redemption.objects.filter(id=redemption_id).values_list("merchant_id", flat=True)
    found = next((member for member in memberships if member.merchant_id in known), None)
    if found is None:
        raise VoucherUnknown
    return found


def find_voucher(memberships: list[Member], typed: str) -> tuple[Redemption, Member]:
    """The voucher with this code and the membership at its merchant. Raises VoucherUnknown or WrongMerchant."""
    at = {member.merchant_id: member for member in memberships}
    known = Redemption.objects.select_related("offer", "merchant", "confirmed_by")
    found = known.filter(voucher_code=vouchers.normalise(typed)).first()
    if found is None:
        raise VoucherUnknown
    if found.merchant_id not in at:
        raise WrongMerchant
    return found, at[found.merchant_id]
