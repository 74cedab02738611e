"""Offers and their stock. Stock is only changed here, always by a conditional UPDATE of the offer's row."""

from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.problems import Problem
from rewards.models import Merchant, Offer


class OfferUnknown(Problem):
    status, code, title = 404, "offer_unknown", _("There is no such offer.")


class OfferClosed(Problem):
    status, code, title = 409, "offer_closed", _("This offer is not open now.")


class SoldOut(Problem):
    status, code, title = 409, "sold_out", _("This offer is sold out.")


class StockTaken(Problem):
    status, code, title = 409, "stock_taken", _("There are not that many left to take away.")


def published() -> QuerySet[Offer]:
    """What people may look at: active offers of active merchants that have begun, also those that are over."""
    return Offer.objects.filter(active=True, merchant__active=True, starts_at__lte=timezone.now()).select_related(
        "merchant"
    )


def open_now(balance: int) -> QuerySet[Offer]:
    """What can be had now, each with `affordable`: whether this balance pays for it and one is left; those first."""
    return (
        published()
        .filter(ends_at__gt=timezone.now())
        .annotate(affordable=Q(price_points__lte=balance) & Q(stock_left__gt=0))
        .order_by("-affordable", "price_points", "id")
    )


def take_one(offer_id: UUID) -> Offer:
    """Take one from the stock; the offer's row stays locked until the end of the transaction.

    Raises OfferUnknown, OfferClosed or SoldOut.
    """
    now = timezone.now()
    # every condition on the stock stands in the UPDATE itself, where PostgreSQL looks again after waiting for the row
    taken = Offer.objects.filter(
        id=offer_id,
        active=True,
        starts_at__lte=now,
        ends_at__gt=now,
        stock_left__gt=0,
        merchant_id__in=Merchant.objects.filter(active=True).values("id"),
    ).update(stock_left=F("stock_left") - 1)
    offer = Offer.objects.select_related("merchant").filter(id=offer_id).first()
    if offer is None:
        raise OfferUnknown
    if not taken:
        raise SoldOut if is_open(offer) else OfferClosed
    return offer


def is_open(offer: Offer) -> bool:
    """Whether the offer's window is open, whatever is left of it."""
    return offer.active and offer.merchant.active and offer.starts_at <= timezone.now() < offer.ends_at


def lock(offer_id: UUID) -> None:
    """Hold the offer's row, which comes first in the order of locks."""
    Offer.objects.select_for_update(no_key=True).get(id=offer_id)


def put_back(offer_id: UUID) -> None:
    """Return one to the stock."""
    Offer.objects.filter(id=offer_id).update(stock_left=F("stock_left") + 1)


@transaction.atomic
def add_stock(offer_id: UUID, count: int) -> Offer:
    """Raise the stock by `count`, or lower it by what is not taken yet. Raises StockTaken."""
    changed = Offer.objects.filter(id=offer_id, stock_left__gte=-count).update(
        stock_left=F("stock_left") + count, stock_total=F("stock_total") + count
    )
    if not changed:
        raise StockTaken
    return Offer.objects.get(id=offer_id)
