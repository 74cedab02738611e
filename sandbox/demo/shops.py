"""Opens the demo's merchants with their offers, and sign-ins for staff and a merchant."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import yaml
from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.models import District, User
from rewards import offers as stations
from rewards import proposals
from rewards.models import Member, Merchant, Offer

STAFF_EMAIL = "staff@demo.example"
MERCHANT_EMAIL = "merchant@demo.example"
PASSWORD = "low-carbon-city"
"""Of staff and merchant. The demo has no secrets: it listens on this machine only."""
SHOWN_MERCHANT = "lakeside-coffee"
OFFER_DAYS = 365
NAMESPACE = UUID("6a3f8a86-6f3e-4a5e-9d43-0f9d1b0f6b55")


@transaction.atomic
def open_all() -> None:
    """Merchants, offers, staff and merchant; may run again and changes nothing then."""
    document = yaml.safe_load((Path(__file__).parent / "shops.yaml").read_text(encoding="utf-8"))
    for entry in document:
        offers = entry.pop("offers")
        if district := entry.pop("district", None):
            entry["district"] = District.objects.get(code=district)
        merchant, new = Merchant.objects.get_or_create(code=entry.pop("code"), defaults=entry)
        if new:
            _open_offers(merchant, offers)
    _sign_in(STAFF_EMAIL, is_staff=True, is_superuser=True)
    clerk = _sign_in(MERCHANT_EMAIL)
    shown = Merchant.objects.get(code=SHOWN_MERCHANT)
    owner, _new = Member.objects.get_or_create(merchant=shown, user=clerk, defaults={"role": Member.Role.OWNER})
    _propose(owner)


def _open_offers(merchant: Merchant, offers: list[dict[str, Any]]) -> None:
    now = timezone.now()
    for entry in offers:
        stock = entry.pop("stock")
        offer = Offer.objects.create(
            merchant=merchant,
            stock_total=stock,
            stock_left=stock,
            starts_at=now - timedelta(days=1),
            ends_at=now + timedelta(days=OFFER_DAYS),
            **entry,
        )
        stations.move(offer, Offer.State.PUBLISHED, None)


def _propose(owner: Member) -> None:
    """The merchant waits for the city's answer to one proposal."""
    now = timezone.now()
    told: dict[str, Any] = {
        "kind": Offer.Kind.GOODS,
        "title_zh": "咖啡渣花盆一只",
        "title_en": "A flower pot made of coffee grounds",
        "price_points": 800,
        "value_fen": 1600,
        "funder": Offer.Funder.MERCHANT,
        "stock_total": 50,
        "starts_at": now,
        "ends_at": now + timedelta(days=OFFER_DAYS),
    }
    proposals.propose(uuid5(NAMESPACE, "flower pot"), owner, told)


def _sign_in(email: str, **rights: bool) -> User:
    user, new = User.objects.get_or_create(email=email, defaults=rights)
    if new:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
