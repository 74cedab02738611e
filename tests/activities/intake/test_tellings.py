"""From bytes at the doors to the books: corrections, refunds, cancellations and taps, whatever comes first."""

import json
import os
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from django.core.management import call_command
from standardwebhooks.webhooks import Webhook

from activities.intake import deliveries, files, stores
from activities.models import Activity, Delivery, Feed, Reduction
from ledger import statements
from sandbox.loading import WEBHOOK_SECRET, load_feed
from tests.activities.conftest import as_csv, take_in
from tests.activities.intake.conftest import declared

ORDERS = {
    "container": {"kind": "csv"},
    "zone": "Asia/Shanghai",
    "subject": {"column": "user"},
    "event_id": {"column": "order"},
    "cases": [
        {
            "scenario": "shared-bike",
            "started_at": {"column": "start"},
            "duration": {"column": "min", "unit": "min"},
            "distance": {"column": "km", "unit": "km"},
        }
    ],
}
COLUMNS = ("user", "order", "start", "min", "km")
ROW = ("7", "o1", "2026-08-01 08:00", "10", "1.5")
RIDE_MG, LONGER_MG = 50_820, 67_760
TAPS = {
    "container": {"kind": "csv", "delimiter": ";", "header": False, "columns": ["card", "at", "stop"]},
    "zone": "Asia/Shanghai",
    "subject": {"column": "card"},
    "event_id": {"hash": ["card", "at"]},
    "cases": [{"scenario": "bus", "half": "tap", "started_at": {"column": "at"}, "place": {"column": "stop"}}],
}


@pytest.fixture
def orders(alice, db, link) -> Feed:
    feed = load_feed({"code": "orders", "partner": "mobike", "format": ORDERS})
    link(alice, feed, "7")
    return Feed.objects.select_related("partner").get(pk=feed.pk)


@pytest.fixture
def send(client):
    """Signs rows as a webhook and digests the delivery."""

    def post(feed: Feed, row: dict, *, webhook_id: str, told_at: datetime | None = None) -> Delivery:
        envelope = {"type": "activities.reported", "data": [row]}
        body = json.dumps(envelope | ({"timestamp": told_at.isoformat()} if told_at else {}))
        now = datetime.now(UTC)
        headers = {
            "webhook-id": webhook_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(WEBHOOK_SECRET).sign(webhook_id, now, body),
        }
        answer = client.post(f"/hooks/{feed.code}/", body, content_type="application/json", headers=headers)
        assert answer.status_code == 202
        deliveries.digest(UUID(answer.json()["delivery"]))
        return Delivery.objects.get(pk=answer.json()["delivery"])

    return post


def row(**changes: str) -> dict:
    return dict(zip(COLUMNS, ROW, strict=True)) | changes


def lay(path, *rows: tuple, made_at: datetime):
    path.write_bytes(as_csv(COLUMNS, list(rows)))
    os.utime(path, (made_at.timestamp(), made_at.timestamp()))
    return path


def booked_mg(citizen) -> int:
    return sum(Reduction.objects.filter(citizen_id=citizen.id).values_list("reduction_mg", flat=True))


def verdicts() -> list[tuple]:
    acts = Activity.objects.exclude(reason="merged").order_by("started_at")
    return [(f"{act.started_at:%H:%M}", f"{act.ended_at:%H:%M}" if act.ended_at else "", act.status, act.reason)
            for act in acts]  # fmt: skip


def test_a_file_made_after_the_webhook_corrects_it_and_an_older_one_does_not(alice, orders, send, tmp_path):
    now = datetime.now(UTC)
    kept = send(orders, row(), webhook_id="w1", told_at=now - timedelta(hours=1))
    assert kept.sent_at == now - timedelta(hours=1)
    older = files.take_in(lay(tmp_path / "a.csv", (*ROW[:4], "9"), made_at=now - timedelta(hours=2)), orders)
    assert (older.corrected, older.duplicates, booked_mg(alice)) == (0, 1, RIDE_MG)
    later = files.take_in(lay(tmp_path / "b.csv", (*ROW[:4], "2"), made_at=now - timedelta(minutes=5)), orders)
    assert (later.corrected, later.reduction_mg, booked_mg(alice)) == (1, LONGER_MG - RIDE_MG, LONGER_MG)
    assert statements.balance(alice.id) == LONGER_MG // 10_000


def test_a_file_can_be_said_to_be_newer_than_its_time_of_change(alice, orders, send, tmp_path):
    send(orders, row(), webhook_id="w1")
    path = lay(tmp_path / "a.csv", (*ROW[:4], "2"), made_at=datetime(2026, 8, 2, tzinfo=UTC))
    call_command("intake", str(path), "--feed", "orders", "--sent-at", "2100-01-01T00:00")
    assert booked_mg(alice) == LONGER_MG
    delivery = Delivery.objects.get(door="file")
    assert delivery.sent_at <= delivery.received_at  # a clock that is ahead of ours is not believed


def test_a_message_is_as_old_as_it_says_however_late_it_is_sent_again(alice, orders, send):
    now = datetime.now(UTC).replace(microsecond=0)
    send(orders, row(km="2"), webhook_id="second", told_at=now - timedelta(minutes=1))
    send(orders, row(), webhook_id="first", told_at=now - timedelta(minutes=3))
    assert booked_mg(alice) == LONGER_MG
    plain = send(orders, row(order="o2", start="2026-08-01 09:00"), webhook_id="plain")
    assert abs(plain.sent_at - now) < timedelta(seconds=30)


