"""Trees: citizens give shares, and every share is tied to the planting that it paid for, oldest first."""

from uuid import UUID

from django.core.files import File
from django.db import transaction
from django.db.models import Count

from rewards import evidence
from rewards.models import Offer, Planting, Redemption


@transaction.atomic
def record(planting: Planting, photo: "File[bytes]") -> Planting:
    """Write down a planting with its photo, and tie the oldest waiting shares to it. Raises PhotoUnfit."""
    evidence.keep(planting, photo)
    assign(planting.offer_id)
    return planting


@transaction.atomic
def assign(offer_id: UUID) -> int:
    """Tie shares that wait to plantings with room, oldest first; how many were tied."""
    offer = Offer.objects.select_for_update(no_key=True).get(id=offer_id)
    tied = 0
    for planting in Planting.objects.filter(offer=offer).annotate(taken=Count("shares")).order_by("created_at"):
        room = planting.trees * (offer.tree_shares or 1) - planting.taken
        waiting = Redemption.objects.filter(offer=offer, state=Redemption.State.CONFIRMED, planting=None)
        oldest = list(waiting.order_by("closed_at", "id").values_list("id", flat=True)[: max(0, room)])
        tied += Redemption.objects.filter(id__in=oldest).update(planting=planting)
    return tied


def assign_all() -> int:
    """Tie what was given since the last planting to rooms that are left."""
    offers = Offer.objects.filter(kind=Offer.Kind.TREE, redemptions__planting=None, plantings__isnull=False)
    return sum(assign(offer_id) for offer_id in offers.values_list("id", flat=True).distinct())
