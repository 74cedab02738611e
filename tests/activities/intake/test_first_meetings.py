"""Partners on their first day: what their data dictionary says, the file they send, and the declaration by the docs.

Each meeting is written as a newcomer would write it who has read docs/partners.md and nothing else.
"""
# ruff: noqa: E501  declarations and files are as they came

import io
import json
import zipfile

import pytest

from activities.intake import formats, yaml_text
from tests.activities.intake.meetings import Meeting, hold
from tests.activities.intake.test_feeds import at


def zipped(files: dict[str, bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


MEETINGS = {
    "a rental that exports a report": Meeting(
        says="GB 18030. Some lines on top, a line of units below the names, subtotals, a total. Two columns are called 时间.",
        declared="""
            container: {kind: csv, encoding: gb18030, skip_to: 订单编号, empty: ["--"]}
            zone: Asia/Shanghai
            subject: {column: 手机尾号}
            event_id: {column: 订单编号}
            cases:
              - {when: {订单编号: {in: ["（字符）", 小计, 合计]}}, skip: true}
              - {when: {状态: [已取消, 异常]}, action: cancel}
              - when: {状态: [已完成, 已结算]}
                scenario: shared-bike
                started_at: {column: 3, format: "%Y/%m/%d %p%I:%M", replace: {上午: AM, 下午: PM}}
                duration: {column: 用时, unit: words}
                distance: {column: 里程, unit: km, units: {公里: km, 米: m}}
        """,
        sends=(
            "骑行明细报表\n导出人：,王\n\n订单编号,手机尾号,时间,时间,用时,里程,状态\n（字符）,（字符）,（开始）,（结束）,,（公里）,\n"
            "A1,8801,2026/8/1 上午7:05,2026/8/1 上午7:18,12分30秒,3.2公里,已完成\n"
            "A2,8801,2026/8/1 下午12:05,2026/8/1 下午1:18,1小时13分,850米,已结算\n小计,2,,,\n"
            "A3,8802,2026/8/1 下午6:05,--,--,--,已取消\nA4,8802,2026/8/1 晚上6:05,--,5分,--,已完成\n"
            "A5,8802,2026/8/1 下午6:05,--,--,--,维修\n合计,4\n"
        ).encode("gb18030"),
        understood=[
            ("A1", "8801", at("2026-07-31T23:05:00"), 3200),
            ("A2", "8801", at("2026-08-01T04:05:00"), 850),
            ("A3", "8802", None, None),
        ],
        refused={10: "'2026/8/1 晚上6:05' is not a time", 11: "状态 '维修'"},
        skipped=3,
    ),
    "a metro that sends entries and exits apart": Meeting(
        says="Two files a day in a zip; the direction and the day stand in their names only. Stations are in another file.",
        declared="""
            container: {kind: csv, delimiter: "|", header: false, columns: [卡号, 时刻, 站名], members: "*.txt"}
            zone: Asia/Shanghai
            tables:
              站点: {key: [站名], csv: "站名,线路,经度,纬度\\n人民广场,2号线,121.4737,31.2304\\n徐家汇,1号线,121.4370,31.1930\\n"}
            pairing: {limit_s: 14400}
            subject: {column: 卡号}
            event_id: {hash: [卡号, 时刻, "^file"]}
            cases:
              - scenario: metro
                half: {column: ^file, between: ["", "_"], map: {进站: in, 出站: out}}
                started_at: {columns: [{column: ^file, between: ["_", "."]}, {column: 时刻, pad: 6}], format: "%Y%m%d %H%M%S"}
                place: {column: 站名, look_up: {table: 站点, column: 线路}}
                origin: {lon: {column: 站名, look_up: {table: 站点, column: 经度}}, lat: {column: 站名, look_up: {table: 站点, column: 纬度}}}
        """,
        sends=zipped(
            {
                "进站_20260801.txt": "C1|75959|人民广场\nC2|80000|人民公园\n".encode(),
                "出站_20260801.txt": "C1|083001|徐家汇\n".encode(),
                "说明.doc": b"rubbish",
            }
        ),
        fields=("subject", "half", "started_at", "place"),
        understood=[
            ("C1", "out", at("2026-08-01T00:30:01"), "1号线"),
            ("C1", "in", at("2026-07-31T23:59:59"), "2号线"),
        ],
        refused={3: "'人民公园' is not in the table '站点'"},
    ),
    "a bank with an API of nested objects": Meeting(
        says="Amounts are texts in yuan with commas; a refund is negative and names the first transaction.",
        declared="""
            container: {kind: json, path: "data.customers[].transactions"}
            zone: Asia/Shanghai
            evidence: payment
            subject: {column: ^.openId}
            event_id: {column: txn.id}
            cases:
              - when: {txn.amount.value: {below: 0, thousands: ","}, txn.original: {empty: false}}
                action: cancel
                event_id: {column: txn.original}
              - when: {txn.amount.value: {below: 0, thousands: ","}}
                refuse: a refund that names no transaction
              - when: {txn.amount.currency: {not_equals: CNY}}
                skip: true
              - scenario: green-card
                started_at: {column: txn.time, format: epoch_ms}
                amount: {column: txn.amount.value, thousands: ","}
                category: {column: txn.merchant.mcc, scheme: mcc, pad: 4}
        """,
        sends=json.dumps(
            {
                "code": "0",
                "data": {
                    "customers": [
                        {
                            "openId": "o1",
                            "transactions": [
                                {
                                    "txn": {
                                        "id": 1,
                                        "time": 1785542400000,
                                        "amount": {"value": "1,234.50", "currency": "CNY"},
                                        "merchant": {"mcc": 4111},
                                    }
                                },
                                {
                                    "txn": {
                                        "id": 2,
                                        "original": 1,
                                        "time": 1785542500000,
                                        "amount": {"value": "-1,234.50", "currency": "CNY"},
                                    }
                                },
                                {
                                    "txn": {
                                        "id": 3,
                                        "time": 1785542500000,
                                        "amount": {"value": "-3.00", "currency": "CNY"},
                                    }
                                },
                                {
                                    "txn": {
                                        "id": 4,
                                        "time": 1785542500000,
                                        "amount": {"value": "9.00", "currency": "USD"},
                                    }
                                },
                            ],
                        },
                        {"openId": "o2", "transactions": None},
                        {"openId": "o3"},
                    ]
                },
            }
        ).encode(),
        fields=("action", "external_id", "subject", "amount_fen", "category"),
        understood=[("event", "1", "o1", 123_450, "transit"), ("cancel", "1", "o1", None, "")],
        refused={3: "a refund that names no transaction"},
        skipped=1,
    ),
    "a charging operator with meters": Meeting(
        says="Swiss numbers. Local times and the minutes they are off UTC. The meter at the start and at the end.",
        declared="""
            container: {kind: csv, delimiter: ";", encoding: windows-1252}
            zone: Europe/Zurich
            subject: {column: Vertrag, letters: upper}
            event_id: {column: Beleg}
            cases:
              - scenario: ev-charging
                started_at: {column: Beginn, format: "%d.%m.%Y %H:%M:%S", offset: {column: Versatz, unit: min}}
                ended_at: {column: Ende, format: "%d.%m.%Y %H:%M:%S", offset: {column: Versatz Ende, unit: min}}
                energy: {column: Stand Ende, minus: [Stand Beginn], thousands: "'", unit: kWh}
        """,
        sends=(
            "Beleg;Vertrag;Beginn;Versatz;Ende;Versatz Ende;Stand Beginn;Stand Ende;Bemerkung\r\n"
            "1;ch-1;25.10.2026 02:30:00;120;25.10.2026 02:10:00;60;12'345.600;12'357.100;\"Säule 1,\nrechts\"\r\n"
            "2;CH-1;26.10.2026 02:30:00;60;26.10.2026 03:10:00;60;12'345.600;12'340.000;\r\n"
        ).encode("windows-1252"),
        fields=("external_id", "subject", "started_at", "ended_at", "energy_wh"),
        understood=[("1", "CH-1", at("2026-10-25T00:30:00"), at("2026-10-25T01:10:00"), 11_500)],
        refused={4: "is negative"},
    ),
    "a carpool with its riders in one cell": Meeting(
        says="riders: their ids with a comma between, the driver first. Times as 12-hour clock, distances in miles.",
        declared="""
            container: {kind: csv}
            zone: America/New_York
            split: {column: riders, separator: ",", names: [rider]}
            subject: {column: rider}
            event_id: {concat: [trip, rider], separator: "/"}
            cases:
              - {when: {piece: 1}, skip: true}
              - {when: {completed: false}, action: cancel}
              - when: {completed: true}
                scenario: carpool
                started_at: {column: start, format: "%m/%d/%Y %I:%M %p"}
                distance: {column: miles, unit: mi}
                occupants: {column: seats}
        """,
        sends=(
            b"trip,riders,start,miles,seats,completed\n"
            b'T1,"d1, r1,r2",08/01/2026 7:05 AM,10,3,True\nT2,"d1,r1",08/01/2026 7:05 PM,10,2,FALSE\nT3,,08/01/2026 7:05 PM,10,2,TRUE\n'
        ),
        understood=[
            ("T1/r1", "r1", at("2026-08-01T11:05:00"), 16_093),
            ("T1/r2", "r2", at("2026-08-01T11:05:00"), 16_093),
            ("T2/r1", "r1", None, None),
        ],
        skipped=3,
    ),
    "pedometers with a column for each day": Meeting(
        says="One line a device; the days are columns and change with every file. Empty: not worn.",
        declared="""
            container: {kind: csv, delimiter: "\\t", encoding: utf-16}
            zone: Asia/Shanghai
            evidence: device
            split: {keep: [user, device, model], names: [day, steps]}
            subject: {column: user}
            event_id: {concat: [device, day], separator: "/"}
            cases: [{scenario: walking, started_at: {column: day, format: "%d %b %Y"}, quantity: {column: steps, thousands: " "}}]
        """,
        sends="user\tdevice\tmodel\t01 Aug 2026\t02 Aug 2026\nu1\td1\tx\t8 120\t\nu2\td2\tx\tn/a\t300\n".encode(
            "utf-16"
        ),
        fields=("external_id", "subject", "started_at", "quantity"),
        understood=[
            ("d1/01 Aug 2026", "u1", at("2026-07-31T16:00:00"), 8120),
            ("d2/02 Aug 2026", "u2", at("2026-08-01T16:00:00"), 300),
        ],
        refused={3: "'n/a' is not a number"},
    ),
    "a bus company by weeks and service days": Meeting(
        says="ISO weeks; the clock of the service day runs to 27:00; stage numbers instead of metres.",
        declared="""
            container: {kind: csv, delimiter: ";", comment: "#"}
            zone: Asia/Shanghai
            subject: {column: card}
            event_id: {hash: [card, week, weekday, time]}
            cases:
              - scenario: bus
                started_at: {columns: [{concat: [week, weekday], separator: "-"}, time], format: "%G-W%V-%u %H:%M", past_midnight: true}
                distance: {column: to_stage, minus: [from_stage], scale: "0.45", unit: km, basis: stations, negative: absolute}
        """,
        sends=b"# export\ncard;week;weekday;time;from_stage;to_stage\nc1;2026-W31;6;25:10;3;13\nc1;2026-W31;6;7:05;13;3\nc1;2026-W60;6;7:05;13;3\n",
        fields=("started_at", "distance_m"),
        understood=[(at("2026-08-01T17:10:00"), 4500), (at("2026-07-31T23:05:00"), 4500)],
        refused={5: "is not a time like %G-W%V-%u %H:%M"},
    ),
    "bikes of an island with its own years": Meeting(
        says="Big5. Years since 1911. Times in minutes since midnight. Coordinates in degrees and minutes.",
        declared="""
            container: {kind: csv, encoding: big5}
            zone: Asia/Taipei
            subject: {column: 卡號}
            event_id: {column: 編號}
            cases:
              - scenario: shared-bike
                started_at: {column: 日期, calendar: roc, format: "%Y/%m/%d", plus: {column: 借車分, unit: min}}
                ended_at: {column: 日期, calendar: roc, format: "%Y/%m/%d", plus: {column: 還車分, unit: min}}
                origin: {lon: 借車經度, lat: 借車緯度, notation: dms}
                destination: {lon: 還車經度, lat: 還車緯度, notation: dms}
                distance: {computed: crow_fly}
        """,
        sends=(
            "編號,卡號,日期,借車分,還車分,借車經度,借車緯度,還車經度,還車緯度\n"
            "1,a,115/8/1,425,438,東經121度31分,北緯25度2分,東經121度32分,北緯25度2分\n"
            "2,a,115/8/1,425,400,東經121度31分,北緯25度2分,東經121度32分,北緯25度2分\n"
            "3,a,115/8/1,425,438,北緯25度2分,東經121度31分,東經121度32分,北緯25度2分\n"
        ).encode("big5"),
        understood=[("1", "a", at("2026-07-31T23:05:00"), 1679)],
        refused={3: "before it starts", 4: "is the order right?"},
    ),
    "scooters on a map": Meeting(
        says="A GeoJSON document: a line for each ride, its facts among the properties.",
        declared="""
            container: {kind: json, path: features}
            zone: UTC
            subject: {column: properties.rider.id}
            event_id: {column: id}
            cases:
              - scenario: shared-bike
                started_at: {column: properties.begin}
                ended_at: {column: properties.end}
                track: {column: geometry, kind: geojson}
                distance: [{column: properties.metres, unit: m}, {computed: track}]
        """,
        sends=json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature",
                        "id": "f1",
                        "properties": {
                            "rider": {"id": 7},
                            "begin": "2026-08-01T00:00:00Z",
                            "end": "2026-08-01T00:20:00Z",
                            "metres": None,
                        },
                        "geometry": {"type": "LineString", "coordinates": [[121.4737, 31.2304], [121.4837, 31.2304]]},
                    },
                    {"type": "Feature", "id": "f2", "properties": None, "geometry": None},
                ],
            }
        ).encode(),
        understood=[("f1", "7", at("2026-08-01T00:00:00"), 951)],
        refused={2: "a value is needed"},
    ),
    "riders' points as rows": Meeting(
        says="A row for each point, sorted by ride. Positions as receivers write them. An hour comes twice in the autumn.",
        declared="""
            container: {kind: csv}
            zone: Europe/Lisbon
            group: {by: [ride]}
            subject: {column: rider}
            event_id: {column: ride}
            cases:
              - scenario: shared-bike
                started_at: {column: first.utc, format: "%d%m%y %H%M%S", zone: UTC}
                ended_at: {column: last.utc, format: "%d%m%y %H%M%S", zone: UTC}
                origin: {lon: first.lon, lat: first.lat, notation: ddmm}
                destination: {lon: last.lon, lat: last.lat, notation: ddmm}
                distance: {computed: crow_fly}
        """,
        sends=(
            b"ride,rider,utc,lat,lon\n1,r,251026 003000,3844.100N,00908.400W\n1,r,251026 013000,3844.100N,00907.400W\n"
            b"2,r,251026 003000,3844.100N,00908.400N\n"
        ),
        fields=("external_id", "started_at", "ended_at", "distance_m"),
        understood=[("1", at("2026-10-25T00:30:00"), at("2026-10-25T01:30:00"), 1446)],
        refused={4: "is not a longitude and a latitude"},
    ),
    "a shop that repairs": Meeting(
        says="Status codes: 10 open, 20 done, 30 void, 90 test. Days of a spreadsheet. Weights in a cell with their unit.",
        declared="""
            container: {kind: csv, quote: "'"}
            zone: Asia/Shanghai
            subject: {column: member}
            event_id: {column: job}
            revision: {column: version}
            cases:
              - {when: {status: [10, 90]}, skip: true}
              - {when: {status: 30}, action: cancel}
              - when: {status: 20}
                scenario: recycling
                started_at: {column: done, format: excel_days}
                mass: {column: weight, unit: kg, units: {kg: kg, g: g, 斤: kg}, decimal: ","}
        """,
        sends=b"job,member,status,version,done,weight\n1,m,20,2,46235.5,'1,5 kg'\n2,m,10,1,,\n1,m,30,3,,\n3,m,20,1,soon,1 kg\n",
        fields=("action", "external_id", "revision", "started_at", "traits"),
        understood=[
            ("event", "1", 2, at("2026-08-01T04:00:00"), {"mass_g": 1500}),
            ("cancel", "1", 3, None, None),
        ],
        refused={5: "'soon' is not a time like excel_days"},
        skipped=1,
    ),
    "a mainframe": Meeting(
        says="EBCDIC, fixed columns, no names, no line ends, amounts in fen with the sign behind, half past seven in the evening is 1930.",
        declared="""
            container: {kind: fixed, encoding: cp037, columns: [type, card, day, clock, fare], widths: [1, 8, 8, 4, 6], widths_in: bytes, line_ends: false}
            zone: Asia/Shanghai
            subject: {column: card}
            event_id: {concat: [card, day, clock]}
            cases:
              - {when: {type: [H, T]}, skip: true}
              - {when: {fare: {ends_with: "-"}}, action: cancel}
              - {scenario: bus, started_at: {columns: [day, clock], format: "%Y%m%d %H%M"}, amount: {column: fare, unit: fen}}
        """,
        sends="".join(
            f"{line:27}" for line in ("H20260801", "DC1      202608011930000200", "DC1      20260801193000200-", "T1")
        ).encode("cp037"),
        fields=("action", "external_id", "amount_fen"),
        understood=[("event", "C1202608011930", 200), ("cancel", "C1202608011930", None)],
        skipped=2,
    ),
    "a platform of events": Meeting(
        says="JSON lines, an envelope each; `/Date(…)/`; the start and the end of a trip are two lines with one id.",
        declared="""
            container: {kind: jsonl}
            zone: Asia/Shanghai
            group: {by: [trip.id], together: false}
            subject: {first: [trip.user, first.trip.user]}
            event_id: {column: trip.id}
            cases:
              - {when: {last.event: {not_in: [trip.ended]}}, refuse: the trip has no end}
              - scenario: shared-bike
                started_at: {columns: [{column: first.at, between: ["(", ")"]}], format: epoch_ms}
                ended_at: {columns: [{column: last.at, between: ["(", ")"]}], format: epoch_ms}
                distance: {column: last.trip.metres}
        """,
        sends=b"\n".join(
            json.dumps(line).encode()
            for line in (
                {"event": "trip.began", "at": "/Date(1785542400000)/", "trip": {"id": "a", "user": "u1"}},
                {"event": "trip.began", "at": "/Date(1785542410000)/", "trip": {"id": "b", "user": "u2"}},
                {"event": "trip.ended", "at": "/Date(1785543000000)/", "trip": {"id": "a", "metres": 1500}},
            )
        ),
        fields=("external_id", "subject", "started_at", "ended_at", "distance_m"),
        understood=[("a", "u1", at("2026-08-01T00:00:00"), at("2026-08-01T00:10:00"), 1500)],
        refused={2: "the trip has no end"},
    ),
    "tickets of a Thai boat": Meeting(
        says="Years of the Buddhist calendar, times with a full stop, fares with a sign, piers in the line `A - B`.",
        declared="""
            container: {kind: csv}
            zone: Asia/Bangkok
            subject: {column: holder}
            event_id: {column: no}
            cases:
              - scenario: bus
                started_at: {column: sold, calendar: buddhist, format: "%d/%m/%Y %H.%M"}
                amount: {column: fare, replace: {฿: ""}, scale: "0.2", unit: yuan}
                distance: {column: line, map: {Tha Chang - Wang Lang: 900, Tha Chang - Nonthaburi: 15000}, basis: stations}
        """,
        sends="no,holder,sold,fare,line\n1,h,01/08/2569 07.05,฿15.00,Tha Chang - Wang Lang\n2,h,01/08/2569 07.05,฿15.00,Tha Chang\n".encode(),
        fields=("started_at", "amount_fen", "distance_m"),
        understood=[(at("2026-08-01T00:05:00"), 300, 900)],
        refused={3: "'Tha Chang' is not in the feed's map"},
    ),
}


@pytest.mark.parametrize("name", MEETINGS)
def test_a_partner_nobody_has_met(understand, name):
    hold(understand, MEETINGS[name])


def test_every_declaration_is_of_the_vocabulary():
    assert len({name for name in MEETINGS if formats.parse(yaml_text.load(MEETINGS[name].declared))}) == 14