def test_a_store_tells_when_a_file_was_laid(orders, settings, tmp_path):
    settings.INTAKE_FOLDER = tmp_path
    (tmp_path / "in").mkdir()
    made_at = datetime(2026, 8, 2, 3, 4, 5, tzinfo=UTC)
    lay(tmp_path / "in" / "a.csv", ROW, made_at=made_at)
    orders.store = {"folder": "in"}
    orders.save()
    assert stores.look(orders, lambda delivery: deliveries.digest(delivery.pk)) == 1
    assert Delivery.objects.get().sent_at == made_at


@pytest.mark.parametrize("names", [("a.csv", "b.csv"), ("b.csv", "a.csv")])
@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_files_the_one_made_later_counts_in_whatever_order_they_are_read(
    alice, orders, settings, tmp_path, names, at_once
):
    settings.INTAKE_FOLDER = tmp_path
    (tmp_path / "in").mkdir()
    orders.store = {"folder": "in"}
    orders.save()
    noon = datetime(2026, 8, 2, 12, tzinfo=UTC)
    later, earlier = names
    for name, km, made_at in ((later, "2", noon), (earlier, "9", noon - timedelta(hours=1))):
        lay(tmp_path / "in" / name, (*ROW[:4], km), made_at=made_at)
        if not at_once:
            stores.look(orders, lambda delivery: deliveries.digest(delivery.pk))
    stores.look(orders, lambda delivery: deliveries.digest(delivery.pk))
    assert Delivery.objects.count() == 2
    assert (booked_mg(alice), statements.balance(alice.id)) == (LONGER_MG, LONGER_MG // 10_000)


@pytest.mark.parametrize("refund_first", [True, False])
def test_a_feed_of_refunds_takes_back_the_orders_of_another_feed(alice, orders, refund_first):
    format_ = declared()["order-cancellations"]
    refunds = load_feed({"code": "refunds", "partner": "mobike", "format": format_})
    refund = json.dumps({"order_no": "o1", "cancelled_at": "2026-08-01T10:00:00+08:00"}).encode()
    steps = [lambda: take_in(orders, as_csv(COLUMNS, [ROW])), lambda: take_in(refunds, refund)]
    outcomes = [step() for step in (reversed(steps) if refund_first else steps)]
    assert sum(outcome.cancelled for outcome in outcomes) == 1
    assert (booked_mg(alice), statements.balance(alice.id)) == (0, 0)
    assert verdicts() == [("00:00", "00:10", "rejected", "cancelled")]
    assert take_in(refunds, refund).cancelled == 0


def tap_feed(**pairing) -> Feed:
    feed = load_feed({"code": "taps", "partner": "metro-card", "format": TAPS | {"pairing": pairing}})
    return Feed.objects.select_related("partner").get(pk=feed.pk)


def tap(clock: str, card: str = "C1") -> bytes:
    return f"{card};2026-08-03 {clock};stop of {clock}\n".encode()


@pytest.mark.parametrize("order", list(permutations(["08:00", "08:20", "08:50"])))
def test_a_tap_and_the_next_one_are_a_ride_whatever_comes_first(alice, link, order):
    feed = tap_feed(limit_s=3600, unpaired="hold")
    link(alice, feed, "C1")
    for clock in order:
        take_in(feed, tap(clock))
    assert verdicts() == [("00:00", "00:20", "accepted", ""), ("00:50", "", "held", "awaiting_exit")]
    assert booked_mg(alice) > 0


@pytest.mark.parametrize(
    ("unpaired", "verdict"),
    [("hold", ("held", "awaiting_exit")), ("reject", ("rejected", "unpaired")), ("count", ("accepted", ""))],
)
def test_what_becomes_of_a_tap_alone_is_declared(alice, link, unpaired, verdict):
    feed = tap_feed(limit_s=1800, unpaired=unpaired)
    link(alice, feed, "C1")
    take_in(feed, tap("08:00"))
    take_in(feed, tap("08:40"))
    assert verdicts() == [("00:00", "", *verdict), ("00:40", "", *verdict)]
    assert (booked_mg(alice) > 0) == (unpaired == "count")
    take_in(feed, tap("08:15"))
    assert verdicts()[0] == ("00:00", "00:15", "accepted", "")


@pytest.mark.parametrize(("stretch", "batch"), [(1, 1), (3, 2), (1000, 1000)])
def test_taps_are_paired_alike_however_the_file_is_cut(alice, bob, link, settings, monkeypatch, stretch, batch):
    monkeypatch.setattr(deliveries, "SORTED_ROWS", stretch)
    settings.INTAKE_BATCH_ROWS = batch
    feed = tap_feed(limit_s=3600)
    link(alice, feed, "C1")
    link(bob, feed, "C2")
    clocks = ["08:00", "08:20", "12:00", "12:30", "18:00"]
    body = b"".join(tap(clock) + tap(clock, "C2") for clock in clocks)
    outcome = take_in(feed, body)
    assert outcome.rows == 10
    whole = [("00:00", "00:20", "accepted", ""), ("04:00", "04:30", "accepted", "")]
    alone = ("10:00", "", "held", "awaiting_exit")
    assert sorted(verdicts()) == sorted([*whole, alone] * 2)
    assert booked_mg(alice) == booked_mg(bob) > 0
