"""Opens the demo's merchants with their offers, and sign-ins for staff and a merchant."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from allauth.account.models import EmailAddress
from django.db import transaction
from django.utils import timezone

from accounts.models import District, User
from rewards import offers as stations
from rewards.models import Member, Merchant, Offer

STAFF_EMAIL = "staff@demo.example"
MERCHANT_EMAIL = "merchant@demo.example"
PASSWORD = "low-carbon-city"
"""Of staff and merchant. The demo has no secrets: it listens on this machine only."""
SHOWN_MERCHANT = "lakeside-coffee"
OFFER_DAYS = 365


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
    Member.objects.get_or_create(merchant=shown, user=clerk, defaults={"role": Member.Role.OWNER})


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


def _sign_in(email: str, **rights: bool) -> User:
    user, new = User.objects.get_or_create(email=email, defaults=rights)
    if new:
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user
