"""What nobody foresaw in a delivery: it is tried again some times, then it waits for staff, and blocks nobody."""

import hmac
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import User
from activities import jobs
from activities.intake import deliveries, formats, json_text, readers
from activities.intake.formats import FormatInvalid
from activities.intake.problems import Refused
from activities.models import Activity, Delivery, Feed, QuarantinedRow
from sandbox.loading import WEBHOOK_SECRET, load_feed
from tests.activities.conftest import rides, take_in
from tests.activities.test_webhook import FORMAT, RIDE

GOOD = ("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")
DEEP = "[" * 100_000 + "]" * 100_000


@pytest.fixture
def feed(db) -> Feed:
    return load_feed({"code": "rides-live", "partner": "mobike", "format": FORMAT})


@pytest.fixture
def hook(client):
    """Sends bytes, signed by hand: the library signs texts only."""

    def post(body: bytes):
        at, key = str(int(timezone.now().timestamp())), b64decode(WEBHOOK_SECRET.removeprefix("whsec_"))
        signature = b64encode(hmac.digest(key, f"w1.{at}.".encode() + body, "sha256")).decode()
        headers = {"webhook-id": "w1", "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}
        return client.post("/hooks/rides-live/", body, content_type="application/json", headers=headers)

    return post


def break_down(*args):
    raise ZeroDivisionError("of a row's content")


def test_what_fails_is_tried_five_times_and_then_waits_for_staff(alice, bike_feed, link, monkeypatch):
    link(alice, bike_feed, "7")
    delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", rides(GOOD))
    with monkeypatch.context() as patch:
        patch.setattr(deliveries.pipeline, "run", break_down)
        for failures in range(1, 6):
            with pytest.raises(ZeroDivisionError):
                deliveries.digest(delivery.pk)
            delivery.refresh_from_db()
            assert (delivery.failures, delivery.state) == (failures, "received" if failures < 5 else "failed")
        assert delivery.refusal == {"code": "failed", "field": "", "detail": "ZeroDivisionError"}
        assert deliveries.digest(delivery.pk).rows == 0
    Delivery.objects.update(received_at=timezone.now() - timedelta(days=1))
    jobs.resume_deliveries(0)
    assert not ProcrastinateJob.objects.exists()
    assert not Activity.objects.exists()
    assert deliveries.try_again(delivery)
    assert not deliveries.try_again(delivery)
    assert deliveries.digest(delivery.pk).accepted == 1
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failures, delivery.refusal) == ("digested", 0, None)


@pytest.mark.parametrize("error", [OperationalError("the disk is full"), ConnectionError("it restarts")])
def test_what_passes_is_tried_for_as_long_as_it_takes(alice, bike_feed, link, monkeypatch, error):
    link(alice, bike_feed, "7")
    delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", rides(GOOD))

    def fail(*args):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(deliveries.pipeline, "run", fail)
        for _time in range(9):
            with pytest.raises(type(error)):
                deliveries.digest(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failures) == ("received", 0)
    assert deliveries.digest(delivery.pk).accepted == 1


def test_what_waits_or_failed_keeps_its_body(bike_feed):
    kept = [("a", "received", 400), ("b", "failed", 100), ("f", "digested", 2)]
    for name, state, age_days in [*kept, ("c", "failed", 200), ("d", "digested", 4), ("e", "refused", 4)]:
        delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, name, rides(GOOD))
        received_at = timezone.now() - timedelta(days=age_days)
        Delivery.objects.filter(pk=delivery.pk).update(state=state, received_at=received_at)
    assert deliveries.purge_raw() == 3
    assert set(Delivery.objects.exclude(chunks=None).values_list("external_id", flat=True)) == {
        name for name, _state, _days in kept
    }


def test_the_desk_tells_of_it_and_lets_it_be_tried_again(client, bike_feed, make_staff):
    delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", rides(GOOD))
    reason = {"code": "failed", "field": "", "detail": "ZeroDivisionError"}
    Delivery.objects.update(state="failed", failures=5, refusal=reason)
    page = f"/admin/activities/delivery/{delivery.pk}/change/"
    client.force_login(make_staff("reader", "view_delivery"))
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    assert "Try again" not in client.get(page).text
    assert "could not be taken in" not in client.get("/admin/").text
    client.post(page, {"again": "1"})
    assert not ProcrastinateJob.objects.exists()
    client.force_login(User.objects.create_superuser("staff", "staff@example.org", "a long password"))
    assert "1 delivery could not be taken in" in client.get("/admin/").text
    assert "ZeroDivisionError" in client.get(page).text
    assert client.post(page, {"again": "1"}).status_code == 302
    assert ProcrastinateJob.objects.get().args == {"delivery_id": str(delivery.pk)}
    delivery.refresh_from_db()
    assert (delivery.state, delivery.failures, delivery.refusal) == ("received", 0, None)


