from datetime import UTC, datetime, timedelta

import pytest
import requests
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from sandbox import webhooks
from sandbox.city.records import Record

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = '{"test": 2432232314}'


class Answer:
    def __init__(self, status_code):
        self.status_code, self.ok, self.text = status_code, status_code < 400, "body"


@pytest.fixture
def platform(monkeypatch):
    """Answers with the given statuses one after the other; keeps what was posted."""
    posted, statuses = [], []

    def post(url, data, **kwargs):
        posted.append((url, data, kwargs["headers"]))
        status = statuses.pop(0)
        if status is None:
            raise requests.ConnectionError("refused")
        return Answer(status)

    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setattr(webhooks.time, "sleep", lambda seconds: None)
    return posted, statuses


def test_signature_is_the_published_example():
    """The vector of the Standard Webhooks specification."""
    at = datetime.fromtimestamp(1614265330, UTC)
    assert webhooks.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", BODY, at) == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_library_verifies_what_is_signed_here():
    local = datetime.now(UTC).astimezone(tz=None)
    headers = webhooks.sign(SECRET, "msg_1", BODY, local)
    assert Webhook(SECRET).verify(BODY, headers) == {"test": 2432232314}
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(BODY + " ", headers)
    with pytest.raises(WebhookVerificationError):
        old = webhooks.sign(SECRET, "msg_1", BODY, local - timedelta(minutes=6))
        Webhook(SECRET).verify(BODY, old)


def test_a_body_is_posted_again_with_its_id_until_it_is_taken(platform):
    posted, statuses = platform
    statuses += [503, None, 429, 202]
    webhooks.post("http://city", "swift-bike", SECRET, "msg_1", BODY)
    assert [url for url, _data, _headers in posted] == ["http://city/hooks/swift-bike/"] * 4
    assert {headers["webhook-id"] for _url, _data, headers in posted} == {"msg_1"}
    Webhook(SECRET).verify(posted[-1][1], posted[-1][2])


def test_a_refused_body_is_not_posted_again(platform):
    posted, statuses = platform
    statuses += [401, 202]
    with pytest.raises(webhooks.NotTaken, match="401"):
        webhooks.post("http://city", "swift-bike", SECRET, "msg_1", BODY)
    assert len(posted) == 1


def test_a_platform_that_stays_away_is_given_up(platform):
    posted, statuses = platform
    statuses += [500] * webhooks.ATTEMPTS
    with pytest.raises(webhooks.NotTaken, match="500"):
        webhooks.post("http://city", "swift-bike", SECRET, "msg_1", BODY)
    assert len(posted) == webhooks.ATTEMPTS


def test_rows_are_in_the_body_as_the_partner_keeps_them():
    body = webhooks.encode([Record("BIKE-000001", 60, {"user": "BIKE-000001", "note": "雨"})])
    assert body == '{"type":"activities.reported","data":[{"user":"BIKE-000001","note":"雨"}]}'


def test_records_go_in_bodies_of_a_limited_number_of_rows():
    records = [Record("BIKE-000001", second, {}) for second in range(7)]
    assert [len(bunch) for bunch in webhooks.in_bodies(records, rows=3)] == [3, 3, 1]
