"""The mobile API of rewards."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts.models import District
from config import clock
from ledger import statements
from rewards import redemption, rotation, vouchers
from rewards.models import Offer, Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def phone(client, rich):
    client.force_login(rich.user)
    return client


def put(client, id, offer) -> object:
    return client.put(f"/api/v1/redemptions/{id}", {"offer": str(offer)}, content_type="application/json")


def test_offers_are_listed_cheapest_first_in_the_requests_language(phone, make_offer):
    make_offer(price_points=101)
    cheap = make_offer(price_points=5)
    make_offer(price_points=7, stock=0)
    make_offer(state="paused")
    make_offer(ends_at=timezone.now() - timedelta(seconds=1))
    make_offer(starts_at=timezone.now() + timedelta(hours=1))

    answer = phone.get("/api/v1/offers", headers={"Accept-Language": "en"}).json()

    assert [(row["price_points"], row["affordable"]) for row in answer["results"]] == [
        (5, True),
        (7, False),
        (101, False),
    ]
    first = answer["results"][0]
    assert first["id"] == str(cheap.id)
    assert (first["title"], first["merchant"]) == ("An Americano", "Corner Café")
    assert first["stock_left"] == 5
    chinese = phone.get(f"/api/v1/offers/{cheap.id}", headers={"Accept-Language": "zh-Hans"}).json()
    assert (chinese["title"], chinese["merchant"]) == ("一杯美式", "街角咖啡")


def test_offers_near_the_phone_come_by_distance_page_by_page(phone, make_offer, make_merchant):
    for name, latitude in [("far", 30_400_000), ("near", 30_251_000), ("middle", 30_270_000)]:
        merchant = make_merchant(name, latitude_e6=latitude, longitude_e6=120_150_000, address_zh=f"{name}路")
        make_offer(merchant=merchant)
        make_offer(merchant=merchant, price_points=20)
    make_offer()  # its merchant has no place
    seen, url = [], "/api/v1/offers?near=30.25,120.15&page_size=2"
    while url:
        answer = phone.get(url).json()
        seen += [(row["address"], row["distance_m"], row["price_points"]) for row in answer["results"]]
        url = answer["next"]
    expected = [("near路", 111), ("middle路", 2224), ("far路", 16679)]
    assert seen == [(*each, price) for each in expected for price in (10, 20)] + [("", None, 10)]


def test_offers_are_narrowed_as_the_phone_asks(phone, make_offer, make_merchant, rich):
    hill, plain = [District.objects.create(code=code, name_zh=code, name_en=code) for code in ("up", "down")]
    rich.district = hill
    rich.save()
    make_offer(kind="goods", price_points=101)
    make_offer(merchant=make_merchant("hut", district=hill), price_points=7)
    make_offer(merchant=make_merchant("barn", district=plain), price_points=8)

    def prices(query: str) -> list[int]:
        return [row["price_points"] for row in phone.get(f"/api/v1/offers?{query}").json()["results"]]

    assert prices("") == [7, 8, 101]
    assert prices("kind=goods") == [101]
    assert prices("affordable=true") == [7, 8]
    assert prices("own_district=true") == [7, 101]
    assert [row["district"] for row in phone.get("/api/v1/offers").json()["results"]] == ["up", "down", None]
    for query, code in [("kind=x", "invalid"), ("near=x", "place_unclear"), ("near=91,0", "place_unclear")]:
        answer = phone.get(f"/api/v1/offers?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_offers_of_one_price_are_paged_without_loss(phone, make_offer):
    made = {str(make_offer().id) for _ in range(7)}
    seen, url = [], "/api/v1/offers?page_size=3"
    while url:
        answer = phone.get(url).json()
        seen += [row["id"] for row in answer["results"]]
        url = answer["next"]
    assert len(seen) == 7
    assert set(seen) == made


def test_the_list_takes_as_many_queries_for_one_offer_as_for_twenty(phone, make_offer, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    make_offer()
    with CaptureQueriesContext(connection) as one:
        phone.get("/api/v1/offers")
    for _ in range(19):
        make_offer()
    with django_assert_num_queries(len(one)):
        assert len(phone.get("/api/v1/offers").json()["results"]) == 20


def test_a_redemption_is_made_once_by_its_id(phone, coffee, rich):
    id = uuid4()
    first, again = put(phone, id, coffee.id), put(phone, id, coffee.id)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    made = Redemption.objects.get()
    assert first.json() == {
        "id": str(id),
        "offer": str(coffee.id),
        "kind": "coupon",
        "title": "一杯美式",
        "merchant": "街角咖啡",
        "points": 10,
        "state": "reserved",
        "rotating": False,
        "voucher_code": vouchers.group(made.voucher_code),
        "voucher_url": f"http://127.0.0.1:8000/merchant/v/{made.voucher_code}/",
        "created_at": first.json()["created_at"],
        "expires_at": first.json()["expires_at"],
        "closed_at": None,
        "pass_until": None,
        "refunded_at": None,
        "note": "",
        "tree_shares": None,
        "planting": None,
        "handover": None,
    }
    assert statements.balance(rich.id) == 90


def test_refusals_are_problem_details_with_stable_codes(phone, rich, make_offer, coffee, fingerprint):
    dear, empty = make_offer(price_points=101), make_offer(stock=0)
    closed = make_offer(state="paused")
    before = fingerprint()
    for offer, status, code in [
        (dear.id, 409, "points_not_enough"),
        (empty.id, 409, "sold_out"),
        (closed.id, 409, "offer_paused"),
        (uuid4(), 404, "offer_unknown"),
    ]:
        answer = put(phone, uuid4(), offer)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
        assert answer.json()["code"] == code
        assert answer.json()["title"]
    rich.suspended_at = timezone.now()
    rich.save()
    answer = put(phone, uuid4(), coffee.id)
    assert (answer.status_code, answer.json()["code"]) == (403, "citizen_suspended")
    assert fingerprint() == before


@pytest.mark.parametrize("body", ["{}", '{"offer": "x"}', '{"offer": null}', "[]", "{"])
def test_a_malformed_request_is_a_400(phone, body, fingerprint):
    before = fingerprint()
    answer = phone.put(f"/api/v1/redemptions/{uuid4()}", body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert fingerprint() == before


def test_an_id_of_somebody_else_is_a_conflict_without_details(phone, voucher, coffee, bob, client):
    client.force_login(bob.user)
    answer = put(client, voucher.id, coffee.id)
    assert answer.status_code == 409
    assert set(answer.json()) == {"type", "title", "status", "code"}
    assert answer.json()["code"] == "redemption_conflict"


def test_own_redemptions_are_listed_newest_first_and_a_strangers_never(phone, rich, coffee, bob, client):
    made = [redemption.redeem(uuid4(), rich, coffee.id)[0] for _ in range(3)]
    listed = phone.get("/api/v1/redemptions").json()["results"]
    assert [row["id"] for row in listed] == [str(each.id) for each in reversed(made)]
    assert phone.get(f"/api/v1/redemptions/{made[0].id}").json()["id"] == str(made[0].id)

    client.force_login(bob.user)
    assert client.get("/api/v1/redemptions").json()["results"] == []
    for method, path in [("get", ""), ("post", "/cancel")]:
        answer = getattr(client, method)(f"/api/v1/redemptions/{made[0].id}{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "redemption_unknown")


def test_cancelling_returns_the_points_and_twice_is_once(phone, voucher, rich):
    for _ in range(2):
        answer = phone.post(f"/api/v1/redemptions/{voucher.id}/cancel")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert statements.balance(rich.id) == 100


def test_a_used_voucher_is_not_cancelled(phone, voucher, clerk):
    redemption.confirm(voucher.voucher_code, clerk)
    answer = phone.post(f"/api/v1/redemptions/{voucher.id}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "redemption_closed")


def test_a_code_is_told_only_while_it_can_be_used_and_a_refund_says_why(phone, voucher, clerk, owner):
    redemption.confirm(voucher.voucher_code, clerk)
    told = phone.get(f"/api/v1/redemptions/{voucher.id}").json()
    assert (told["state"], told["voucher_code"], told["voucher_url"]) == ("confirmed", None, None)
    redemption.refund(voucher.id, owner, "cold")
    told = phone.get(f"/api/v1/redemptions/{voucher.id}").json()
    assert (told["note"], told["refunded_at"] is None, told["voucher_code"]) == ("cold", False, None)


def test_a_pass_that_runs_is_told_with_its_end_and_its_code(phone, rich, make_offer, clerk):
    made, _new = redemption.redeem(uuid4(), rich, make_offer(kind="transit", pass_days=3, rotating=True).id)
    digits = rotation.code_at(made.id, timezone.now())
    redemption.confirm(made.voucher_code, clerk, digits)
    end = clock.day_end(clock.city_today() + timedelta(days=2))
    address = f"/api/v1/redemptions/{made.id}"
    told = phone.get(address).json()
    assert (told["kind"], told["rotating"], datetime.fromisoformat(told["pass_until"])) == ("transit", True, end)
    assert told["voucher_code"] == vouchers.group(made.voucher_code)
    assert datetime.fromisoformat(phone.get(f"{address}/voucher").json()["expires_at"]) == end
    Redemption.objects.update(closed_at=clock.day_start(clock.city_today()) - timedelta(days=2, microseconds=1))
    assert phone.get(address).json()["voucher_code"] is None
    assert phone.get(f"{address}/voucher").json()["code"] == "voucher_used"


def test_an_offer_that_is_not_open_is_a_404(phone, make_offer):
    assert phone.get(f"/api/v1/offers/{make_offer(state='paused').id}").status_code == 404


@pytest.mark.parametrize("path", ["offers", "redemptions", f"offers/{UUID(int=1)}", f"redemptions/{UUID(int=1)}"])
def test_nobody_reads_without_signing_in(client, path):
    assert client.get(f"/api/v1/{path}").status_code == 401


def test_nobody_redeems_without_signing_in(client, coffee):
    assert put(client, uuid4(), coffee.id).status_code == 401
    assert Offer.objects.get().stock_left == 5
