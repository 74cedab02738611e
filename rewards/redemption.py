"""Points for a voucher, and what becomes of it: reserved, then confirmed, cancelled or expired.

Every step takes its locks in one order: the offer's row, the redemption's row, the ledger. A step may be sent
twice or die midway: it is one transaction, and the second time finds it done.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import citizens
from accounts.models import Citizen
from config import clock
from config.problems import Problem
from ledger import holds
from ledger.posting import TransferConflict
from rewards import offers, vouchers
from rewards.models import Member, Offer, Redemption

logger = logging.getLogger(__name__)

EXPIRE_AT_ONCE = 2000
"""How many vouchers one run of the expiry job closes at most; the next run goes on."""


class RedemptionConflict(Problem):
    status, code, title = 409, "redemption_conflict", _("This id was used before for something else.")


class RedemptionUnknown(Problem):
    status, code, title = 404, "redemption_unknown", _("There is no such voucher.")


class RedemptionClosed(Problem):
    status, code, title = 409, "redemption_closed", _("This voucher can no longer be cancelled.")


class VoucherUnknown(Problem):
    status, code, title = 404, "voucher_unknown", _("There is no voucher with this code here.")


class VoucherExpired(Problem):
    status, code, title = 409, "voucher_expired", _("This voucher has expired.")


class VoucherUsed(Problem):
    status, code, title = 409, "voucher_used", _("This voucher was used before.")


class VoucherCancelled(Problem):
    status, code, title = 409, "voucher_cancelled", _("This voucher was cancelled.")


def of_citizen(citizen: Citizen) -> QuerySet[Redemption]:
    """The citizen's redemptions, newest first."""
    mine = Redemption.objects.filter(citizen_id=citizen.id)
    return mine.select_related("offer", "merchant").order_by("-created_at", "-id")


def find(redemption_id: UUID, citizen: Citizen) -> Redemption:
    """The citizen's own redemption. Raises RedemptionUnknown, also for somebody else's."""
    found = of_citizen(citizen).filter(id=redemption_id).first()
    if found is None:
        raise RedemptionUnknown
    return found


def voucher_url(redemption: Redemption) -> str:
    """What the QR code says: the page of the merchant console on which this voucher is confirmed."""
    return settings.SITE_URL + reverse("merchant_voucher", args=[redemption.voucher_code])


def redeem(redemption_id: UUID, citizen: Citizen, offer_id: UUID) -> tuple[Redemption, bool]:
    """Reserve one of the offer for the citizen; the redemption, and whether it is new.

    The client makes `redemption_id`; sent again it answers with the same redemption. Raises RedemptionConflict
    where the id stands for something else, CitizenSuspended, OfferUnknown, OfferClosed, SoldOut or
    PointsNotEnough, and then nothing was written.
    """
    if earlier := _sent_before(redemption_id, citizen, offer_id):
        return earlier, False
    citizens.require_active(citizen)
    try:
        return _reserve(redemption_id, citizen, offer_id), True
    except (IntegrityError, Problem):
        # the same request on another connection may have come first, and may even have taken the last one
        if earlier := _sent_before(redemption_id, citizen, offer_id):
            return earlier, False
        raise


def _sent_before(redemption_id: UUID, citizen: Citizen, offer_id: UUID) -> Redemption | None:
    earlier = Redemption.objects.select_related("offer", "merchant").filter(id=redemption_id).first()
    if earlier and (earlier.citizen_id, earlier.offer_id) != (citizen.id, offer_id):
        raise RedemptionConflict
    return earlier


@transaction.atomic
def _reserve(redemption_id: UUID, citizen: Citizen, offer_id: UUID) -> Redemption:
    offer = offers.take_one(offer_id)
    redemption = Redemption.objects.create(
        id=redemption_id,
        citizen_id=citizen.id,
        offer=offer,
        merchant=offer.merchant,
        points=offer.price_points,
        value_fen=offer.value_fen,
        voucher_code=vouchers.make_code(),
        expires_at=valid_until(offer),
    )
    try:
        holds.place(redemption.id, citizen.id, redemption.points, redemption.expires_at)
    except TransferConflict as error:
        raise RedemptionConflict from error
    return redemption


def valid_until(offer: Offer) -> datetime:
    """The end of the last city day on which a voucher taken now is valid."""
    return clock.day_end(clock.city_today() + timedelta(days=offer.voucher_days))


@transaction.atomic
def confirm(voucher_code: str, member: Member) -> Redemption:
    """The merchant gave the thing: the points on hold become the merchant's.

    Raises VoucherUnknown (also for another merchant's voucher), VoucherUsed, VoucherExpired or VoucherCancelled.
    """
    code = vouchers.normalise(voucher_code)
    mine = Redemption.objects.select_for_update(no_key=True).filter(merchant_id=member.merchant_id)
    redemption = mine.filter(voucher_code=code).first()
    if redemption is None:
        raise VoucherUnknown
    require_usable(redemption)
    redemption.state, redemption.closed_at = Redemption.State.CONFIRMED, timezone.now()
    redemption.confirmed_by_id = member.user_id
    redemption.save(update_fields=["state", "closed_at", "confirmed_by"])
    holds.settle(redemption.id, redemption.merchant_id)
    return redemption


def require_usable(redemption: Redemption) -> None:
    """Raises VoucherUsed, VoucherCancelled or VoucherExpired where the voucher cannot be confirmed now."""
    if redemption.state == Redemption.State.CONFIRMED:
        raise VoucherUsed
    if redemption.state == Redemption.State.CANCELLED:
        raise VoucherCancelled
    if redemption.state == Redemption.State.EXPIRED or redemption.expires_at <= timezone.now():
        raise VoucherExpired


def cancel(redemption_id: UUID, citizen: Citizen) -> Redemption:
    """The citizen changed their mind: points and stock return. A second time finds it cancelled.

    Raises RedemptionUnknown, or RedemptionClosed once it was used or has expired.
    """
    redemption = find(redemption_id, citizen)
    try:
        _give_back(redemption, Redemption.State.CANCELLED)
    except RedemptionClosed:
        if find(redemption_id, citizen).state != Redemption.State.CANCELLED:
            raise
    return find(redemption_id, citizen)


def expire_due() -> int:
    """Close the vouchers whose time is over, each in its own transaction; how many were closed."""
    due = Redemption.objects.filter(state=Redemption.State.RESERVED, expires_at__lte=timezone.now())
    closed = 0
    for redemption in due.order_by("expires_at")[:EXPIRE_AT_ONCE]:
        try:
            _give_back(redemption, Redemption.State.EXPIRED)
            closed += 1
        except RedemptionClosed:
            continue  # confirmed, cancelled or expired in the meantime
        except Problem:
            logger.exception("redemption %s could not expire; the audit names what is wrong", redemption.id)
    return closed


@transaction.atomic
def _give_back(redemption: Redemption, state: Redemption.State) -> None:
    offers.lock(redemption.offer_id)
    closed = Redemption.objects.filter(id=redemption.id, state=Redemption.State.RESERVED).update(
        state=state, closed_at=timezone.now()
    )
    if not closed:
        raise RedemptionClosed
    offers.put_back(redemption.offer_id)
    holds.release(redemption.id)
