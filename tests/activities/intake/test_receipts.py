"""What a partner reads of its deliveries over HTTP: its own, signed, and nothing about what others reported."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from activities.intake import deliveries, receipts
from activities.models import Delivery, Feed
from sandbox.loading import WEBHOOK_SECRET, load_feed
from tests.activities.conftest import rides, take_in
from tests.activities.test_webhook import FORMAT, RIDE

OTHERS_SECRET = "whsec_b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC0zMmI="


@pytest.fixture
def feed(db) -> Feed:
    return load_feed({"code": "rides-live", "partner": "mobike", "format": FORMAT})


def sign(message_id: str, body: str = "", *, secret: str = WEBHOOK_SECRET, minutes_off: int = 0) -> dict[str, str]:
    at = datetime.now(UTC) + timedelta(minutes=minutes_off)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, at, body),
    }


@pytest.fixture
def read(client):
    def get(address: str, *, of: str | None = None, **signing):
        message_id = of or address.split("?")[0].rsplit("/", 1)[-1]
        return client.get(address, headers=sign(message_id, **signing))

    return get


@pytest.fixture
def post(client):
    """Posts rows as a webhook; the address of its receipt."""

    def send(rows: list[dict]) -> str:
        body, name = json.dumps({"type": "activities.reported", "data": rows}), f"w-{uuid4()}"
        answer = client.post("/hooks/rides-live/", body, content_type="application/json", headers=sign(name, body))
        assert answer.status_code == 202
        return answer["Location"]

    return send


def digest(address: str) -> None:
    deliveries.digest(UUID(address.rsplit("/", 1)[-1]))


def hour(number: int) -> dict:
    return {**RIDE, "id": f"r{number}", "start": f"2026-08-01T{number:02}:00:00+08:00"}


def test_a_webhook_says_where_its_outcome_is_read(alice, feed, link, post, read):
    link(alice, feed, "7")
    address = post([*map(hour, range(8, 18)), {**RIDE, "id": "x", "metres": -3}, hour(9)])
    waiting = read(address).json()
    assert (waiting["state"], waiting["digested_at"], waiting["counts"]["rows"]) == ("received", None, 0)
    digest(address)
    told = read(address).json()
    assert (told["delivery"], told["feed"], told["door"]) == (address.rsplit("/", 1)[-1], "rides-live", "webhook")
    assert (told["state"], told["refusal"], told["next"]) == ("digested", None, None)
    assert told["counts"] == {
        "rows": 12, "quarantined": 1, "duplicates": 1, "corrected": 0, "cancelled": 0, "unlinked": 0, "skipped": 0,
    }  # fmt: skip
    assert sum(told["verdicts"].values()) == 10
    assert told["quarantined"] == [
        {"line": 11, "code": "value_negative", "field": "metres", "detail": "-3 is negative; at least 0 is expected"}
    ]


def test_of_few_activities_no_verdict_is_told_and_never_a_reason(alice, bike_feed, feed, link, post, read):
    link(alice, feed, "7")
    take_in(bike_feed, rides(("1", "7", "2026-08-01 08:00", "2026-08-01 08:10", "1.5")))
    address = post([hour(8)])  # at the time of another ride, of which this partner need not hear
    digest(address)
    delivery = Delivery.objects.get(door="webhook")
    told = read(address).json()
    assert delivery.counts["rejected"] + delivery.counts["accepted"] + delivery.counts["duplicates"] == 1
    assert (told["verdicts"], "reasons" in json.dumps(told)) == (None, False)


def test_a_refused_body_says_why(feed, client, read):
    body = "no json"
    answer = client.post("/hooks/rides-live/", body, content_type="application/json", headers=sign("w", body))
    with pytest.raises(deliveries.Refused):
        digest(answer["Location"])
    told = read(answer["Location"]).json()
    assert (told["state"], told["refusal"]["code"], told["counts"]["rows"]) == ("refused", "bad_json", 0)


def test_many_bad_rows_are_read_in_turn(feed, post, read, monkeypatch):
    monkeypatch.setattr(receipts, "LINES_AT_ONCE", 2)
    address, lines = post([{"id": str(number)} for number in range(5)]), []
    digest(address)
    while address:
        told = read(address).json()
        lines.append([row["line"] for row in told["quarantined"]])
        address = told["next"]
    assert lines == [[1, 2], [3, 4], [5]]
    for wrong in ("x", "-1", "9" * 30):
        answer = read(f"{post([RIDE])}?after={wrong}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize(
    "signing",
    [
        {"secret": OTHERS_SECRET},
        {"minutes_off": -6},
        {"minutes_off": 6},
        {"of": "another"},
        {"body": "of a webhook"},
    ],
)
def test_who_cannot_sign_reads_nothing(feed, post, read, signing):
    answer = read(post([RIDE]), **signing)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


def test_without_a_signature_nothing_is_read(feed, post, client):
    assert client.get(post([RIDE])).status_code == 401


def test_a_partner_finds_no_delivery_of_another(feed, bike_feed, post, read):
    stranger = load_feed({"code": "others", "partner": "metro-card", "format": FORMAT})
    stranger.secrets = OTHERS_SECRET
    stranger.save()
    address = post([RIDE])
    for there in (address, f"/hooks/others/deliveries/{uuid4()}"):
        answer = read(there.replace("rides-live", "others"), secret=OTHERS_SECRET)
        assert (answer.status_code, answer.json()["code"]) == (404, "delivery_unknown")
    answer = read(address.replace("rides-live", "nowhere"))
    assert (answer.status_code, answer.json()["code"]) == (404, "feed_unknown")
    assert read(address).status_code == 200
