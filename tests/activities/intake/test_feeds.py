"""Formats nobody here has met, declared as data in docs/feeds: what their rows are understood as, exactly."""

import gzip
import io
import json
import zipfile
from datetime import UTC, datetime

import pytest

from activities.intake import formats
from tests.activities.intake.conftest import declared


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def told(preview, *names: str) -> list[tuple]:
    return [tuple(getattr(draft, name) for name in names) for draft, _row in preview.drafts]


def test_every_example_is_a_valid_feed():
    assert len(declared()) >= 17
    for declaration in declared().values():
        formats.parse(declaration)


def test_mds_trips(understand):
    place = {"lat": 31.2304, "lng": 121.4737}
    trip = {
        "trip_id": "t1",
        "user_id": "u1",
        "device_id": "d1",
        "start_time": 1700000000000,
        "end_time": 1700000600000,
        "distance": 1499.6,
        "start_location": place,
        "end_location": {"lat": 31.2404, "lng": 121.4737},
    }
    trips = [
        trip,
        {**trip, "trip_id": "t2", "distance": None},
        {**trip, "trip_id": "t3", "trip_type": "test"},
        {**trip, "trip_id": "t4", "end_time": 1699999999000},
    ]
    found = understand("mds-scooters", json.dumps({"version": "2.0.0", "trips": trips}).encode())
    assert told(found, "external_id", "distance_m", "distance_basis", "displacement_m") == [
        ("t1", 1500, "reported", 1112),
        ("t2", 1112, "crow_fly", 1112),
    ]
    assert told(found, "started_at", "ended_at")[0] == (at("2023-11-14T22:13:20"), at("2023-11-14T22:23:20"))
    assert (found.skipped, dict(found.reasons)) == (1, {"end_before_start": 1})
    first = found.drafts[0][0]
    assert (len(first.origin), first.device) == (16, None)  # a scooter is nobody's own
    assert first.origin != first.destination
    assert understand("mds-scooters", b'{"version": "2.0.0", "trips": []}').rows == 0


def test_a_banks_fixed_columns_in_gb18030(understand):
    def line(serial, customer, day, clock, amount, direction, mcc, merchant, original=""):
        cells = [serial, customer, day, clock, amount, direction, mcc, merchant, original]
        widths = [16, 12, 8, 6, 14, 2, 4, 20, 16]
        encoded = [cell.encode("gb18030") for cell in cells]
        return b"".join(cell.ljust(width) for cell, width in zip(encoded, widths, strict=True)) + b"\r\n"

    body = "绿色银行\r\n交易明细\r\n--------\r\n".encode("gb18030")
    body += line("S1", "C1", "20260801", "080000", "1,002.50", "借", "4131", "城市公交集团")
    body += line("S2", "C1", "20260801", "090000", "8.00", "借", "5812", "小饭馆")
    body += line("S3", "C1", "20260802", "093000", "1,002.50", "贷", "4131", "城市公交集团", "S1")
    body += line("S4", "C1", "20260802", "093000", "3.00", "贷", "4131", "城市公交集团")
    body += "合计  2笔\r\n制表人：王\r\n\r\n".encode("gb18030")
    found = understand("bank-nightly", body)
    assert told(found, "action", "external_id", "started_at", "amount_fen", "category", "evidence") == [
        ("event", "S1", at("2026-08-01T00:00:00"), 100_250, "transit", "payment"),
        ("cancel", "S1", at("2026-08-02T01:30:00"), None, "", ""),
    ]
    assert (found.rows, found.skipped, dict(found.reasons)) == (4, 1, {"row_refused": 1})
    assert found.refused[0][0] == 7


def test_taps_that_do_not_say_in_or_out(understand):
    body = (
        "A1;31.08.2026;23:50:00;71;外滩;B1\n"
        "A1;31.08.2026;24:20:10;71;西藏中路;B1\n"
        "A2;01.09.2026;08:00:00;D9;\\N;B2\n"
        "A3;01.09.2026;\\N;71;外滩;B1\n"
    ).encode()
    found = understand("bus-taps", body)
    assert told(found, "subject", "half", "started_at", "place") == [
        ("A1", "tap", at("2026-08-31T15:50:00"), "71/外滩"),
        ("A1", "tap", at("2026-08-31T16:20:10"), "71/西藏中路"),
    ]
    assert (found.skipped, dict(found.reasons)) == (1, {"time_unreadable": 1})


