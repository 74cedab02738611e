"""Staff keep merchants and offers; stock moves by its function, redemptions not at all."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.models import User
from rewards import redemption, signing
from rewards.models import Member, Merchant, Offer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def staff(client):
    client.force_login(User.objects.create_superuser(username="staff"))
    return client


def form(cafe: Merchant, **changes: object) -> dict[str, object]:
    now = timezone.now()
    fields = {
        "merchant": cafe.id,
        "title_zh": "一杯美式",
        "title_en": "An Americano",
        "description_zh": "",
        "description_en": "",
        "price_points": 10,
        "value_fen": 1550,
        "stock_total": 7,
        "starts_at_0": now.date().isoformat(),
        "starts_at_1": "00:00:00",
        "ends_at_0": (now + timedelta(days=9)).date().isoformat(),
        "ends_at_1": "00:00:00",
        "voucher_days": 30,
        "kind": "coupon",
        "allocation": "first_come",
        "funder": "city",
        "steps-TOTAL_FORMS": 0,
        "steps-INITIAL_FORMS": 0,
    }
    return {**fields, **changes}


def test_a_merchant_is_made_with_its_people(staff):
    user = User.objects.create_user(username=str(uuid4()))
    answer = staff.post(
        "/admin/rewards/merchant/add/",
        {
            "code": "cafe",
            "name_zh": "街角咖啡",
            "name_en": "Corner Café",
            "active": "on",
            "members-TOTAL_FORMS": 1,
            "members-INITIAL_FORMS": 0,
            "members-0-user": str(user.pk),
            "members-0-role": "owner",
        },
    )
    assert answer.status_code == 302
    assert Member.objects.get().merchant.code == "cafe"


def test_a_new_offer_has_its_whole_stock_left(staff, cafe):
    assert staff.post("/admin/rewards/offer/add/", form(cafe)).status_code == 302
    assert (Offer.objects.get().stock_total, Offer.objects.get().stock_left) == (7, 7)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"price_points": 0}, "price_points"),
        ({"price_points": -1}, "price_points"),
        ({"ends_at_0": "2020-01-01"}, "ends_at"),
        ({"stock_total": -1}, "stock_total"),
        ({"title_zh": ""}, "title_zh"),
        ({"allocation": "lottery", "day_limit": 2}, "day_limit"),
        ({"allocation": "lottery", "district_limit": 2}, "district_limit"),
    ],
)
def test_an_offer_that_cannot_be_is_refused(staff, cafe, change, field):
    answer = staff.post("/admin/rewards/offer/add/", form(cafe, **change))
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors
    assert not Offer.objects.exists()


def test_editing_does_not_undo_what_was_redeemed_meanwhile(staff, coffee, rich, cafe):
    before = form(cafe, price_points=12, add_stock=3, stock_total=99, stock_left=99)
    redemption.redeem(uuid4(), rich, coffee.id)
    assert staff.post(f"/admin/rewards/offer/{coffee.id}/change/", before).status_code == 302
    coffee.refresh_from_db()
    assert (coffee.price_points, coffee.stock_total, coffee.stock_left) == (10, 8, 7)  # a published price stays


def test_a_published_lottery_keeps_its_end_and_has_no_limit_by_day(staff, make_offer, cafe):
    offer = make_offer(allocation="lottery")
    ends_at = offer.ends_at
    staff.post(f"/admin/rewards/offer/{offer.id}/change/", form(cafe, title_en="A bicycle", ends_at_0="2099-01-01"))
    offer.refresh_from_db()
    assert (offer.title_en, offer.ends_at) == ("A bicycle", ends_at)
    answer = staff.post(f"/admin/rewards/offer/{offer.id}/change/", form(cafe, day_limit=3))
    assert answer.context["adminform"].form.errors.keys() == {"day_limit"}


def test_stock_that_is_taken_cannot_be_taken_away(staff, coffee, voucher, cafe):
    answer = staff.post(f"/admin/rewards/offer/{coffee.id}/change/", form(cafe, add_stock=-5))
    assert answer.status_code == 200
    assert "add_stock" in answer.context["adminform"].form.errors
    coffee.refresh_from_db()
    assert (coffee.stock_total, coffee.stock_left) == (5, 4)


def test_an_offer_stays_at_its_merchant_and_is_kept_once_redeemed(staff, coffee, voucher, cafe, make_merchant):
    staff.post(f"/admin/rewards/offer/{coffee.id}/change/", form(cafe, merchant=make_merchant("bakery").id))
    coffee.refresh_from_db()
    assert coffee.merchant == cafe
    assert staff.post(f"/admin/rewards/offer/{coffee.id}/delete/", {"post": "yes"}).status_code == 403


def test_redemptions_are_looked_at_without_their_codes(staff, voucher, fingerprint):
    before = fingerprint()
    for path in ["", f"{voucher.id}/change/"]:
        answer = staff.get(f"/admin/rewards/redemption/{path}")
        assert answer.status_code == 200
        assert voucher.voucher_code not in answer.content.decode()
        assert voucher.voucher_code[-4:] in answer.content.decode()
    assert staff.post(f"/admin/rewards/redemption/{voucher.id}/change/", {"points": 1}).status_code == 403
    assert staff.post(f"/admin/rewards/redemption/{voucher.id}/delete/", {"post": "yes"}).status_code == 403
    assert staff.get("/admin/rewards/redemption/add/").status_code == 403
    assert fingerprint() == before


@pytest.fixture
def sign_in(client, make_staff):
    def make(*rights: str):
        client.force_login(make_staff(*rights))
        return client

    return make


@pytest.mark.parametrize(
    ("action", "state"), [("publish", "proposed"), ("give_back", "proposed"), ("pause", "published"), ("end", "draft")]
)
def test_who_may_only_look_or_edit_moves_no_offer(sign_in, make_offer, fingerprint, action, state):
    offer = make_offer(state=state)
    desk = sign_in("view_offer", "change_offer", "view_offerstep")
    before = fingerprint()
    posted = {"action": action, "_selected_action": str(offer.id), "note": "Too dear."}
    assert desk.post("/admin/rewards/offer/", posted).status_code in {200, 302}
    assert f'value="{action}"' not in desk.get("/admin/rewards/offer/").content.decode()
    assert (fingerprint(), offer.steps.count()) == (before, 0)
    desk = sign_in("view_offer", "add_offerstep")
    desk.post("/admin/rewards/offer/", posted)
    assert offer.steps.count() == 1


def test_who_may_only_look_rotates_no_key(sign_in):
    first = signing.current()
    posted = {"action": "rotate", "_selected_action": first.kid}
    sign_in("view_signingkey").post("/admin/rewards/signingkey/", posted)
    assert signing.current() == first
    sign_in("view_signingkey", "add_signingkey").post("/admin/rewards/signingkey/", posted)
    assert signing.current() != first


def test_the_city_publishes_pauses_and_ends_an_offer_and_who_did_is_kept(staff, make_offer):
    offer = make_offer(state="draft")

    def act(action: str) -> str:
        staff.post("/admin/rewards/offer/", {"action": action, "_selected_action": str(offer.id)})
        offer.refresh_from_db()
        return offer.state

    assert [act(action) for action in ("publish", "pause", "publish", "end")] == [
        "published",
        "paused",
        "published",
        "ended",
    ]
    assert act("publish") == "ended"
    steps = offer.steps.order_by("id")
    assert [step.state for step in steps] == ["published", "paused", "published", "ended"]
    assert {step.made_by for step in steps} == {User.objects.get(username="staff").id}
