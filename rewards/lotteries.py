"""Scarce offers are drawn, and anybody can draw them again.

Before the first entry the SHA-256 of a secret seed is published. When the time is over the entries are frozen and
published by their opaque ids, the seed is shown, and the winners are those whose HMAC-SHA256 under the seed is
smallest. The hash keeps the city from choosing a seed after it saw the entries; it does not keep somebody who knows
the seed from making entries of their own.
"""

import hashlib
import hmac
import logging
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from config import clock
from config.problems import Problem
from ledger import holds
from rewards.models import Lottery, Offer, OfferStep, Redemption

logger = logging.getLogger(__name__)

State = Redemption.State


def commit(offer: Offer) -> Lottery:
    """Make the seed of an offer and publish its hash; a second time changes nothing."""
    seed = secrets.token_hex(32)
    lottery = Lottery(offer=offer, seed_hash=hashlib.sha256(seed.encode()).hexdigest())
    lottery.seed = seed
    found, _new = Lottery.objects.get_or_create(
        offer=offer, defaults={"seed_hash": lottery.seed_hash, "seed_encrypted": lottery.seed_encrypted}
    )
    return found


def choose(seed: str, entries: list[str], winners: int) -> list[str]:
    """The entries that win, in the order in which they were drawn. Pure: anybody gets the same."""
    return sorted(entries, key=lambda entry: hmac.digest(seed.encode(), entry.encode(), "sha256"))[:winners]


def winners(lottery: Lottery) -> list[str]:
    """The entries that won, in the order in which they were drawn; none before the draw."""
    return choose(lottery.seed_shown, lottery.entries, lottery.winners or 0) if lottery.drawn_at else []


def draw_due() -> int:
    """Draw every lottery whose time is over, and finish those that were interrupted; how many entries were told."""
    due = Lottery.objects.filter(offer__ends_at__lte=timezone.now(), drawn_at=None)
    for lottery in due:
        draw(lottery.offer_id)
    unfinished = Lottery.objects.filter(drawn_at__isnull=False, offer__redemptions__state=State.ENTERED).distinct()
    return sum(tell(lottery) for lottery in unfinished)


@transaction.atomic
def draw(offer_id: UUID) -> Lottery:
    """Freeze the entries and show the seed. After that the outcome is fixed; a second time changes nothing."""
    offer = Offer.objects.select_for_update(no_key=True).get(id=offer_id)
    lottery = Lottery.objects.get(offer=offer)
    if lottery.drawn_at is None and offer.ends_at <= timezone.now():
        entries = (
            Redemption.objects.filter(offer=offer, state=State.ENTERED).order_by("id").values_list("id", flat=True)
        )
        lottery.entries = [str(entry) for entry in entries]
        lottery.winners = min(offer.stock_left, len(lottery.entries))
        lottery.seed_shown, lottery.drawn_at = lottery.seed, timezone.now()
        lottery.save(update_fields=["entries", "winners", "seed_shown", "drawn_at"])
        Offer.objects.filter(id=offer.id).update(state=Offer.State.ENDED)
        OfferStep.objects.create(offer_id=offer.id, state=Offer.State.ENDED, note=f"drawn of {len(entries)}")
    return lottery


def tell(lottery: Lottery) -> int:
    """Give winners their vouchers and the others their points back, each in its own transaction; how many."""
    won, told = set(winners(lottery)), 0
    waiting = Redemption.objects.filter(offer_id=lottery.offer_id, state=State.ENTERED).values_list("id", flat=True)
    for entry in list(waiting):
        try:
            _tell_one(lottery.offer_id, entry, wins=str(entry) in won)
            told += 1
        except Problem:
            logger.exception("entry %s could not be told; the audit names what is wrong", entry)
    return told


@transaction.atomic
def _tell_one(offer_id: UUID, entry: UUID, *, wins: bool) -> None:
    offer = Offer.objects.select_for_update(no_key=True).get(id=offer_id)
    redemption = Redemption.objects.select_for_update(no_key=True).get(id=entry)
    if redemption.state != State.ENTERED:
        return
    if wins:
        redemption.state = State.RESERVED
        redemption.expires_at = clock.day_end(clock.city_today() + timedelta(days=offer.voucher_days))
        redemption.save(update_fields=["state", "expires_at"])
        with connection.cursor() as cursor:
            cursor.execute("SELECT rewards_take_drawn(%s)", [entry])
        holds.extend(entry, redemption.expires_at)
    else:
        redemption.state, redemption.closed_at = State.LOST, timezone.now()
        redemption.save(update_fields=["state", "closed_at"])
        holds.release(entry)
