"""Points for a voucher, and what becomes of it. Each step of a redemption has one function.

Every step takes its locks in one order: the offer's row, the redemption's row, the ledger. A step may be sent
twice or die midway: it is one transaction, and the second time finds it done.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Case, DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.models import Citizen
from config import clock
from config.identifiers import new_id
from config.problems import Problem
from ledger import holds
from ledger.models import Hold
from rewards import offers, rotation, signing, vouchers
from rewards.models import Member, Offer, Redemption
from rewards.refusals import (
    WHEN_REDEEMING,
    ClockSkew,
    ConnectionNeeded,
    NotRefundable,
    OwnVoucher,
    RedemptionClosed,
    RedemptionUnknown,
    RefundReasonMissing,
    RoleNotEnough,
    RotatingCodeMissing,
    ScanTimeUnclear,
    VoucherCancelled,
    VoucherExpired,
    VoucherRefunded,
    VoucherUnknown,
    VoucherUsed,
    WrongMerchant,
)

logger = logging.getLogger(__name__)

EXPIRE_AT_ONCE = 2000
"""How many vouchers one run of the expiry job closes at most; the next run goes on."""
OFFLINE_SKEW = timedelta(minutes=5)
"""How far ahead the clock of a till may be."""
NOTE_MAX = 200
State = Redemption.State


def of_citizen(citizen: Citizen) -> QuerySet[Redemption]:
    """The citizen's redemptions, newest first."""
    mine = Redemption.objects.filter(citizen_id=citizen.id)
    return mine.select_related("offer", "merchant", "planting", "handover").order_by("-created_at", "-id")


def shelved(citizen: Citizen) -> QuerySet[Redemption]:
    """The same with `open`: first what is good for something still, the soonest end on top; then what is over."""
    is_open = Q(state__in=Redemption.OPEN, expires_at__gt=timezone.now()) | running()
    soonest = Case(When(is_open, then=F("expires_at")))
    return of_citizen(citizen).annotate(open=is_open).order_by("-open", soonest, "-created_at", "-id")


def find(redemption_id: UUID, citizen: Citizen) -> Redemption:
    """The citizen's own redemption. Raises RedemptionUnknown, also for somebody else's."""
    found = of_citizen(citizen).filter(id=redemption_id).first()
    if found is None:
        raise RedemptionUnknown
    return found


def voucher_url(redemption: Redemption) -> str:
    """What the QR code says: the page of the merchant console on which this voucher is confirmed."""
    return settings.SITE_URL + reverse("merchant_voucher", args=[redemption.voucher_code])


def qr_content(redemption: Redemption) -> str:
    """The address with the signed voucher behind `#`, which stays in the merchant's browser; then the digits of now."""
    digits = f".{rotation.code_at(redemption.id, timezone.now())}" if redemption.offer.rotating else ""
    return f"{voucher_url(redemption)}#{signing.sign(redemption)}{digits}"


def redeem(redemption_id: UUID, citizen: Citizen, offer_id: UUID) -> tuple[Redemption, bool]:
    """Reserve one of the offer for the citizen; the redemption, and whether it is new.

    The client makes `redemption_id`; sent again it answers with the same redemption. Raises one of
    `refusals.WHEN_REDEEMING`, and then nothing was written. A gift to a public cause is given at once.
    """
    refusal, is_new = _call_redeem(redemption_id, citizen.id, offer_id)
    if refusal:
        raise WHEN_REDEEMING[refusal]
    made = find(redemption_id, citizen)
    if made.offer.is_gift and made.state == State.RESERVED:
        give(made)
    return made, is_new


