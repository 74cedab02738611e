"""More partners nobody has met: their dictionary, what a stranger declared from docs/partners.md, what they send."""

# ruff: noqa: E501  rows and declarations as they are sent

import io
import json
import zipfile
from typing import Any

import pytest

from activities.intake import formats, readers, yaml_text
from activities.intake.mapping import Mapping
from tests.activities.intake.meetings import Meeting, hold
from tests.activities.intake.test_feeds import at


def lines(*rows: dict[str, Any]) -> bytes:
    return "\n".join(json.dumps(row) for row in rows).encode()


def zipped(**files: str) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"2026-11/{name}.csv", text)
    return body.getvalue()


MEETINGS = {
    "bikes in envelopes": Meeting(
        says="JSON lines with an envelope; milliseconds; GCJ-02; a place as a text, an object or a list; refunds as events.",
        declared="""
            container: {kind: jsonl}
            zone: Asia/Shanghai
            subject: {column: payload.rider.id}
            event_id: {column: payload.orderId}
            cases:
              - when: {event: trip.refunded}
                action: cancel
              - when: {event: trip.completed, payload.valid: true}
                scenario: shared-bike
                started_at: {column: payload.startMs, format: epoch_ms}
                duration: {column: payload.durMs, unit: ms}
                origin: {column: payload.from, datum: gcj02}
                destination: {column: payload.to, datum: gcj02}
                distance: {computed: crow_fly}
              - skip: true
        """,
        sends=lines(
            {
                "event": "trip.completed",
                "payload": {
                    "orderId": 712345678901234567,
                    "rider": {"id": 9},
                    "startMs": 1793664300000,
                    "durMs": 900000,
                    "from": "121.4737,31.2304",
                    "to": [121.4837, 31.2304],
                    "valid": True,
                },
            },
            {"event": "trip.refunded", "payload": {"orderId": 2, "rider": {"id": 9}}},
            {"event": "heartbeat"},
        ),
        fields=("action", "external_id", "subject", "started_at", "ended_at", "distance_m"),
        understood=[
            ("event", "712345678901234567", "9", at("2026-11-03T00:05:00"), at("2026-11-03T00:20:00"), 954),
            ("cancel", "2", "9", None, None, None),
        ],
        skipped=1,
    ),
    "a metro gate with both ends in a row": Meeting(
        says="One day, two clocks without leading zeros, past midnight; fares in fen; a table of ways; exits may be missing.",
        declared="""
            container: {kind: csv, delimiter: "|", encoding: gb18030}
            zone: Asia/Shanghai
            subject: {column: 卡号}
            event_id: {hash: [卡号, 日期, 进站时间, 进站]}
            tables:
              ways: {key: [a, b], either_way: true, csv: "a,b,km\\n人民广场,徐家汇,5.1\\n"}
            cases:
              - {when: {出站时间: {empty: true}}, refuse: no exit}
              - scenario: metro
                started_at: {columns: [日期, {column: 进站时间, pad: 6}], format: "%Y%m%d %H%M%S"}
                ended_at: {columns: [日期, 出站时间], format: "%Y%m%d %H%M%S", next_day: true}
                distance: {concat: [进站, 出站], separator: "|", look_up: {table: ways, column: km}, unit: km, basis: stations}
                amount: {column: 票价, unit: fen}
        """,
        sends=(
            "卡号|日期|进站时间|进站|出站时间|出站|票价\nA|20261103|235800|徐家汇|002100|人民广场|300\n"
            "B|20261103|10500|徐家汇|013000|人民广场|300\nC|20261103|080500|徐家汇||人民广场|\n"
            "D|20261103|080500|徐家汇|83000|人民广场|300\nE|20261103|080500|徐家汇|083000|虹桥|300\n"
        ).encode("gb18030"),
        fields=("started_at", "ended_at", "distance_m", "amount_fen"),
        understood=[
            (at("2026-11-03T15:58:00"), at("2026-11-03T16:21:00"), 5100, 300),
            (at("2026-11-02T17:05:00"), at("2026-11-02T17:30:00"), 5100, 300),
        ],
        refused={
            4: "no exit",
            5: "where zeros are missing, `pad` puts them back",
            6: "'徐家汇|虹桥' is not in the table 'ways'",
        },
    ),
    "a bus of another country": Meeting(
        says="UTF-16, semicolons, decimal commas, `Uhr`; only boarding; a flag that voids in two languages.",
        declared="""
            container: {kind: csv, delimiter: ";", encoding: utf-16}
            zone: Asia/Shanghai
            subject: {column: Karte}
            event_id: {concat: [Karte, Zeit], separator: "/"}
            cases:
              - {when: {Storno: [是, ja]}, action: cancel}
              - scenario: bus
                started_at: {column: Zeit, format: "%d.%m.%Y %H:%M Uhr"}
                amount: {column: Preis, decimal: ",", replace: {" €": ""}}
        """,
        sends="Karte;Zeit;Preis;Storno\nK;3.11.2026 8:05 Uhr;2,50 €;否\nK;3.11.2026 8:05 Uhr;2,50 €;是\n".encode(
            "utf-16"
        ),
        fields=("action", "external_id", "amount_fen"),
        understood=[("event", "K/3.11.2026 8:05 Uhr", 250), ("cancel", "K/3.11.2026 8:05 Uhr", None)],
    ),
    "steps by person, day and hour": Meeting(
        says="A document: people, in each an object of days, in each an object of hours.",
        declared="""
            container: {kind: json, path: "people[].days{}"}
            zone: Asia/Shanghai
            subject: {column: ^.id}
            event_id: {concat: [^.id, ^key], separator: "/"}
            cases:
              - scenario: walking
                started_at: {column: ^key, format: "%Y-%m-%d"}
                profile: {columns: ["0","1","2","3","4","5","6","7","8","9","10","11","12","13","14","15","16","17","18","19","20","21","22","23"]}
        """,
        sends=json.dumps({"people": [{"id": "p", "days": {"2026-11-03": {"7": 1200, "8": 300}}}]}).encode(),
        fields=("external_id", "quantity"),
        understood=[("p/2026-11-03", 1500)],
    ),
    "cards with refunds of both kinds": Meeting(
        says="Fen, MCC that lost its zero, serials that lost theirs; a refund names its original, as a row R or with a negative amount.",
        declared="""
            container: {kind: csv, skip_last_lines: 1}
            zone: Asia/Shanghai
            subject: {column: card}
            event_id: {column: serial, pad: 12}
            cases:
              - {when: {type: [R, V]}, action: cancel, event_id: {column: orig, pad: 12}}
              - {when: {amt: {below: 0}}, action: cancel, event_id: {column: orig, pad: 12}}
              - scenario: green-card
                started_at: {columns: [day, {column: clock, pad: 6}], format: "%y%m%d %H%M%S"}
                amount: {column: amt, unit: fen}
                category: {column: mcc, scheme: mcc, pad: 4}
        """,
        sends=(
            "serial,orig,card,day,clock,amt,mcc,type\n42,,6222****1234,261103,80500,300,4111,S\n"
            "43,42,6222****1234,261104,080500,300,4111,R\n44,42,6222****1234,261104,080500,−300,742,S\nTRAILER,3\n"
        ).encode(),
        fields=("action", "external_id", "started_at", "amount_fen", "category"),
        understood=[
            ("event", "000000000042", at("2026-11-03T00:05:00"), 300, "transit"),
            ("cancel", "000000000042", None, None, ""),
            ("cancel", "000000000042", None, None, ""),
        ],
    ),
    "a carpool in full width": Meeting(
        says="Chinese dates of twelve hours, some of full width; durations in words; units in the cell; seats with 人.",
        declared="""
            container: {kind: csv, half_width: true}
            zone: Asia/Shanghai
            subject: {column: 车主(ID)}
            event_id: {column: 行程号}
            cases:
              - scenario: carpool
                started_at: {column: 出发, format: "%Y年%m月%d日 %p%I:%M", replace: {上午: AM, 下午: PM}}
                duration: {column: 历时, unit: words}
                distance: {column: 里程, unit: km, units: {公里: km, km: km}}
                occupants: {column: 人数, replace: {人: ""}}
        """,
        sends=(
            "行程号,车主（ＩＤ）,出发,历时,里程,人数\n１２,ｕ１,２０２６年１１月３日　下午３：０５,1个小时25分钟,１２．５公里,３人\n"
            "13,u1,2026年11月3日 上午8:05,25′30″,12 km,2\n14,u1,2026年11月3日 上午8:05,25′30″,−3,2\n"
        ).encode(),
        fields=("external_id", "subject", "started_at", "ended_at", "distance_m", "traits"),
        understood=[
            ("12", "u1", at("2026-11-03T07:05:00"), at("2026-11-03T08:30:00"), 12_500, {"occupants": 3}),
            ("13", "u1", at("2026-11-03T00:05:00"), at("2026-11-03T00:30:30"), 12_000, {"occupants": 2}),
        ],
        refused={4: "-3000 is negative; at least 0 is expected"},
    ),
    "a car park": Meeting(
        says="Minutes stood; a day or more counts; classes of cars in Chinese.",
        declared="""
            container: {kind: csv}
            zone: Asia/Shanghai
            subject: {column: 车牌}
            event_id: {column: 停车单}
            cases:
              - when: {"停车时长(分钟)": {at_least: 1440, thousands: ","}}
                scenario: no-cutlery
                started_at: {column: 入场, format: "%Y-%m-%d %H:%M:%S"}
                duration: {column: "停车时长(分钟)", unit: min, thousands: ","}
                vehicle_class: {column: 车型, map: {小型车: small}}
              - skip: true
        """,
        sends=(
            '停车单,车牌,入场,停车时长(分钟),车型\n1,沪A·1,2026-11-03 08:05:00,"1,500",小型车\n2,沪A·1,2026-11-03 08:05:00,15,小型车\n'
        ).encode(),
        fields=("external_id", "ended_at", "traits"),
        understood=[("1", at("2026-11-04T01:05:00"), {"vehicle_class": "small"})],
        skipped=1,
    ),
    "a recycler that weighs in 斤": Meeting(
        says="Masses in 斤, 公斤 or 两 as the cell says; times as databases and gateways write them.",
        declared="""
            container: {kind: csv}
            zone: Asia/Shanghai
            subject: {column: 会员}
            event_id: {column: 流水}
            cases:
              - scenario: recycling
                started_at: {column: 时间}
                mass: {column: 重量, unit: kg, units: {斤: jin, 公斤: kg, 两: liang}}
        """,
        sends="流水,会员,时间,重量\n1,a,2026-11-03 08:05:00.0,3.5斤\n2,a,20261103T000500Z,1.2公斤\n3,a,2026-11-3 8:05,4两\n".encode(),
        fields=("started_at", "traits"),
        understood=[(at("2026-11-03T00:05:00"), {"mass_g": 1750}), (at("2026-11-03T00:05:00"), {"mass_g": 1200})],
        refused={4: "'2026-11-3 8:05' is not a time like iso; is it `%Y-%m-%d %H:%M`?"},
    ),
    "a map of lines": Meeting(
        says="A GeoJSON collection; nanoseconds; durations like PT25M.",
        declared="""
            container: {kind: json, path: features}
            zone: Asia/Shanghai
            subject: {column: properties.user}
            event_id: {column: properties.id}
            cases:
              - scenario: shared-bike
                started_at: {column: properties.t0, format: epoch_ns}
                duration: {column: properties.dur, unit: iso}
                track: {column: geometry, kind: geojson}
                distance: {computed: track}
        """,
        sends=json.dumps(
            {
                "features": [
                    {
                        "properties": {"user": "u", "id": 1, "t0": 1793664300000000000, "dur": "PT25M"},
                        "geometry": {"type": "LineString", "coordinates": [[121.47, 31.23], [121.48, 31.24]]},
                    }
                ]
            }
        ).encode(),
        fields=("started_at", "ended_at", "distance_m"),
        understood=[(at("2026-11-03T00:05:00"), at("2026-11-03T00:30:00"), 1463)],
    ),
    "tracks of a navigation": Meeting(
        says="Two headers, the second in English; pipes; times as Java prints them; WKT in BD-09; flags in many spellings; no id.",
        declared="""
            container: {kind: csv, delimiter: "|", quote: ""}
            zone: Asia/Shanghai
            subject: {column: 用户}
            event_id: {hash: [用户, 开始, 车牌]}
            cases:
              - {when: {用户: user_id}, skip: true}
              - when: {有效: [是, Y, 1, true]}
                scenario: shared-bike
                started_at: {column: 开始, format: "%a %b %d %H:%M:%S CST %Y"}
                ended_at: {column: 结束, format: "%a %b %d %H:%M:%S CST %Y"}
                track: {column: 轨迹, kind: wkt, datum: bd09}
                distance: {computed: track}
              - {when: {有效: [否, N, 0, false]}, action: cancel}
        """,
        sends=(
            "用户|开始|结束|车牌|轨迹|有效\nuser_id|start|end|plate|track|valid\n"
            "u|Tue Nov 03 08:05:00 CST 2026|Tue Nov 03 08:25:00 CST 2026|p|LINESTRING (121.47 31.23, 121.48 31.24)|TRUE\n"
            "u|Tue Nov 03 08:05:00 CST 2026||p||否\nu|Tue Nov 03 08:05:00 CST 2026||p||maybe\n"
        ).encode(),
        fields=("action", "started_at", "distance_m"),
        understood=[("event", at("2026-11-03T00:05:00"), 1479), ("cancel", None, None)],
        refused={5: "no `when` matches 有效 'maybe', 用户 'u'"},
        skipped=1,
    ),
    "a zip of days": Meeting(
        says="A file for each day, the day in its name, columns in any order, beside other files.",
        declared="""
            container: {kind: csv, members: "trips_*.csv"}
            zone: Asia/Shanghai
            subject: {column: u}
            event_id: {column: id}
            cases:
              - scenario: shared-bike
                started_at: {columns: [{column: ^file, between: [trips_, .csv]}, t], format: "%Y%m%d %H:%M"}
                distance: {column: km, unit: km}
        """,
        sends=zipped(
            trips_20261103="id,u,t,km\n1,u,8:05,1.2\n", trips_20261104="u,id,km,t\nu,2,3,23:59\n", stations="a,b\n"
        ),
        fields=("external_id", "started_at", "distance_m"),
        understood=[("1", at("2026-11-03T00:05:00"), 1200), ("2", at("2026-11-04T15:59:00"), 3000)],
    ),
    "a spreadsheet as CSV": Meeting(
        says='Titles, totals, names that come twice, ids as ="0001", serial days, fares with sign and thousands.',
        declared="""
            container: {kind: csv, skip_to: 序号, skip_last_lines: 2, columns: [序号, 卡号, 开始, 开始站, 结束, 结束站, 金额]}
            zone: Asia/Shanghai
            subject: {column: 卡号, replace: {"'": "", "=": "", '"': ""}}
            event_id: {column: 序号}
            cases:
              - scenario: metro
                started_at: {column: 开始, format: excel_days}
                ended_at: {column: 结束, format: ["%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M"]}
                amount: {column: 金额, thousands: ",", replace: {"¥": "", 元: ""}}
        """,
        sends=(
            "出行明细,,,,,,\n导出：2026-11-04,,,,,,\n序号,卡号,时间,站点,时间,站点,金额\n"
            '1,="0001",46329.336805555554,A,2026/11/3 8:35,B,"¥1,003.50"\n2,\'0002,46329.3368055556,A,2026/11/3 8:35:09,B,3元\n'
            "合计,,,,,,\n制表人：张三,,,,,,\n"
        ).encode(),
        fields=("subject", "started_at", "ended_at", "amount_fen"),
        understood=[
            ("0001", at("2026-11-03T00:05:00"), at("2026-11-03T00:35:00"), 100_350),
            ("0002", at("2026-11-03T00:05:00"), at("2026-11-03T00:35:09"), 300),
        ],
    ),
    "vehicles with trips with riders": Meeting(
        says="Three lists in each other; odometers before and after, as numbers and texts; instants of nanoseconds.",
        declared="""
            container: {kind: json, path: "vehicles[].trips[].riders[]"}
            zone: Asia/Shanghai
            subject: {column: uid}
            event_id: {concat: [^.id, uid], separator: "-"}
            cases:
              - scenario: carpool
                started_at: {column: ^.begin}
                ended_at: {column: ^.end}
                occupants: {column: ^.n}
                distance: {column: ^.odo1, minus: [^.odo0], unit: km}
        """,
        sends=json.dumps(
            {
                "vehicles": [
                    {
                        "trips": [
                            {
                                "id": "t",
                                "begin": "2026-11-03T08:05:00.000000789+08:00",
                                "n": 3,
                                "odo0": 100.1,
                                "end": "2026-11-03T00:35:00Z",
                                "odo1": "112.6",
                                "riders": [{"uid": "a"}, {"uid": "b"}],
                            }
                        ]
                    }
                ]
            }
        ).encode(),
        fields=("external_id", "started_at", "ended_at", "distance_m"),
        understood=[(f"t-{uid}", at("2026-11-03T00:05:00"), at("2026-11-03T00:35:00"), 12_500) for uid in ("a", "b")],
    ),
    "a log of a gateway": Meeting(
        says="Lines of fields with their names before them, the time as web servers write it.",
        declared="""
            container: {kind: csv, delimiter: "|", header: false, quote: ""}
            zone: Asia/Shanghai
            subject: {column: 2, between: ["uid=", ""]}
            event_id: {column: 3, between: ["oid=", ""]}
            cases:
              - when: {4: {contains: BUS}}
                scenario: bus
                started_at: {columns: [{column: 1, between: ["[", "]"]}], format: "%d/%b/%Y:%H:%M:%S %z"}
              - skip: true
        """,
        sends=b"[03/Nov/2026:08:05:00 +0800]|uid=u1|oid=7|t=BUS\n[03/Nov/2026:08:05:00 +0800]|uid=u1|oid=8|t=X\n",
        fields=("external_id", "subject", "started_at"),
        understood=[("7", "u1", at("2026-11-03T00:05:00"))],
        skipped=1,
    ),
}


@pytest.mark.parametrize("name", MEETINGS)
def test_a_partner_nobody_has_met_either(understand, name):
    hold(understand, MEETINGS[name])


def test_a_webhook_knows_what_means_nothing():
    """As a file of the feed does: what is empty, and what is of full width."""
    declared = formats.parse(
        yaml_text.load("""
            container: {kind: csv, empty: ["--"], half_width: true}
            zone: Asia/Shanghai
            subject: {column: u}
            event_id: {column: id}
            cases: [{scenario: bus, started_at: {column: at}, distance: {column: km, unit: km}}]
        """)
    )
    of_webhook = formats.of_webhook(declared)
    body = json.dumps({"data": [{"id": "１", "u": "a", "at": "2026-11-03", "km": "--"}]}).encode()
    (line, row) = readers.read_webhook(body, of_webhook).items[0]
    draft = Mapping(of_webhook, None).draft(line, row)
    assert (draft.external_id, draft.distance_m, draft.distance_basis) == ("1", None, "default")