@pytest.mark.parametrize(
    "body",
    [
        b"order\0id,userid\n1,2\n",
        rides(GOOD).decode().encode("utf-16-le"),
        rides(GOOD).decode().encode("utf-16-be"),
    ],
)
def test_a_header_with_what_no_database_takes_is_refused_in_the_open(bike_feed, body):
    with pytest.raises(Refused):
        take_in(bike_feed, body)
    delivery = Delivery.objects.get()
    assert delivery.state == "refused"
    assert "\0" not in json.dumps(delivery.refusal, ensure_ascii=False)


@pytest.mark.parametrize("kind", ["json", "jsonl"])
@pytest.mark.parametrize("spaced", [False, True])
def test_json_without_end_is_refused_before_it_costs_memory(feed, kind, spaced):
    feed.format = {**FORMAT, "container": {"kind": kind} | ({"path": "data"} if kind == "json" else {})}
    feed.save()
    deep = DEEP.replace("[", "[" + 200 * " ")[: 210 * 40_000] if spaced else DEEP
    row = json.dumps({**RIDE, "more": "DEEP"}).replace('"DEEP"', deep)
    body = (f'{{"data": [{row}]}}' if kind == "json" else row).encode()
    with pytest.raises(Refused) as caught:
        take_in(feed, body)
    assert caught.value.code == "bad_json"
    assert "nested deeper than 200 levels" in caught.value.detail
    assert Delivery.objects.get().state == "refused"


@pytest.mark.parametrize("body", [DEEP, f'{{"type": "t", "timestamp": "2026-08-01T08:00:00Z", "data": {DEEP}}}'])
def test_a_webhook_without_end_is_kept_and_refused(feed, hook, body):
    answer = hook(body.encode())
    assert answer.status_code == 202
    with pytest.raises(Refused, match="nested deeper"):
        deliveries.digest(Delivery.objects.get().pk)


def test_a_webhook_that_is_no_text_is_refused(feed, hook):
    body = b'[{"id": "\xed\xa0\x80"}]'
    assert (hook(body).status_code, Delivery.objects.count()) == (401, 0)  # the standard signs texts
    with pytest.raises(Refused, match="not UTF-8"):
        readers.read_webhook(body, formats.parse(FORMAT))


def test_json_of_common_depth_is_read(feed):
    assert json_text.decode("[" * 200 + "]" * 200)
    text = 'a [b] of {c} [["\\' * 200
    assert json_text.decode(json.dumps([text])) == [text]
    row = {**RIDE, "more": [text] * 100}
    feed.format = {**FORMAT, "container": {"kind": "json", "path": "data"}}
    feed.save()
    outcome = take_in(feed, json.dumps({"data": [row, {**row, "id": "r2"}]}).encode())
    assert (outcome.rows, outcome.quarantined) == (2, 0)


@pytest.mark.parametrize("told", ["0001-01-01T00:00:00+08:00", "1999-12-31T23:59:59Z"])
def test_an_envelope_from_before_our_time_is_refused_at_the_door(feed, hook, told):
    answer = hook(json.dumps({"type": "t", "timestamp": told, "data": [RIDE]}).encode())
    assert (answer.status_code, answer.json()["code"]) == (400, "timestamp_out_of_range")
    assert not Delivery.objects.exists()


def test_no_delivery_was_made_before_1970(bike_feed):
    long_ago = datetime(1, 1, 1, tzinfo=UTC)
    delivery, _new = deliveries.receive(bike_feed, Delivery.Door.FILE, "x", rides(GOOD), long_ago)
    assert delivery.sent_at == datetime(1970, 1, 1, tzinfo=UTC)
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.update(sent_at=long_ago)


@pytest.mark.parametrize("encoding", ["hex", "zlib", "rot13", "undefined", "klingon"])
def test_what_codes_no_text_is_no_encoding(encoding):
    with pytest.raises(FormatInvalid, match=f"'{encoding}' is not an encoding"):
        formats.parse({**FORMAT, "container": {"kind": "csv", "encoding": encoding}})


def test_a_row_with_what_no_database_takes_is_quarantined(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    bad = ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "a\0b")
    outcome = take_in(bike_feed, rides(GOOD, bad))
    assert (outcome.accepted, outcome.quarantined) == (1, 1)
    assert QuarantinedRow.objects.get().code == "number_unreadable"
