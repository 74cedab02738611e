"""Donations: what causes confirm to have received, and for which gifts, oldest first."""

from dataclasses import dataclass

from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet, Sum

from rewards import evidence
from rewards.models import Handover, Offer, Redemption
from rewards.refusals import GiftsNotGiven


@dataclass(frozen=True, slots=True)
class HandedOver:
    """All that was handed over of an offer."""

    gifts: int
    amount_fen: int


@transaction.atomic
def record(handover: Handover, photo: "File[bytes]") -> Handover:
    """Write down a handover, and tie the gifts that it is for to it. Raises PhotoUnfit, GiftsNotGiven."""
    offer = Offer.objects.select_for_update(no_key=True).get(id=handover.offer_id, kind=Offer.Kind.DONATION)
    oldest = list(waiting(offer).order_by("closed_at", "id").values_list("id", flat=True)[: handover.gifts])
    if len(oldest) < handover.gifts:
        raise GiftsNotGiven
    evidence.keep(handover, photo)
    Redemption.objects.filter(id__in=oldest).update(handover=handover)
    return handover


def waiting(offer: Offer) -> QuerySet[Redemption]:
    """Gifts that were not handed over yet."""
    return Redemption.objects.filter(offer=offer, state=Redemption.State.CONFIRMED, handover=None)


def handed_over(offer: Offer) -> HandedOver:
    """One query, over the handovers and not over the gifts."""
    sums = offer.handovers.aggregate(gifts=Sum("gifts", default=0), amount_fen=Sum("amount_fen", default=0))
    return HandedOver(**sums)