def _call_redeem(redemption_id: UUID, citizen_id: UUID, offer_id: UUID) -> tuple[str | None, bool]:
    """One round trip, so that the offer's row is locked for as long as the function runs and no longer."""
    placed_as = holds.transfer_id(redemption_id, Hold.State.PLACED)
    times = [timezone.now(), clock.city_today(), clock.city_zone().key]
    arguments: list[Any] = [redemption_id, citizen_id, offer_id, *times, vouchers.make_code(), placed_as, new_id()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM rewards_redeem(%s, %s, %s, %s, %s, %s, %s, %s, %s)", arguments)
        refusal, is_new = cursor.fetchone()
    return refusal, bool(is_new)


def valid_until(offer: Offer) -> datetime:
    """The end of the last city day on which a voucher taken now is valid."""
    return clock.day_end(clock.city_today() + timedelta(days=offer.voucher_days))


def running() -> Q:
    """Which redemptions are transit passes that were used and are not over: `pass_until` lies ahead."""
    earlier = ExpressionWrapper((F("offer__pass_days") - 1) * timedelta(days=1), DurationField())
    begun = ExpressionWrapper(Value(clock.day_start(clock.city_today())) - earlier, DateTimeField())
    return Q(state=State.CONFIRMED, offer__pass_days__isnull=False, closed_at__gte=begun)


def runs(redemption: Redemption) -> bool:
    """Whether it is a transit pass that was used and is not over."""
    until = pass_until(redemption)
    return until is not None and timezone.now() < until


def pass_until(redemption: Redemption) -> datetime | None:
    """The end of a transit pass that was used: of the last of its city days, the day of use counting."""
    if redemption.state != State.CONFIRMED or redemption.closed_at is None or not redemption.offer.pass_days:
        return None
    return clock.day_end(clock.city_day(redemption.closed_at) + timedelta(days=redemption.offer.pass_days - 1))


def confirm(voucher_code: str, member: Member, digits: str = "") -> Redemption:
    """The merchant gave the thing: the points on hold become the merchant's. `digits` are those of a rotating code.

    Raises VoucherUnknown, WrongMerchant, VoucherUsed, VoucherExpired, VoucherCancelled, VoucherRefunded, OwnVoucher,
    RotatingCodeMissing, RotatingCodeWrong, ClockSkew or TriesSpent.
    """
    code = vouchers.normalise(voucher_code)
    if digits:
        _count_try(code, member)
    with transaction.atomic():
        redemption = _lock_voucher(member, voucher_code=code)
        require_confirmable(redemption, member)
        if redemption.offer.rotating:
            if not digits:
                raise RotatingCodeMissing
            rotation.require_fresh(redemption.id, digits, timezone.now())
        return _confirm(redemption, member)


def _count_try(code: str, member: Member) -> None:
    """Outside of the confirmation's transaction, which a refusal undoes."""
    waiting = Redemption.objects.filter(state=State.RESERVED, merchant=member.merchant_id, offer__rotating=True)
    if tried := waiting.filter(voucher_code=code).first():
        rotation.count_try(tried.id, timezone.now())


@transaction.atomic
def confirm_offline(scan_id: UUID, token: str, member: Member, scanned_at: datetime) -> Redemption:
    """Confirm a signed voucher that was scanned while the till was offline; the till made `scan_id`.

    The same scan sent again finds it confirmed; another scan of the voucher is refused, whoever sends it.
    Raises VoucherForged, ScanTimeUnclear, ClockSkew for a scan of the future, ConnectionNeeded, or what `confirm` does.
    """
    claim = signing.verify(token)
    if timezone.is_naive(scanned_at):
        raise ScanTimeUnclear
    if scanned_at > timezone.now() + OFFLINE_SKEW:
        raise ClockSkew
    redemption = _lock_voucher(member, id=claim.redemption)
    if redemption.state == State.CONFIRMED and redemption.scan_id == scan_id:
        return redemption
    require_confirmable(redemption, member)
    if redemption.offer.rotating:
        raise ConnectionNeeded
    redemption.scan_id, redemption.confirmed_offline = scan_id, True
    return _confirm(redemption, member)


def _lock_voucher(member: Member, **known_by: Any) -> Redemption:
    locked = Redemption.objects.select_for_update(no_key=True, of=["self"]).select_related("offer", "merchant")
    redemption = locked.filter(**known_by).first()
    if redemption is None:
        raise VoucherUnknown
    if redemption.merchant_id != member.merchant_id:
        raise WrongMerchant
    return redemption


def _confirm(redemption: Redemption, member: Member) -> Redemption:
    redemption.confirmed_by_id = member.user_id
    _settle(redemption)
    return redemption


def require_usable(redemption: Redemption) -> None:
    """Raises a refusal where the voucher cannot be confirmed now."""
    if redemption.state == State.CONFIRMED:
        raise VoucherUsed
    if redemption.state == State.REFUNDED:
        raise VoucherRefunded
    if redemption.state == State.CANCELLED:
        raise VoucherCancelled
    if redemption.state == State.EXPIRED or (redemption.state == State.RESERVED and is_over(redemption)):
        raise VoucherExpired
    if redemption.state != State.RESERVED or redemption.offer.is_gift:
        raise VoucherUnknown


def require_shown(redemption: Redemption) -> None:
    """Raises what `require_usable` does, but not for a pass that runs: it is shown whenever tickets are checked."""
    if not runs(redemption):
        require_usable(redemption)


def is_shown(redemption: Redemption) -> bool:
    """Whether the voucher's code is still worth showing."""
    try:
        require_shown(redemption)
    except Problem:
        return False
    return True


def require_confirmable(redemption: Redemption, member: Member) -> None:
    """Raises what `require_usable` does, and OwnVoucher: who confirmed for themselves would turn points into money."""
    require_usable(redemption)
    if Citizen.objects.filter(id=redemption.citizen_id, user=member.user_id).exists():
        raise OwnVoucher


def is_over(redemption: Redemption) -> bool:
    return redemption.expires_at <= timezone.now()


@transaction.atomic
def give(redemption: Redemption) -> None:
    """A gift reaches its public cause: nobody need confirm it. A second time finds it given."""
    locked = Redemption.objects.select_for_update(no_key=True).get(id=redemption.id)
    if locked.state == State.RESERVED:
        _settle(locked)
    redemption.state, redemption.closed_at = State(locked.state), locked.closed_at


def give_due() -> int:
    """Give what was reserved for a public cause and not given because the server died in between; how many.

    One whose time is over is left to `expire_due`: its points can only go back.
    """
    due = Redemption.objects.filter(state=State.RESERVED, offer__kind__in=Offer.GIVEN_AT_ONCE)
    given = 0
    for redemption in due.filter(expires_at__gt=timezone.now()).order_by("created_at")[:EXPIRE_AT_ONCE]:
        try:
            give(redemption)
            given += 1
        except Problem:
            logger.exception("gift %s could not be given; the audit names what is wrong", redemption.id)
    return given


def _settle(redemption: Redemption) -> None:
    redemption.state, redemption.closed_at = State.CONFIRMED, timezone.now()
    redemption.save(update_fields=["state", "closed_at", "confirmed_by", "confirmed_offline", "scan_id"])
    holds.settle(redemption.id, redemption.merchant_id)


def cancel(redemption_id: UUID, citizen: Citizen) -> Redemption:
    """The citizen changed their mind: points and stock return. A second time finds it cancelled.

    Raises RedemptionUnknown, or RedemptionClosed once it was used or has expired.
    """
    redemption = find(redemption_id, citizen)
    try:
        _give_back(redemption, State.CANCELLED)
    except RedemptionClosed:
        if find(redemption_id, citizen).state != State.CANCELLED:
            raise
    return find(redemption_id, citizen)


@transaction.atomic
def refund(redemption_id: UUID, member: Member, note: str) -> Redemption:
    """The merchant takes the thing back: the citizen's points return, the stock too. A second time is refused.

    Raises VoucherUnknown for another merchant's, RoleNotEnough for a cashier, RefundReasonMissing, VoucherRefunded, or
    NotRefundable for what was not used or is a gift.
    """
    mine = Redemption.objects.select_related("offer").filter(merchant_id=member.merchant_id)
    redemption = mine.filter(id=redemption_id).first()
    if redemption is None:
        raise VoucherUnknown
    if not member.manages:
        raise RoleNotEnough
    if not note.strip():
        raise RefundReasonMissing
    offers.lock(redemption.offer_id)
    redemption = mine.select_for_update(no_key=True, of=["self"]).get(id=redemption_id)
    if redemption.state == State.REFUNDED:
        raise VoucherRefunded
    if redemption.state != State.CONFIRMED or redemption.offer.is_gift:
        raise NotRefundable
    redemption.state, redemption.refunded_at, redemption.note = State.REFUNDED, timezone.now(), note.strip()[:NOTE_MAX]
    redemption.refunded_by_id = member.user_id
    redemption.save(update_fields=["state", "refunded_at", "refunded_by", "note"])
    offers.put_back(redemption)
    holds.refund(redemption.id, redemption.merchant_id)
    return redemption


def expire_due() -> int:
    """Close the vouchers whose time is over, each in its own transaction; how many were closed."""
    due = Redemption.objects.filter(state__in=Redemption.OPEN, expires_at__lte=timezone.now())
    closed = 0
    for redemption in due.order_by("expires_at")[:EXPIRE_AT_ONCE]:
        try:
            _give_back(redemption, State.EXPIRED)
            closed += 1
        except RedemptionClosed:
            continue  # confirmed, cancelled or expired in the meantime
        except Problem:
            logger.exception("redemption %s could not expire; the audit names what is wrong", redemption.id)
    return closed


@transaction.atomic
def _give_back(redemption: Redemption, state: Redemption.State) -> None:
    offers.lock(redemption.offer_id)
    locked = Redemption.objects.select_for_update(no_key=True).get(id=redemption.id)
    if locked.state not in Redemption.OPEN:
        raise RedemptionClosed
    had_stock = locked.state == State.RESERVED
    locked.state, locked.closed_at = state, timezone.now()
    locked.save(update_fields=["state", "closed_at"])
    if had_stock:
        offers.put_back(locked)
    holds.release(redemption.id)