def test_a_nested_export_with_points_of_a_chinese_map(understand):
    points = [{"lng": 121.4782 + n / 1000, "lat": 31.2284, "t": 1767225600000 + n * 20_000} for n in range(11)]
    ride = {"seq": 1, "version": 3, "state": 2, "vehicle": 1, "begin": 1767225600000, "cost": 200_000}
    users = [
        {"openid": "o1", "rides": [{**ride, "mileage": None, "points": points}, {**ride, "seq": 2, "state": 4}]},
        {"openid": "o2", "rides": [{**ride, "state": 0}, {**ride, "seq": 2, "vehicle": 9}, {**ride, "mileage": 950}]},
        {"openid": "o3", "rides": []},
    ]
    found = understand("ride-app", json.dumps({"code": 0, "result": {"users": users}}).encode())
    assert told(found, "action", "external_id", "subject", "revision", "distance_m", "distance_basis") == [
        ("event", "o1-1", "o1", 3, 954, "track"),
        ("cancel", "o1-2", "o1", 3, None, "default"),
        ("event", "o2-1", "o2", 3, 950, "reported"),
    ]
    track = found.drafts[0][0].traits["track"]
    assert track == {
        "points": 11,
        "distance_m": 954,
        "displacement_m": 954,
        "extent_m": 954,
        "returns": 0,
        "repeated_pct": 0,
        "duration_s": 200,
        "moving_s": 200,
        "gap_max_s": 20,
        "stops": 0,
        **{name: track[name] for name in ("speed_p50_m_per_h", "speed_p95_m_per_h", "speed_max_m_per_h")},
        "acceleration_p95_mm_per_s2": track["acceleration_p95_mm_per_s2"],
    }
    assert 17_100 < track["speed_p50_m_per_h"] < 17_250
    assert (found.skipped, dict(found.reasons)) == (1, {"value_unmapped": 1})
    assert found.refused[0][1].detail == "'9' is not in the feed's map; there are: 1, 2, 7"


def test_a_zip_of_gzipped_days_with_changing_columns(understand):
    days = {
        "2026-08/01.csv.gz": "uid,order,start,used,odo_start,odo_end,kwh,from,to\n"
        'u1,1,2026/08/01 08:00:05,0:12:30,1200,3400.5,0.024,"31.240,121.490","31.250,121.490"\n',
        "2026-08/02.csv.gz": "order,uid,start,used,odo_end,odo_start,kwh,to,from\n"
        "2,u1,2026/08/02 08:00,12:30,3500,3400,,,\n3,u1,2026/08/02 09:00,12:30,3300,3400,,,\n",
        "__MACOSX/._x": "rubbish",
        "readme.txt": "rubbish",
    }
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in days.items():
            archive.writestr(name, gzip.compress(text.encode()))
    found = understand("ebike-month", body.getvalue())
    assert told(found, "external_id", "started_at", "ended_at", "distance_m", "energy_wh", "displacement_m") == [
        ("1", at("2026-08-01T00:00:05"), at("2026-08-01T00:12:35"), 2201, 24, 1112),
        ("2", at("2026-08-02T00:00:00"), at("2026-08-02T00:12:30"), 100, None, None),
    ]
    assert (dict(found.reasons), found.refused[0][0]) == ({"value_negative": 1}, 5)


