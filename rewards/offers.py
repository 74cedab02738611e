"""Offers: their states, what is open now, and their stock, which only moves here and in `sql/`."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import levels
from accounts.models import Citizen, Membership, User
from config import clock
from rewards import lotteries, nearness
from rewards.models import Offer, OfferStep, Redemption
from rewards.refusals import OfferStepImpossible, StockTaken

State = Offer.State
_STEPS = {
    State.DRAFT: (State.PUBLISHED, State.ENDED),
    State.PROPOSED: (State.PUBLISHED, State.RETURNED, State.ENDED),
    State.RETURNED: (State.ENDED,),
    State.PUBLISHED: (State.PAUSED, State.ENDED),
    State.PAUSED: (State.PUBLISHED, State.ENDED),
    State.ENDED: (),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for among the offers; `place` is where they stand."""

    kind: str = ""
    affordable: bool = False
    own_district: bool = False
    place: nearness.Place | None = None


ANYTHING = Wish()


def published(citizen: Citizen) -> QuerySet[Offer]:
    """What the citizen may look at: published offers of active merchants that have begun, also those that are over.

    An offer for a group is seen by its members only. Each has `eligible`: whether the citizen's level is high enough.
    """
    return _seen(citizen).annotate(eligible=_reached(citizen))


def _seen(citizen: Citizen) -> QuerySet[Offer]:
    seen = Offer.objects.filter(state=State.PUBLISHED, merchant__active=True, starts_at__lte=timezone.now())
    own_groups = Membership.objects.filter(citizen=citizen).values("group")
    mine = seen.filter(Q(group__isnull=True) | Q(group__in=own_groups))
    return mine.select_related("merchant", "merchant__district", "min_level", "group")


def _reached(citizen: Citizen) -> Q:
    own = levels.recent(citizen.pk, clock.city_today())
    return Q(min_level__isnull=True) | Q(Exists(own.filter(level__gte=OuterRef("min_level"))))


def open_now(balance: int, citizen: Citizen, wish: Wish = ANYTHING) -> QuerySet[Offer]:
    """What can be had now: what is for the citizen's level first, of that what the balance pays for, then what is in
    the citizen's district, then by price. With a place the nearest comes first.

    Each has `affordable` (it is paid for and one is left) and `near` (2 in the district, 1 everywhere, 0 elsewhere),
    with a place also `distance_m` and `remoteness_m`, which is large where the merchant has no place.
    """
    found: Any = _open(balance, citizen)  # mypy does not see what is annotated
    if wish.kind:
        found = found.filter(kind=wish.kind)
    if wish.affordable:
        found = found.filter(affordable=True, eligible=True)
    if wish.own_district:
        found = found.filter(near__gt=0)
    if wish.place:
        found = found.annotate(distance_m=nearness.distance_m(wish.place))
        found = found.annotate(remoteness_m=Coalesce("distance_m", nearness.NOWHERE_M))
    first = ["remoteness_m"] if wish.place else ["-eligible", "-affordable", "-near"]
    ordered: QuerySet[Offer] = found.order_by(*first, "price_points", "id")
    return ordered


def _open(balance: int, citizen: Citizen) -> QuerySet[Offer]:
    near = Case(
        When(merchant__district__isnull=True, then=Value(1)),
        When(merchant__district=citizen.district_id, then=Value(2)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return (
        _seen(citizen)
        .filter(ends_at__gt=timezone.now())
        .annotate(eligible=_reached(citizen), affordable=Q(price_points__lte=balance) & Q(stock_left__gt=0), near=near)
    )


def is_open(offer: Offer) -> bool:
    """Whether the offer's window is open, whatever is left of it."""
    return (
        offer.state == State.PUBLISHED and offer.merchant.active and offer.starts_at <= timezone.now() < offer.ends_at
    )


def lock(offer_id: UUID) -> None:
    """Hold the offer's row, which comes first in the order of locks."""
    Offer.objects.select_for_update(no_key=True).get(id=offer_id)


def put_back(redemption: Redemption) -> None:
    """Return what a redemption took to the stock and to its day's and district's counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rewards_put_back(%s)", [redemption.id])


@transaction.atomic
def add_stock(offer_id: UUID, count: int) -> Offer:
    """Raise the stock by `count`, or lower it by what is not taken yet. Raises StockTaken."""
    changed = Offer.objects.filter(id=offer_id, stock_left__gte=-count).update(
        stock_left=F("stock_left") + count, stock_total=F("stock_total") + count
    )
    if not changed:
        raise StockTaken
    return Offer.objects.get(id=offer_id)


@transaction.atomic
def move(offer: Offer, state: Offer.State, user: User | None, note: str = "") -> Offer:
    """Publish, pause or end an offer, and write down who did. Raises OfferStepImpossible."""
    before = [known for known, following in _STEPS.items() if state in following]
    if not Offer.objects.filter(id=offer.id, state__in=before).update(state=state):
        raise OfferStepImpossible
    if state == State.PUBLISHED and offer.is_lottery:
        lotteries.commit(offer)
    OfferStep.objects.create(offer_id=offer.id, state=state, made_by=user.pk if user else None, note=note)
    offer.state = state
    return offer
