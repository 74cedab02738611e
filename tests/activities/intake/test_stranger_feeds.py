"""Feeds of kinds that were not there when the vocabulary was made, written from docs/partners.md alone."""

import io
import json
import zipfile

import pytest

from activities.intake.problems import Refused
from activities.models import Activity, Feed, QuarantinedRow, Reduction
from sandbox.loading import load_feed
from tests.activities.conftest import take_in
from tests.activities.intake.conftest import declared
from tests.activities.intake.test_feeds import at, told


def open_feed(code: str, partner: str) -> Feed:
    feed = load_feed({"code": code, "partner": partner, "format": declared()[code]})
    return Feed.objects.select_related("partner").get(pk=feed.pk)


def test_a_carpool_platforms_nested_trips(understand):
    place = {"lng": 121.4782, "lat": 31.2284}
    rider = {"uid": "p1", "status": "DONE", "miles": "6.21371", "board": {"at": 1785542400, "place": place}}
    rider["alight"] = {"at": 1785544200, "place": {**place, "lat": 31.3}}
    trip = {"trip_no": "T1", "people": 3, "driver": {"uid": "d1", "plate": "沪A1", "miles": 7}}
    trip["passengers"] = [rider, {**rider, "uid": "p2", "status": "NO_SHOW"}, {**rider, "uid": "p3", "miles": "far"}]
    body = json.dumps({"data": {"trips": [trip, {**trip, "trip_no": "T2", "passengers": []}]}}).encode()
    found = understand("carpool-passengers", body)
    assert told(found, "external_id", "subject", "distance_m", "started_at", "ended_at") == [
        ("T1/p1", "p1", 10_000, at("2026-08-01T00:00:00"), at("2026-08-01T00:30:00"))
    ]
    assert found.drafts[0][0].traits["occupants"] == 3
    assert (found.skipped, dict(found.reasons)) == (1, {"number_unreadable": 1})
    drivers = understand("carpool-drivers", body)
    assert told(drivers, "external_id", "distance_m") == [("T1/d1", 11_265)]
    assert dict(drivers.reasons) == {"value_missing": 1}


def test_a_german_charging_list(understand):
    head = "Vorgang;Kartennummer;Ladepunkt;Standort;Datum;Beginn;Dauer;Menge (kWh);Preis;Status\r\n"
    body = (
        head
        + "1;K1;LP1;Südstraße;25.10.2026;02:30;1:02:03;1.012,48;0,40 €;abgeschlossen\r\n"
        + "2;K1;LP1;Südstraße;01.11.2026;07:00;0:01:00;0,00;0,00 €;abgeschlossen\r\n"
        + "3;K1;LP1;Südstraße;01.11.2026;08:00;0:01:00;3,5;0,40 €;storniert\r\n"
        + "4;K1;LP1;Südstraße;01.11.2026;09:00;1 Std;3,5;0,40 €;abgeschlossen\r\n"
        + "Summe;;;;;;;1.019,48;;\r\n"
    ).encode("windows-1252")
    found = understand("charging-sessions", body)
    assert told(found, "action", "external_id", "started_at", "ended_at", "energy_wh", "amount_fen", "place") == [
        ("event", "1", at("2026-10-25T00:30:00"), at("2026-10-25T01:32:03"), 1_012_480, 40, "Südstraße"),
        ("cancel", "3", found.drafts[1][0].started_at, None, None, None, ""),
    ]
    assert (found.skipped, dict(found.reasons)) == (1, {"number_unreadable": 1})
    utf8 = declared()["charging-sessions"]
    utf8 = utf8 | {"container": utf8["container"] | {"encoding": "utf-8"}}
    with pytest.raises(Refused, match="line 2: byte 0xfc at position 11 is not utf-8; it could be windows-1252"):
        understand(utf8, body)