def test_an_order_export_with_refunds(understand):
    body = (
        "导出时间,2026-08-03\n"
        "订单号,用户编号,业务,订单状态,测试单,日期,开始,结束,里程,实付,更新时间\n"
        "# 以下为明细\n"
        "10001-1,u1,单车,已完成,否,2026年8月1日,23:55,00:08,1.25公里,￥1.50,2026-08-02 00:08:00\n"
        "10002-1,u1,单车,已完成,是,2026年8月1日,08:00,08:10,1公里,￥0,2026-08-01 08:10:00\n"
        "10001-2,u1,单车,已退款,否,2026年8月1日,23:55,00:08,1.25公里,￥1.50,2026-08-02 10:00:00\n"
        "10003-1,u1,网约车打车,已完成,否,2026年8月1日,08:00,08:10,9公里,￥30,2026-08-01 08:10:00\n"
        "10004-1,u1,单车,已完成,否,2026年8月1日,08:00,08:10,远,￥30,2026-08-01 08:10:00\n"
    ).encode()
    found = understand("order-export", body)
    assert told(found, "action", "external_id", "ended_at", "distance_m", "amount_fen", "revision") == [
        ("event", "10001", at("2026-08-01T16:08:00"), 1250, 150, 1785600480000),
        ("cancel", "10001", None, None, None, 1785636000000),
    ]
    assert (found.skipped, dict(found.reasons)) == (2, {"number_unreadable": 1})


def test_cancellations_of_their_own(understand):
    found = understand("order-cancellations", b'{"order_no": "7", "cancelled_at": "2026-08-01T10:00:00+08:00"}\n')
    assert told(found, "action", "external_id", "subject", "started_at") == [
        ("cancel", "7", "", at("2026-08-01T02:00:00"))
    ]


def test_citi_bike_where_the_clock_is_put(understand):
    head = "ride_id,member_id,rideable_type,started_at,ended_at,end_station_id,start_lat,start_lng,end_lat,end_lng\n"
    rows = (
        "r1,m1,classic_bike,2025-11-02 01:30:00,2025-11-02 02:10:00.123,9,40.75,-73.99,40.76,-73.99\n"
        "r2,m1,electric_bike,2025-03-09 02:30:00,2025-03-09 03:10:00,9,40.75,-73.99,40.76,-73.99\n"
        "r3,m1,electric_bike,2025-03-08 02:30:00,2025-03-08 03:10:00,,40.75,-73.99,,\n"
        "r4,m1,classic_bike,2025-03-08 02:30:00,2025-03-08 03:10:00,9,400.75,-73.99,40.76,-73.99\n"
    )
    found = understand("citibike", (head + rows).encode())
    assert told(found, "started_at", "distance_m", "distance_basis") == [(at("2025-11-02T05:30:00"), 1112, "crow_fly")]
    assert dict(found.reasons) == {"time_nonexistent": 1, "row_refused": 1, "position_out_of_range": 1}


def test_bixi_whose_stations_stand_in_another_file(understand):
    head = "member_id,start_date,start_station_code,end_station_code,duration_sec\n"
    rows = (
        "m1,2026-08-01 08:00:00,6001,6002,600\nm1,2026-08-01 09:00:00,6002,,600\nm1,2026-08-01 10:00:00,6002,6999,600\n"
    )
    found = understand("bixi", (head + rows).encode())
    assert told(found, "started_at", "ended_at", "distance_m") == [
        (at("2026-08-01T12:00:00"), at("2026-08-01T12:10:00"), 2451)
    ]
    assert dict(found.reasons) == {"row_refused": 1, "value_unmapped": 1}
    assert found.refused[1][1].detail == "'6999' is not in the table 'stations'"


def test_strava_summaries(understand):
    ride = {"id": 9, "athlete": {"id": 1}, "sport_type": "Ride", "manual": False, "start_date": "2026-08-01T00:00:00Z"}
    line = {"map": {"summary_polyline": "_p~iF~ps|U_ulLnnqC_mqNvxq`@"}}
    activities = [
        {**ride, **line, "elapsed_time": 99_999, "distance": 1.0},
        {**ride, "id": 10, "elapsed_time": 600, "distance": 2500.4, "map": {"summary_polyline": ""}},
        {**ride, "id": 11, "manual": True, "elapsed_time": 600, "distance": 2500.5},
        {**ride, "id": 12, "sport_type": "Run"},
        {**ride, **line, "id": 13, "elapsed_time": 600, "map": {"summary_polyline": "_p~iF~ps|U_"}},
    ]
    found = understand("strava", json.dumps(activities).encode())
    assert told(found, "external_id", "distance_m", "distance_basis", "evidence") == [
        ("9", 788_907, "track", "device"),
        ("10", 2500, "reported", "device"),
        ("11", 2501, "reported", "self_declared"),
    ]
    assert (found.skipped, dict(found.reasons)) == (1, {"track_unreadable": 1})


