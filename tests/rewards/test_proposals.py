"""Merchants propose, the city publishes or returns; nothing is offered that the city did not approve."""

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts.models import User
from config import clock
from rewards import offers, redemption, refusals
from rewards.models import Member, Offer, OfferStep

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(cafe, make_member) -> Member:
    return make_member(cafe, Member.Role.MANAGER)


@pytest.fixture
def console(client, manager):
    client.force_login(manager.user)
    client.cookies["tanpuhui_language"] = "en"
    return client


def told(**changes) -> dict:
    today = clock.city_today()
    values = {"id": str(uuid4()), "kind": "goods", "title_zh": "马克杯", "title_en": "A mug", "price_points": "30"}
    values |= {"funder": "merchant", "value_yuan": "25.50", "stock_total": "40", "voucher_days": "14"}
    values |= {"description_zh": "", "description_en": "", "person_limit": "2"}
    return values | {"first_day": f"{today}", "last_day": f"{today + timedelta(days=9)}"} | changes


def propose(console, **changes) -> Offer:
    sent = told(**changes)
    console.post("/merchant/offers/propose/", sent)
    return Offer.objects.get(id=sent["id"])


@pytest.fixture
def staff(db):
    return User.objects.create_superuser("staff", "staff@example.org")


def act(client, staff, offer, action, note=""):
    client.force_login(staff)
    client.post("/admin/rewards/offer/", {"action": action, "_selected_action": str(offer.id), "note": note})
    offer.refresh_from_db()
    return offer.state


def test_a_proposal_is_seen_by_nobody_until_the_city_publishes_it(console, client, staff, rich, cafe):
    offer = propose(console)
    assert (offer.merchant, offer.state, offer.stock_left, offer.value_fen) == (cafe, "proposed", 40, 2550)
    assert (offer.starts_at, offer.ends_at) == (
        clock.day_start(clock.city_today()), clock.day_end(clock.city_today() + timedelta(days=9)),
    )  # fmt: skip
    with pytest.raises(refusals.OfferUnknown):
        redemption.redeem(uuid4(), rich, offer.id)
    assert not offers.published(rich).exists()
    assert act(client, staff, offer, "publish") == "published"
    assert redemption.redeem(uuid4(), rich, offer.id)[1]


def test_a_double_click_proposes_once(console):
    sent = told()
    for _ in range(2):
        console.post("/merchant/offers/propose/", sent)
    assert Offer.objects.count() == 1 and OfferStep.objects.count() == 1


def test_the_city_returns_it_with_a_reason_and_it_is_handed_in_again(console, client, staff, manager):
    offer = propose(console)
    assert act(client, staff, offer, "give_back") == "proposed"  # a reason is needed
    assert act(client, staff, offer, "give_back", "40 is too few") == "returned"
    client.force_login(manager.user)
    assert "40 is too few" in client.get("/merchant/offers/").content.decode()
    assert client.get(f"/merchant/offers/{offer.id}/").status_code == 200
    client.post(f"/merchant/offers/{offer.id}/", told(id=str(offer.id), stock_total="400"))
    offer.refresh_from_db()
    assert (offer.state, offer.stock_total, offer.stock_left) == ("proposed", 400, 400)
    assert list(offer.steps.order_by("id").values_list("state", flat=True)) == ["proposed", "returned", "proposed"]


def test_what_the_city_decided_the_merchant_changes_no_more(console, client, staff, manager):
    offer = propose(console)
    act(client, staff, offer, "publish")
    client.force_login(manager.user)
    assert client.post(f"/merchant/offers/{offer.id}/", told(price_points="1")).status_code == 404
    client.post(f"/merchant/offers/{offer.id}/withdraw/")
    offer.refresh_from_db()
    assert (offer.state, offer.price_points) == ("published", 30)


def test_a_proposal_is_withdrawn_for_good(console):
    offer = propose(console)
    console.post(f"/merchant/offers/{offer.id}/withdraw/")
    offer.refresh_from_db()
    assert offer.state == "ended"


@pytest.mark.parametrize(
    "wrong",
    [{"price_points": "0"}, {"last_day": "2020-01-01"}, {"kind": "tree"}, {"funder": "sponsor"}, {"value_yuan": "-1"}],
)
def test_what_does_not_fit_is_said_and_not_written(console, wrong):
    assert console.post("/merchant/offers/propose/", told(**wrong)).status_code == 422
    assert not Offer.objects.exists()


@pytest.mark.parametrize("path", ["", "propose/", "{id}/"])
def test_cashiers_and_strangers_find_no_proposals(client, clerk, bob, coffee, make_member, make_merchant, path):
    address = "/merchant/offers/" + path.format(id=coffee.id)
    for user in (clerk.user, bob.user):
        client.force_login(user)
        assert client.get(address).status_code == 404
    other = make_member(make_merchant("bakery"), Member.Role.OWNER)
    client.force_login(other.user)
    assert client.post(f"/merchant/offers/{coffee.id}/withdraw/").status_code == 404
    coffee.refresh_from_db()
    assert coffee.state == "published"