def test_a_gate_log_with_two_digits_of_the_year(understand):
    def line(card, day, clock, gate, station, fare):
        return f"{card:<10}{day:<8} {clock:<11}{gate}{station:<4}{fare:>5}\n"

    body = (
        line("C1", "08/01/26", "11:58:00 PM", "E", "S1", 0)
        + line("C1", "08/02/26", "12:20:00 AM", "X", "S2", 45)
        + line("9990000001", "08/01/26", "08:00:00 AM", "E", "S1", 0)
        + line("C2", "08/01/26", "13:00:00 PM", "E", "S1", 0)
        + line("C2", "08/01/26", "01:00:00 PM", "?", "S1", 0)
    )
    found = understand("metro-gates", body.encode())
    assert told(found, "subject", "half", "started_at", "place", "amount_fen") == [
        ("C1", "in", at("2026-08-01T15:58:00"), "S1", 0),
        ("C1", "out", at("2026-08-01T16:20:00"), "S2", 450),
    ]
    assert (found.skipped, dict(found.reasons)) == (1, {"time_unreadable": 1, "value_unmapped": 1})


RECYCLED = (
    "ticket\trev\tmember\tweek day\tclock\tmaterial\tmass\tscale\tremark\n"
    '1\t1\tm1\t2026-W45-3\t0715\tclothes\t0.150 kg\tS1\t"two bags,\n""old"" ones"\n'
    "2\t1\tm1\t2026-W53-5\t0800\tclothes\t-\tS1\t\n"
    "3\t1\tm1\t2026-W45-3\t0800\tglass\t9 kg\tS1\t\n"
    "4\t1\tm1\t2026-W45-3\t0800\tshoes\t1,5 kg\tS1\t\n"
)


def test_a_recycling_stations_kilograms(alice, link, understand):
    found = understand("recycling-station", RECYCLED.encode())
    assert told(found, "external_id", "started_at", "revision") == [
        ("1", at("2026-11-03T23:15:00"), 1),
        ("2", at("2026-12-31T16:00:00").replace(year=2027, month=1, day=1, hour=0), 1),
    ]
    assert found.drafts[0][0].traits == {"mass_g": 150}
    assert (found.skipped, found.refused[0][0]) == (1, 6)
    assert found.refused[0][1].detail == "'1,5' is not a number; is it `decimal: \",\"`?"
    feed = open_feed("recycling-station", "step-health")
    link(alice, feed, "m1")
    assert take_in(feed, RECYCLED.encode()).accepted == 1
    assert Reduction.objects.get().reduction_mg == 540_000  # 0.150 kg x 3600 g per kg
    corrected = RECYCLED.replace("1\t1\tm1", "1\t2\tm1").replace("0.150 kg", "0.1kg")
    assert take_in(feed, corrected.encode()).corrected == 1
    assert sum(Reduction.objects.values_list("reduction_mg", flat=True)) == 360_000


TICKETS = (
    "order|buyer|state|paid_at|kind_1|count_1|kind_2|count_2|kind_3|count_3\n"
    "A|b1|paid|20260801T080000+0800|cinema|2|receipt|1||\n"
    "B|b1|paid|20260801T090000+0800|parking|1|||train|1\n"
    "C|b1|paid|soon|museum|1|museum|x||\n"
    "D|b1|paid|20260801T090000+0800|cinema\n"
)


def test_several_items_in_a_row_are_several_events(alice, link, understand):
    found = understand("e-tickets", TICKETS.encode())
    assert told(found, "line", "external_id", "scenario", "quantity") == [
        (2, "A#1", "e-ticket", 2),
        (2, "A#2", "e-invoice", None),
        (3, "B#3", "e-ticket", 1),
    ]
    assert (found.rows, found.skipped) == (7, 1)
    assert dict(found.reasons) == {"time_unreadable": 2, "column_count": 1}
    feed = open_feed("e-tickets", "green-bank")
    link(alice, feed, "b1")
    assert take_in(feed, TICKETS.encode()).quarantined == 3
    assert list(QuarantinedRow.objects.order_by("line").values_list("line", "code")) == [
        (4, "time_unreadable"),
        (5, "column_count"),
    ]
    assert Activity.objects.filter(status="accepted").count() == 3
    refund = TICKETS.split("\n")[0] + "\nA|b1|refunded|20260801T080000+0800|cinema|2|receipt|1||\n"
    assert take_in(feed, refund.encode()).cancelled == 2
    assert Activity.objects.filter(reason="cancelled").count() == 2


