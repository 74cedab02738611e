"""The webhook door, signed by the reference library of Standard Webhooks."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import OperationalError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks.webhooks import Webhook

from activities.intake import deliveries
from activities.models import Activity, Delivery, Feed
from sandbox.loading import WEBHOOK_SECRET, load_feed

FORMAT = {
    "container": {"kind": "json", "path": "data"},
    "zone": "Asia/Shanghai",
    "subject": {"column": "rider.id"},
    "event_id": {"column": "id"},
    "cases": [
        {
            "scenario": "shared-bike",
            "started_at": {"column": "start"},
            "duration": {"column": "minutes", "unit": "min"},
            "distance": {"column": "metres"},
        }
    ],
}
RIDE = {"id": "r1", "rider": {"id": "7"}, "start": "2026-08-01T08:00:00+08:00", "minutes": 10, "metres": 1500}


@pytest.fixture
def feed(db) -> Feed:
    return load_feed({"code": "rides-live", "partner": "mobike", "format": FORMAT})


@pytest.fixture
def send(client):
    def post(rows, *, webhook_id="w1", minutes_off=0, secret=WEBHOOK_SECRET, tamper=False, feed_code="rides-live"):
        body = json.dumps({"type": "activities.reported", "data": rows})
        at = datetime.now(UTC) + timedelta(minutes=minutes_off)
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign(webhook_id, at, body),
        }
        body = body.replace("1500", "9500") if tamper else body
        return client.post(f"/hooks/{feed_code}/", body, content_type="application/json", headers=headers)

    return post


def test_a_signed_webhook_is_kept_queued_and_digested(alice, feed, link, send):
    link(alice, feed, "7")
    answer = send([RIDE])
    assert answer.status_code == 202
    assert ProcrastinateJob.objects.get().args == {"delivery_id": answer.json()["delivery"]}
    outcome = deliveries.digest(UUID(answer.json()["delivery"]))
    assert (outcome.accepted, outcome.reduction_mg) == (1, 50_820)


@pytest.mark.parametrize("container", [{"kind": "csv"}, {"kind": "jsonl"}])
def test_a_webhook_is_json_also_where_files_are_not(alice, feed, link, send, container):
    feed.format = {**FORMAT, "container": container}
    feed.save()
    link(alice, feed, "7")
    outcome = deliveries.digest(UUID(send([RIDE]).json()["delivery"]))
    assert (outcome.rows, outcome.accepted, outcome.reduction_mg) == (1, 1, 50_820)


def test_the_same_webhook_again_is_the_same_delivery(alice, feed, link, send):
    first, again = send([RIDE]).json(), send([RIDE]).json()
    assert (first["delivery"], again["new"]) == (again["delivery"], False)
    assert ProcrastinateJob.objects.count() == Delivery.objects.count() == 1


def test_the_same_id_with_another_body_is_a_conflict(feed, send):
    send([RIDE])
    answer = send([{**RIDE, "id": "r2"}])
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_conflict")
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    ("case", "status", "code"),
    [
        ({"tamper": True}, 401, "signature_invalid"),
        ({"secret": "whsec_" + "b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldC0zMmI="}, 401, "signature_invalid"),
        ({"minutes_off": -6}, 401, "signature_invalid"),
        ({"minutes_off": 6}, 401, "signature_invalid"),
        ({"feed_code": "nowhere"}, 404, "feed_unknown"),
    ],
)
def test_a_webhook_that_cannot_be_trusted_leaves_no_trace(feed, send, case, status, code):
    answer = send([RIDE], **case)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"webhook-id": "w", "webhook-timestamp": "1", "webhook-signature": "v1"},
        {"webhook-id": "w", "webhook-timestamp": "9" * 30, "webhook-signature": "v1,aaaa"},
        {"webhook-id": "w", "webhook-timestamp": "now", "webhook-signature": "v1,aaaa"},
    ],
)
@pytest.mark.parametrize("body", [b"{}", b"\xff\xfe"])
def test_malformed_headers_and_bodies_are_refused(client, feed, headers, body):
    answer = client.post("/hooks/rides-live/", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert not Delivery.objects.exists()


def test_a_body_over_the_limit_is_refused(feed, send, settings):
    settings.WEBHOOK_BODY_MAX_BYTES = 100
    answer = send([RIDE])
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "100" in answer.json()["detail"]
    assert not Delivery.objects.exists()


def test_while_secrets_rotate_both_are_good(feed, send):
    feed.secrets = "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LTMyYnl0ZXM=\n" + WEBHOOK_SECRET
    feed.save()
    assert send([RIDE]).status_code == 202
    feed.secrets = "whsec_bmV3LXNlY3JldC1uZXctc2VjcmV0LTMyYnl0ZXM="
    feed.save()
    assert send([RIDE], webhook_id="w2").status_code == 401


def test_a_closed_feed_takes_nothing(feed, send):
    feed.partner.active = False
    feed.partner.save()
    assert (send([RIDE]).status_code, Delivery.objects.count()) == (409, 0)


def test_unknown_people_and_bad_rows_of_a_webhook(alice, feed, link, send):
    link(alice, feed, "7")
    rows = [RIDE, {**RIDE, "id": "r2", "rider": {"id": "8"}}, {**RIDE, "id": "r3", "metres": -3}, {"id": "r4"}]
    outcome = deliveries.digest(UUID(send(rows).json()["delivery"]))
    assert (outcome.accepted, outcome.unlinked, outcome.quarantined) == (1, 1, 2)
    assert dict(outcome.reasons) == {"value_negative": 1, "value_missing": 1}
    assert Activity.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        json.dumps([RIDE, {**RIDE, "id": "r2", "start": "2026-08-01T09:00:00+08:00"}]),
        json.dumps(RIDE) + "\n" + json.dumps({**RIDE, "id": "r2", "start": "2026-08-01T09:00:00+08:00"}) + "\n",
        "\n".join(
            json.dumps({"type": "activities.reported", "data": ride})
            for ride in (RIDE, {**RIDE, "id": "r2", "start": "2026-08-01T09:00:00+08:00"})
        ),
    ],
)
def test_a_batch_is_a_list_or_lines(alice, feed, link, client, body):
    link(alice, feed, "7")
    outcome = deliveries.digest(UUID(post_raw(client, body).json()["delivery"]))
    assert (outcome.rows, outcome.accepted) == (2, 2)


def test_one_row_alone_is_a_body_too(alice, feed, link, send):
    link(alice, feed, "7")
    outcome = deliveries.digest(UUID(send(RIDE).json()["delivery"]))
    assert (outcome.rows, outcome.accepted) == (1, 1)


def post_raw(client, body: str):
    at = datetime.now(UTC)
    headers = {"webhook-id": "raw", "webhook-timestamp": str(int(at.timestamp()))}
    headers["webhook-signature"] = Webhook(WEBHOOK_SECRET).sign("raw", at, body)
    return client.post("/hooks/rides-live/", body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("failure", [OperationalError("No space left on device"), OSError(28, "No space left")])
def test_what_cannot_be_kept_is_answered_503_and_left_undone(feed, send, monkeypatch, caplog, failure):
    def fail(*args):
        raise failure

    with monkeypatch.context() as patched:
        patched.setattr(deliveries.chunks, "store", fail)
        answer = send([RIDE])
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "store_unavailable", "60")
    assert not Delivery.objects.exists()
    assert not ProcrastinateJob.objects.exists()
    assert send([RIDE]).status_code == 202


def test_while_the_database_is_away_a_webhook_is_told_when_to_come_again(feed, send, monkeypatch, caplog):
    def refuse(*args, **kwargs):
        raise OperationalError("connection refused")

    with monkeypatch.context() as patched:
        patched.setattr(transaction, "atomic", refuse)  # where a request's own transaction would begin, too
        answer = send([RIDE])
    assert (answer.status_code, answer.json()["code"], answer["Retry-After"]) == (503, "store_unavailable", "60")
    assert send([RIDE]).status_code == 202


def test_a_timestamp_that_is_not_in_whole_seconds_is_refused(client, feed):
    at, body = datetime.now(UTC), json.dumps([RIDE])
    headers = {"webhook-id": "raw", "webhook-timestamp": f"{int(at.timestamp())}.5"}
    headers["webhook-signature"] = Webhook(WEBHOOK_SECRET).sign("raw", at, body)
    answer = client.post("/hooks/rides-live/", body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert not Delivery.objects.exists()


def test_long_ids_that_begin_alike_are_two_messages(feed, send):
    first, second = (f"{'m' * 200}-{number}" for number in (1, 2))
    assert [send([RIDE], webhook_id=name).json()["new"] for name in (first, second, first)] == [True, True, False]
    assert all(delivery.external_id.endswith(("-1", "-2")) for delivery in Delivery.objects.all())


@pytest.mark.parametrize(
    "body",
    [
        "",
        " ",
        "null",
        "12",
        '"x"',
        "[[1]]",
        "[1, null]",
        '{"type": "t", "data": null}',
        '{"data": 12}',
        '{"data": [[1]]}',
    ],
)
def test_a_body_that_cannot_have_rows_is_refused_at_the_door(client, feed, body):
    answer = post_raw(client, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "rows_missing")
    assert not Delivery.objects.exists()


def test_rows_that_are_lists_are_taken_where_their_cells_are_named(alice, feed, link, client):
    names = {"columns": ["id", "rider.id", "start", "minutes", "metres"]}
    feed.format = {**FORMAT, "container": {"kind": "jsonl", **names}}
    feed.save()
    link(alice, feed, "7")
    answer = post_raw(client, json.dumps([["r1", "7", RIDE["start"], 10, 1500]]))
    assert (answer.status_code, deliveries.digest(UUID(answer.json()["delivery"])).accepted) == (202, 1)
