"""The conformance command, against a server that really listens."""

import io

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.linking.models import Link
from activities import jobs
from activities.intake import deliveries, formats
from activities.models import Activity, Delivery, Feed
from sandbox import alterations, enrolment, receipts
from sandbox.loading import WEBHOOK_SECRET, load, load_feed
from tests.activities.intake.conftest import declared

GOOD = "orderid,userid,start_time,end_time,crow_distance_km_derived\n1,7,2016-08-01 08:00,2016-08-01 08:10,1.5\n"


@pytest.fixture
def worker(monkeypatch):
    """Digests each webhook as soon as it is kept."""

    def digest_soon(delivery: Delivery) -> None:
        transaction.on_commit(lambda: deliveries.digest(delivery.pk))

    monkeypatch.setattr(jobs, "queue_digestion", digest_soon)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_a_good_sample_passes_and_a_bad_one_says_what_to_fix(live_server, tmp_path):
    load()
    sample, out = tmp_path / "s.csv", io.StringIO()
    sample.write_text(GOOD)
    arguments = ("conform", "mobike-shanghai", "--url", live_server.url, "--sample", str(sample))
    call_command(*arguments, stdout=out)
    assert out.getvalue().count("pass") >= 17
    assert "FAIL" not in out.getvalue()
    said = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert {"rows 1", "accepted 1", "duplicates 0, and 1 when it comes again", "quarantined 0"} <= set(said)
    assert "credited 0.05 kg, 5 points" in said
    assert not Activity.objects.exists()
    assert not Link.objects.exists()
    assert not Delivery.objects.filter(door="file").exists()
    sample.write_text(GOOD + "2,7,2016-08-01 09:00,2016-08-01 09:10,-1\n")
    with pytest.raises(CommandError, match="2 checks failed"):
        call_command(*arguments, stdout=out)
    assert "fix: value_negative: crow_distance_km_derived: -1 is negative" in out.getvalue()
    assert "line 3: value_negative: crow_distance_km_derived: -1 is negative" in out.getvalue()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_from_afar_the_declaration_and_the_secret_are_enough(live_server, tmp_path, monkeypatch):
    load()
    feed, sample, out = Feed.objects.get(code="mobike-shanghai"), tmp_path / "s.csv", io.StringIO()
    sample.write_text(GOOD)
    path = tmp_path / "f.yaml"
    path.write_text(yaml.safe_dump({"feeds": [{"code": feed.code, "partner": "mobike", "format": feed.format}]}))
    arguments = ("conform", feed.code, "--url", live_server.url, "--sample", str(sample), "--file", str(path))
    with pytest.raises(CommandError, match="no CONFORM_SECRET"):
        call_command(*arguments, stdout=out)
    monkeypatch.setenv("CONFORM_SECRET", WEBHOOK_SECRET)
    enrolment.enrol(sample, feed)
    call_command(*arguments, stdout=out)
    said = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "FAIL" not in out.getvalue()
    assert {
        "pass a correction: taken (202)",
        "pass no signature is refused (401)",
        "pass others read no outcome (401, 404)",
        "pass every body is digested",
        "the signed body: 1 rows",
        "JSON lines: 1 rows, 1 duplicates",
        "rows in another order: 1 rows, 1 duplicates",
        "a bad row: 2 rows, 1 duplicates, 1 quarantined",
        "a correction: 1 rows, 1 corrected",
    } <= set(said)
    assert any(line.startswith("line 1: value_missing: userid: ") for line in said)


@pytest.mark.django_db(transaction=True)
def test_without_a_worker_it_says_that_nothing_is_digested(live_server, tmp_path, monkeypatch):
    load()
    monkeypatch.setattr(receipts, "WAIT_S", 0)
    sample, out = tmp_path / "s.csv", io.StringIO()
    sample.write_text(GOOD)
    with pytest.raises(CommandError, match="1 checks failed"):
        call_command("conform", "mobike-shanghai", "--url", live_server.url, "--sample", str(sample), stdout=out)
    assert "fix: 6 are not after 0 s: is a worker up?" in out.getvalue()


