"""What citizens are told about their vouchers and trees after the counter; told once."""

from datetime import date
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.utils import translation

from dashboard.notifications import inbox, kinds
from rewards import redemption, trees
from rewards.models import Planting
from tests.rewards.test_donations import arrived
from tests.rewards.test_lottery_and_trees import JPEG

pytestmark = pytest.mark.django_db


def told(citizen, language: str = "en") -> list[tuple[str, str]]:
    """Title and text, the newest first; gathering twice tells nothing new."""
    inbox.gather()
    assert inbox.gather() == 0
    with translation.override(language):
        words = [kinds.words(notice.kind, notice.facts) for notice in inbox.of(citizen.pk)]
    return [(each.title, each.text) for each in words]


def test_a_used_and_a_refunded_voucher_are_told(rich, give_points, make_offer, clerk, owner, bob):
    give_points(rich.id, 2000)
    made, _new = redemption.redeem(uuid4(), rich, make_offer(price_points=1500).id)
    assert told(rich) == []
    redemption.confirm(made.voucher_code, clerk)
    ((title, text),) = told(rich)
    assert title == "“An Americano” was used" and text.startswith("Confirmed by Corner Café on ")
    redemption.refund(made.id, owner, "cold")
    newest = told(rich)[0]
    assert newest == ("1,500 points came back", "Corner Café refunded “An Americano”. The page says why.")
    assert told(rich, "zh-hans")[0][0] == "1,500 积分已退回"
    assert told(bob) == []


def test_a_gift_is_no_used_voucher(rich, make_offer):
    redemption.redeem(uuid4(), rich, make_offer(kind="donation").id)
    assert told(rich) == []


def test_a_planted_tree_is_told_once_however_many_shares_and_to_later_ones_too(rich, bob, give_points, make_offer):
    grove = make_offer(kind="tree", tree_shares=4, price_points=5)
    for _ in range(2):
        redemption.redeem(uuid4(), rich, grove.id)
    assert told(rich) == []
    names = {"species_zh": "樟树", "species_en": "Camphor", "place_zh": "青山", "place_en": "Green Hill"}
    where = {"latitude_e6": 30_274_000, "longitude_e6": 120_155_000, "certificate": "T-1"}
    planting = Planting(offer=grove, trees=1, planted_on=date(2026, 11, 1), **names, **where)
    trees.record(planting, ContentFile(JPEG, "x.jpg"))
    assert told(rich) == [
        ("Your tree was planted", "Camphor, Green Hill, 1 Nov 2026. Its page has the photo and the certificate.")
    ]
    give_points(bob.id, 5)
    redemption.redeem(uuid4(), bob, grove.id)
    assert told(bob) == []
    trees.assign_all()
    assert [title for title, _text in told(bob)] == ["Your tree was planted"]
    assert len(told(rich)) == 1


def test_a_gift_that_arrived_is_told_once_however_many_gifts(rich, bob, give_points, make_offer):
    cause = make_offer(kind="donation", price_points=5)
    for _ in range(2):
        redemption.redeem(uuid4(), rich, cause.id)
    arrived(cause, 2)
    title, text = "Your gift has arrived at Corner Café", "Gloves were bought. Its page has the photo and the receipt."
    assert told(rich) == [(title, text)]
    give_points(bob.id, 5)
    redemption.redeem(uuid4(), bob, cause.id)
    assert told(bob) == []
