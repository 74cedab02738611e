"""Offers that merchants propose: the city publishes them, or returns them with a reason."""

from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from rewards import offers
from rewards.models import Member, Offer, OfferStep
from rewards.refusals import OfferStepImpossible, OfferUnknown, ReasonMissing

State = Offer.State
OPEN = (State.PROPOSED, State.RETURNED)
"""States in which the merchant may still change what it proposed."""
NOTE_MAX = 200


def find(offer_id: UUID, member: Member) -> Offer:
    """The merchant's own offer. Raises OfferUnknown, also for another's."""
    found = Offer.objects.filter(id=offer_id, merchant_id=member.merchant_id).first()
    if found is None:
        raise OfferUnknown
    return found


@transaction.atomic
def propose(offer_id: UUID, member: Member, told: dict[str, Any]) -> Offer:
    """Propose an offer under an id that the page made; sent again it is the same one.

    Raises OfferUnknown for an id that is another merchant's.
    """
    stock = told["stock_total"]
    fields = {**told, "merchant": member.merchant, "state": State.PROPOSED, "stock_left": stock}
    offer, new = Offer.objects.get_or_create(id=offer_id, defaults=fields)
    if offer.merchant_id != member.merchant_id:
        raise OfferUnknown
    if new:
        _write_down(offer, member)
    return offer


@transaction.atomic
def revise(offer_id: UUID, member: Member, told: dict[str, Any]) -> Offer:
    """Change a proposal and hand it in (again). Raises OfferUnknown, or OfferStepImpossible once the city decided."""
    find(offer_id, member)
    fields = {**told, "state": State.PROPOSED, "stock_left": told["stock_total"]}
    if not Offer.objects.filter(id=offer_id, state__in=OPEN).update(**fields):
        raise OfferStepImpossible
    offer = find(offer_id, member)
    _write_down(offer, member)
    return offer


def withdraw(offer_id: UUID, member: Member) -> Offer:
    """Take a proposal back for good. Raises OfferUnknown or OfferStepImpossible."""
    offer = find(offer_id, member)
    if offer.state not in OPEN:
        raise OfferStepImpossible
    return offers.move(offer, State.ENDED, member.user)


def give_back(offer: Offer, user: User, note: str) -> Offer:
    """The city returns a proposal, and says what is missing. Raises ReasonMissing or OfferStepImpossible."""
    if not note.strip():
        raise ReasonMissing
    return offers.move(offer, State.RETURNED, user, note.strip()[:NOTE_MAX])


def _write_down(offer: Offer, member: Member) -> None:
    OfferStep.objects.create(offer_id=offer.id, state=State.PROPOSED, made_by=member.user_id)