RIDERS = """
    container: {kind: csv}
    zone: Asia/Shanghai
    split: {column: riders, separator: ",", names: [rider]}
    subject: {column: rider}
    event_id: {concat: [trip, rider], separator: "/"}
    cases:
      - {when: {piece: 1}, skip: true}
      - {scenario: shared-bike, started_at: {column: at}, distance: {column: km, unit: km}}
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_rows_that_are_split_are_sent_whole(live_server, tmp_path):
    load()
    load_feed({"code": "riders", "partner": "mobike", "format": yaml.safe_load(RIDERS)})
    sample, out = tmp_path / "s.csv", io.StringIO()
    sample.write_text('trip,riders,at,km\n1,"d,r1,r2",2026-08-01 08:00,1.5\n2,"d,r1",2026-08-01 09:00,2\n')
    call_command("conform", "riders", "--url", live_server.url, "--sample", str(sample), stdout=out)
    said = [" ".join(line.split()) for line in out.getvalue().splitlines()]
    assert "FAIL" not in out.getvalue()
    assert "the signed body: 5 rows, 3 unlinked, 2 skipped" in said
    assert "a bad row: 4 rows, 2 unlinked, 2 skipped" in said


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("url", "sample", "says"),
    [
        (
            "http://127.0.0.1:9",
            "s.csv",
            "http://127.0.0.1:9 does not answer as a city does: nothing listens there; is it right, and is the server"
            " up?",
        ),
        ("http://127.0.0.1:9", "none.csv", "none.csv: No such file or directory"),
        ("http://127.0.0.1:9", "empty.csv", "body_empty: the delivery has no content"),
    ],
)
def test_what_stops_the_command_is_said_in_words(tmp_path, url, sample, says):
    load()
    (tmp_path / "s.csv").write_text(GOOD)
    (tmp_path / "empty.csv").write_text("")
    with pytest.raises(CommandError) as stopped:
        call_command(
            "conform", "mobike-shanghai", "--url", url, "--sample", str(tmp_path / sample), stdout=io.StringIO()
        )
    assert str(stopped.value).removeprefix(f"{tmp_path}/") == says


HASHED = """
    container: {kind: csv}
    zone: Asia/Shanghai
    subject: {column: card}
    event_id: {hash: [card, at, km]}
    cases:
      - {when: {state: void}, action: cancel}
      - {scenario: shared-bike, started_at: {column: at}, distance: {column: km, unit: km}}
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("worker")
def test_a_feed_that_cannot_correct_is_told_how_to_take_back(live_server, tmp_path):
    load()
    load_feed({"code": "hashed", "partner": "mobike", "format": yaml.safe_load(HASHED)})
    sample, out = tmp_path / "s.csv", io.StringIO()
    sample.write_text("card,at,km,state\nc1,2026-08-01 08:00,1.5,done\nc2,2026-08-01 09:00,2,done\n")
    call_command("conform", "hashed", "--url", live_server.url, "--sample", str(sample), stdout=out)
    said = out.getvalue()
    assert "FAIL" not in said
    assert "no correction can be told: whatever changes in a row, it is another event by `event_id`." in said
    assert "else take the row back as it was told (a row with state: void) and send the right one\n" in said
    assert "pass  a cancellation names its event" in said
    assert "a cancellation: 1 rows, 1 unlinked" in " ".join(said.split())


def test_a_cancellation_with_another_id_names_no_event():
    row = {"card": "c1", "at": "2026-08-01 08:00", "km": "1.5", "state": "done"}
    declaration = yaml.safe_load(HASHED)
    assert alterations.names_its_event(formats.parse(declaration), [row]) is True
    with_state = declaration | {"event_id": {"hash": ["card", "at", "km", "state"]}}
    assert alterations.names_its_event(formats.parse(with_state), [row]) is False
    without = declaration | {"cases": declaration["cases"][1:]}
    assert alterations.names_its_event(formats.parse(without), [row]) is None


ORDER = {
    "订单号": "10001-1", "用户编号": "u1", "业务": "单车", "订单状态": "已完成", "测试单": "否", "日期": "2026年8月1日",
    "开始": "08:00", "结束": "08:10", "里程": "1.25公里", "实付": "￥1.50", "更新时间": "2026-08-01 08:10:00",
}  # fmt: skip


def test_rows_are_corrected_and_taken_back_as_the_format_has_it():
    orders = formats.parse(declared()["order-export"])
    corrected, cancelled = alterations.correct(orders, [ORDER]), alterations.cancel(orders, [ORDER])
    assert {name for name in ORDER if corrected[name] != ORDER[name]} < {"业务", "开始", "结束", "里程", "实付", "日期"}
    assert cancelled == ORDER | {"订单状态": "已退款"}
    taps = formats.parse(declared()["szt-journeys"])
    assert alterations.cancel(taps, [{"card_no": "1"}]) is None
