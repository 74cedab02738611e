"""The audit finds what went around the code."""

from uuid import uuid4

import pytest
from django.utils import timezone

from ledger.models import Account, Chart, Hold
from rewards import audit, redemption
from rewards.models import Merchant, Offer, Redemption

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def busy(rich, coffee, clerk, make_due):
    """One voucher each: ready, used, cancelled, expired."""
    made = [redemption.redeem(uuid4(), rich, coffee.id)[0] for _ in range(4)]
    redemption.confirm(made[1].voucher_code, clerk)
    redemption.cancel(made[2].id, rich)
    make_due(made[3])
    redemption.expire_due()


def breaches() -> dict[str, int]:
    return {name: count for name, count in audit.run().items() if count}


def test_a_sound_house_has_no_breaches():
    assert audit.run() == dict.fromkeys(audit.CHECKS, 0)


def test_vanished_stock_is_found():
    Offer.objects.update(stock_left=2)
    assert breaches() == {"stock_taken_equals_redemptions": 1}


def test_a_redemption_whose_state_was_edited_is_found():
    Redemption.objects.filter(state="reserved").update(state="cancelled", closed_at=timezone.now())
    assert breaches() == {
        "stock_taken_equals_redemptions": 1,
        "days_and_districts_are_counted": 1,
        "redemptions_have_their_holds": 1,
    }


def test_a_redemption_made_used_by_hand_is_found():
    Redemption.objects.filter(state="reserved").update(state="confirmed", closed_at=timezone.now())
    assert breaches() == {"redemptions_have_their_holds": 1, "merchants_earned_their_confirmed_points": 1}


def test_edited_points_are_found():
    Redemption.objects.filter(state="confirmed").update(points=1)
    assert breaches() == {"redemptions_have_their_holds": 1, "merchants_earned_their_confirmed_points": 1}


def test_a_vanished_hold_is_found():
    Hold.objects.filter(state="placed").delete()
    assert breaches() == {"redemptions_have_their_holds": 1}


def test_a_redemption_moved_to_another_merchant_is_found(make_merchant):
    Redemption.objects.filter(state="reserved").update(merchant=make_merchant("bakery"))
    assert breaches() == {"redemptions_are_at_their_offers_merchant": 1}


def test_points_paid_to_nobody_are_found(make_merchant):
    Account.objects.filter(code=Chart.MERCHANT).update(holder=uuid4())
    assert breaches() == {
        "merchants_earned_their_confirmed_points": 1,
        "points_were_paid_to_merchants_only": 1,
    }
    assert Merchant.objects.count() == 1
