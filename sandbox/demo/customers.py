"""The demo citizen has been shopping: one voucher is used, one is ready to be shown."""

from uuid import UUID, uuid5

from accounts.models import Citizen
from ledger.posting import PointsNotEnough
from rewards import redemption
from rewards.models import Member, Offer, Redemption
from sandbox.demo.settlers import DEMO_EMAIL

NAMESPACE = UUID("5f1a5c0e-7c1f-4c7e-9d0c-1f6f3a7f2d11")
USED, READY = "lakeside-coffee", "old-town-books"


def shop() -> None:
    """May run again: the redemptions have fixed ids. Without enough points nothing is bought."""
    citizen = Citizen.objects.get(user__email=DEMO_EMAIL)
    try:
        used = _redeem(citizen, USED)
        if used.state == Redemption.State.RESERVED:
            redemption.confirm(used.voucher_code, Member.objects.filter(merchant__code=USED)[0])
        _redeem(citizen, READY)
    except PointsNotEnough:  # a city of a few days
        return


def _redeem(citizen: Citizen, merchant: str) -> Redemption:
    offer = Offer.objects.filter(merchant__code=merchant).order_by("price_points")[0]
    return redemption.redeem(uuid5(NAMESPACE, f"{citizen.pk}:{merchant}"), citizen, offer.pk)[0]
