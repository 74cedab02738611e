"""The main job: from the bytes a partner sends to the merchant's statement, through the real doors."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.linking import links
from accounts.models import Citizen, Consent, Partner, User
from config.clock import city_today, city_zone
from dashboard.models import Period
from dashboard.ranks import boards
from rewards.models import Member, Merchant, Offer
from sandbox.city.records import Record
from sandbox.loading import WEBHOOK_SECRET
from sandbox.webhooks import encode, sign

pytestmark = pytest.mark.django_db(transaction=True)
AUTH = "/_allauth/app/v1/auth"
# 2.5 km x (42.58 - 8.7) g/km = 84.7 g
RIDE_MG = 84_700


@pytest.fixture
def app_token(client, mailoutbox) -> str:
    """An app signs a citizen up by a code sent to an e-mail address."""
    answer = client.post(f"{AUTH}/signup", {"email": "ann@example.org"}, content_type="application/json")
    token = answer.json()["meta"]["session_token"]
    code = re.search(r"\b(\d{6})\b", mailoutbox[-1].body)
    assert code is not None
    answer = client.post(
        f"{AUTH}/code/confirm",
        {"code": code[1]},
        content_type="application/json",
        headers={"X-Session-Token": token},
    )
    assert answer.status_code == 200, answer.content
    return answer.json()["meta"]["session_token"]


@pytest.fixture
def shop() -> Merchant:
    merchant = Merchant.objects.create(code="cafe", name_zh="街角咖啡", name_en="Corner Café")
    clerk = User.objects.create_user("clerk", "clerk@example.org")
    Member.objects.create(merchant=merchant, user=clerk, role=Member.Role.OWNER)
    return merchant


@pytest.fixture
def coffee(shop) -> Offer:
    now = timezone.now()
    return Offer.objects.create(
        merchant=shop,
        title_zh="一杯美式",
        title_en="An Americano",
        price_points=20,
        value_fen=1_500,
        stock_total=1,
        stock_left=1,
        state=Offer.State.PUBLISHED,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=1),
    )


def ride(number: int, hours_ago: int, person: int = 1, distance_km: str = "2.5") -> dict[str, str]:
    start = timezone.now().astimezone(city_zone()) - timedelta(hours=hours_ago)
    return {
        "order_no": f"SB{number}",
        "user": f"BIKE-{person:06d}",
        "unlocked_at": f"{start:%Y-%m-%d %H:%M:%S}",
        "locked_at": f"{start + timedelta(minutes=15):%Y-%m-%d %H:%M:%S}",
        "distance_km": distance_km,
        "status": "completed",
    }


def test_a_ride_becomes_a_reduction_points_a_rank_and_a_coffee(client, app_token, make_citizen, coffee, work):
    headers = {"X-Session-Token": app_token, "Accept-Language": "en"}

    def call(method: str, path: str, data: object = None, status: int = 200):
        body = {} if data is None else {"data": data, "content_type": "application/json"}
        answer = getattr(client, method)(f"/api/v1/{path}", headers=headers, **body)
        assert answer.status_code == status, answer.content
        return answer.json()

    # the citizen, with a linked bike-share account
    call("put", "me", {"fourteen_or_older": True})
    call("patch", "me", {"nickname": "Ann", "district": "lakeside", "ranked": True})
    ann = Citizen.objects.get(nickname="Ann")
    partner = Partner.objects.get(code="swift-bike")
    others = [make_citizen(f"p{n}", nickname=f"P{n}", ranked=True) for n in range(9)]
    links.open_many(
        partner,
        [(citizen, f"BIKE-{n:06d}") for n, citizen in enumerate([ann, *others], start=1)],
        reads_from=timezone.now() - timedelta(days=3),
        channel=Consent.Channel.SANDBOX,
    )

    # the partner's signed webhook, digested by the worker
    rows = [ride(number, hours_ago=2 * number + 1) for number in range(4)]
    rows += [ride(100 + person, hours_ago=1, person=person, distance_km="1") for person in range(2, 11)]
    body = encode([Record("BIKE-000001", 0, row) for row in rows])
    for _attempt in range(2):  # the partner repeats itself
        answer = client.post(
            "/hooks/swift-bike/", body, content_type="application/json", headers=sign(WEBHOOK_SECRET, "w1", body)
        )
        assert answer.status_code == 202
    work()

    # what the citizen sees
    summary = call("get", "summary")
    assert summary["balance_points"] == 4 * RIDE_MG // 10_000 == 33
    entries = call("get", "activities")["results"]
    assert [entry["status"] for entry in entries] == ["accepted"] * 4
    story = call("get", f"activities/{entries[0]['id']}")
    assert story["activity"]["reduction_mg"] == RIDE_MG
    assert "2.5 km × (42.58 − 8.7) g/km = 84.7 g" in str(story)
    boards.refresh(Period.YEAR, city_today())
    board = call("get", "ranks?period=year&scope=city")
    assert (board["standing"]["place"], board["standing"]["of"]) == (1, 10)
    assert board["top"][0] == {"place": 1, "nickname": "Ann", "score": 4 * RIDE_MG}

    # points for a coffee, asked for twice
    redemption_id = uuid4()
    voucher = call("put", f"redemptions/{redemption_id}", {"offer": str(coffee.id)}, status=201)
    assert call("put", f"redemptions/{redemption_id}", {"offer": str(coffee.id)})["voucher_code"]
    assert call("get", "summary")["balance_points"] == 13

    # the merchant confirms it, and finds it in the statement
    clerk = type(client)()
    clerk.force_login(User.objects.get(username="clerk"))
    code = voucher["voucher_code"]
    assert clerk.post(f"/merchant/v/{code}/confirm/").status_code == 302
    assert call("get", f"redemptions/{redemption_id}")["state"] == "confirmed"
    statement = b"".join(clerk.get("/merchant/statement.csv").streaming_content).decode("utf-8-sig")
    assert "一杯美式" in statement or "An Americano" in statement
    assert "20" in statement

    call_command("audit", "--json")