def test_oyster_journeys(understand):
    body = (
        b"Date,Start Time,End Time,Journey/Action,Charge,Credit,Balance,Note,Card\n"
        b'01-Aug-2025,23:50,00:21,"Kings Cross [London Underground] to Brixton",2.80,,9.70,"",C1\n'
        b'01-Aug-2025,08:05,,"Bus journey, route 38",1.75,,8.00,"",C1\n'
        b'01-Aug-2025,08:00,,"Topped up, Brixton",,10.00,12.50,"",C1\n'
        b'01-Aug-2025,09:00,,"Kings Cross [London Underground] to [No touch-out]",9.40,,1.00,"",C1\n'
    )
    found = understand("oyster", body)
    assert told(found, "scenario", "started_at", "ended_at", "place") == [
        ("metro", at("2025-08-01T22:50:00"), at("2025-08-01T23:21:00"), "Kings Cross [London Underground]"),
        ("bus", at("2025-08-01T07:05:00"), None, ""),
    ]
    assert (found.skipped, dict(found.reasons)) == (1, {"case_unknown": 1})


@pytest.mark.data
class TestRealData:
    def read(self, shared_data, understand, feed: str, *path: str):
        return understand(feed, shared_data.joinpath(*path).read_bytes())

    def test_mobike(self, shared_data, understand):
        folder = "bike_mobike_shanghai_2016"
        tracks = self.read(shared_data, understand, "mobike-tracks", folder, "rides_track_1000.csv.gz")
        assert (tracks.rows, tracks.understood, tracks.people) == (1000, 1000, 956)
        assert tracks.drafts[0][0].traits["track"] == {"points": 14, "extent_m": 1255}
        wide = self.read(shared_data, understand, "mobike-wide", folder, "rides_wide_97867.csv.gz")
        assert (wide.rows, wide.understood, wide.people, wide.repeated) == (97_867, 97_867, 16_826, 0)

    def test_fitbit(self, shared_data, understand):
        days = self.read(shared_data, understand, "fitbit-days", "steps_fitbit", "dailyActivity_merged.csv.gz")
        assert (days.rows, days.understood, days.skipped, days.people) == (620, 554, 66, 22)
        hours = self.read(shared_data, understand, "fitbit-hours", "steps_fitbit", "hourlySteps_restored.csv.gz")
        assert (hours.rows, hours.understood) == (615, 615)
        first = hours.drafts[0][0]
        assert (first.quantity, sum(first.traits["steps_by_hour"])) == (13_158, 13_158)

    def test_gotrack(self, shared_data, understand):
        found = self.read(
            shared_data, understand, "gotrack-points", "gps_gotrack_aracaju", "go_track_trackspoints.csv.gz"
        )
        assert (found.rows, found.understood, dict(found.bases)) == (163, 163, {"track": 153, "default": 10})

    def test_journeys(self, shared_data, understand):
        folder = "transit_shenzhen_2018"
        morning = self.read(shared_data, understand, "szt-journeys", folder, "journeys_derived_37000_morning.csv.gz")
        evening = self.read(shared_data, understand, "szt-journeys", folder, "journeys_derived_10000_evening.csv.gz")
        assert (morning.understood + morning.skipped, evening.understood + evening.skipped) == (486, 368)

    def test_cards(self, shared_data, understand):
        found = self.read(shared_data, understand, "tabformer", "cards_tabformer", "transactions.csv.gz")
        assert (found.rows, found.understood, dict(found.reasons)) == (13_956, 7, {"row_refused": 461})
        assert {draft.category for draft, _row in found.drafts} == {"transit"}