def test_pieces_of_a_text_and_of_a_list(understand):
    base = declared()["e-tickets"]
    cases = [
        {
            "scenario": "e-ticket",
            "started_at": {"column": "at"},
            "quantity": {"column": "item", "part": {"separator": "x", "number": 1}},
        }
    ]
    text = base | {"container": {"kind": "csv"}, "split": {"column": "items", "names": ["item"]}, "cases": cases}
    found = understand(text, b"order,buyer,at,items\nA,b,2026-08-01,2xbag; ;3xcup\nB,b,2026-08-01,\n")
    assert told(found, "external_id", "quantity") == [("A#1", 2), ("A#3", 3)]
    cases = [{"scenario": "e-ticket", "started_at": {"column": "at"}, "quantity": {"column": "item.n"}}]
    lists = text | {"container": {"kind": "jsonl"}, "cases": cases}
    row = {"order": "A", "buyer": "b", "at": "2026-08-01", "items": [{"n": 1}, {"n": 4}]}
    assert told(understand(lists, json.dumps(row).encode()), "external_id", "quantity") == [("A#1", 1), ("A#2", 4)]


BANKED = (
    "HDR,20260801,GREEN BANK\n"
    'P,1,,K1,01Aug2026:08:00:00,"1,002.50",4131,BUS\n'
    'R,2,1,K1,02Aug2026:08:00:00,"1,002.50-",4131,BUS\n'
    "R,3,,K1,02Aug2026:08:00:00,(3.00),4131,BUS\n"
    "P,4,,K1,02Aug2026:09:00:00,88.00,5912,PHARMACY\n"
    "TRL,4,1093.50\n"
)


def test_a_banks_trailer_and_negative_refunds(alice, link, understand):
    found = understand("bank-cards", BANKED.encode())
    assert told(found, "action", "external_id", "amount_fen", "category") == [
        ("event", "1", 100_250, "transit"),
        ("cancel", "1", None, ""),
        ("event", "4", 8800, "other"),
    ]
    assert [draft.traits for draft, _row in found.drafts] == [{"mcc": 4131}, None, {"mcc": 0}]
    assert dict(found.reasons) == {"row_refused": 1}
    feed = open_feed("bank-cards", "green-bank")
    link(alice, feed, "K1")
    outcome = take_in(feed, BANKED.encode())
    assert (outcome.accepted, outcome.cancelled, outcome.quarantined) == (1, 1, 1)


def test_columns_that_no_row_fills_are_named(understand):
    rows = [{"trip_id": "1", "user_id": "u", "start_time": 1700000000000, "end_time": 1700000600000, "distanse": 9}]
    found = understand("mds-scooters", json.dumps({"trips": rows}).encode())
    assert {"distance", "start_location"} <= set(found.unfilled)
    assert not {"trip_id", "user_id", "start_time"} & set(found.unfilled)


def workbook() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr("xl/workbook.xml", "<x/>")
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (workbook(), "not_data", "an Excel workbook (.xlsx); declare `kind: workbook`, or export"),
        (b"PAR1\x00\x00", "not_data", "a Parquet file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_data", "an old Excel workbook"),
        ("userid;orderid\n".encode("utf-16"), "bad_encoding", "it begins like utf-16"),
        ("用户,订单\n".encode("gb18030"), "bad_encoding", "it could be gb18030"),
        (b"userid;orderid;start_time\n1;2;3\n", "missing_column", "is the delimiter ';'?"),
        (
            b"user_id,bikeid,start_time,duration_min_derived,path_distance_m_derived\n",
            "missing_column",
            "did you mean 'user_id'?",
        ),
    ],
)
def test_what_cannot_be_read_says_what_to_do(understand, body, code, says):
    with pytest.raises(Refused) as refusal:
        understand("mobike-wide", body)
    assert (refusal.value.code, says in str(refusal.value.detail)) == (code, True), refusal.value.detail
