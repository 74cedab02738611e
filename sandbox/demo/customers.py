"""The demo citizen has been shopping: a voucher is used, one is ready to be shown, a tree and a donation are given."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid5

from django.core.files import File

from accounts.models import Citizen
from config import clock
from ledger.posting import PointsNotEnough
from rewards import closing, donations, redemption, trees
from rewards.models import Contract, Handover, Member, Offer, Planting, Redemption
from sandbox.demo.settlers import DEMO_EMAIL, DOMAIN

NAMESPACE = UUID("5f1a5c0e-7c1f-4c7e-9d0c-1f6f3a7f2d11")
USED, READY, FUND = "lakeside-coffee", "old-town-books", "green-fund"
NEIGHBOURS = 60
"""So many are asked for shares of the tree."""
PLANTED, CLEANED = (Path(__file__).parent / name for name in ("planting.png", "handover.png"))


def shop() -> None:
    """May run again: the redemptions have fixed ids. Without enough points nothing is bought."""
    citizen = Citizen.objects.get(user__email=DEMO_EMAIL)
    try:
        used = _redeem(citizen, USED)
        if used.state == Redemption.State.RESERVED:
            redemption.confirm(used.voucher_code, Member.objects.filter(merchant__code=USED)[0])
            _settle_last_month(used)
        _redeem(citizen, READY)
        _plant(_redeem(citizen, FUND, Offer.Kind.TREE))
        _hand_over(_redeem(citizen, FUND, Offer.Kind.DONATION))
    except PointsNotEnough:  # a city of a few days
        return


def _redeem(citizen: Citizen, merchant: str, kind: Offer.Kind = Offer.Kind.COUPON) -> Redemption:
    offer = Offer.objects.filter(merchant__code=merchant, kind=kind).order_by("price_points")[0]
    return redemption.redeem(uuid5(NAMESPACE, f"{citizen.pk}:{merchant}:{kind}"), citizen, offer.pk)[0]


def _settle_last_month(used: Redemption) -> None:
    """The coffee was drunk last month, so that there is a month to close."""
    last_day = clock.city_today().replace(day=1) - timedelta(days=1)
    Redemption.objects.filter(pk=used.pk).update(closed_at=clock.day_start(last_day))
    agreed = {"merchant": used.merchant, "valid_from": last_day.replace(day=1)}
    if not Contract.objects.filter(**agreed).exists():
        contract = Contract(**agreed, fee_bp=200, account_name="湖畔咖啡（示范）", bank_code="102331002345")
        contract.account_number = "6222020000001234567"
        contract.save()
    closing.close(used.merchant, last_day)


def _plant(share: Redemption) -> None:
    """Evidence of the demo's tree, once neighbours gave the other shares; the picture is a drawing and says so by its
    certificate."""
    if Planting.objects.filter(offer=share.offer).exists() or not _complete(share):
        return
    planting = Planting(
        offer=share.offer,
        trees=1,
        planted_on=clock.city_today(),
        species_zh="樟树",
        species_en="Camphor",
        place_zh="青山公园（示范）",
        place_en="Green Hill Park (demo)",
        latitude_e6=30_274_000,
        longitude_e6=120_155_000,
        certificate="DEMO-0001",
    )
    with PLANTED.open("rb") as photo:
        trees.record(planting, File(photo))


def _complete(share: Redemption) -> bool:
    """Whether as many shares are given as a tree takes; neighbours with points give those that lack."""
    given = Redemption.objects.filter(offer=share.offer, state=Redemption.State.CONFIRMED)
    neighbours = Citizen.objects.filter(user__email__endswith=DOMAIN).exclude(pk=share.citizen_id)
    for neighbour in neighbours.order_by("user__email")[:NEIGHBOURS]:
        if given.count() >= (share.offer.tree_shares or 1):
            return True
        with suppress(PointsNotEnough):
            _redeem(neighbour, FUND, Offer.Kind.TREE)
    return given.count() >= (share.offer.tree_shares or 1)


def _hand_over(gift: Redemption) -> None:
    """What the demo's cause confirms; the receipt says by its number that it is none."""
    if gift.handover_id or Handover.objects.filter(offer=gift.offer).exists():
        return
    handover = Handover(
        offer=gift.offer,
        gifts=1,
        amount_fen=gift.value_fen,
        received_on=clock.city_today(),
        use_zh="为十一月的河道清洁添置了一副手套（示范）。",
        use_en="A pair of gloves for the river clean-up in November (demo).",
        receipt="DEMO-R-0001",
    )
    with CLEANED.open("rb") as photo:
        donations.record(handover, File(photo))
