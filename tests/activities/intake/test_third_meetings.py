"""Partners that nobody had met when a third round was held: their dictionary, what was declared of it, what they send."""

# ruff: noqa: E501  rows and declarations as they are sent

import json

import pytest

from tests.activities.intake.meetings import Meeting, hold
from tests.activities.intake.test_feeds import at

MEETINGS = {
    "a bank that separates with three signs": Meeting(
        says="GB 18030, |@| between the cells, a header and a trailer record, fen with leading zeros, refunds that name the original.",
        declared="""
            container: {kind: csv, encoding: gb18030, delimiter: "|@|", header: false, skip_lines: 1, skip_last_lines: 1,
                        columns: [record, serial, original, card, day, clock, kind, amount, mcc, shop]}
            zone: Asia/Shanghai
            subject: {column: card}
            event_id: {column: serial}
            cases:
              - {when: {kind: "02"}, action: cancel, event_id: {column: original}}
              - when: {kind: "01", mcc: ["4111", "4131"]}
                scenario: bus
                started_at: {columns: [day, clock], format: "%Y%m%d %H%M%S"}
                amount: {column: amount, unit: fen}
              - {when: {kind: "01"}, skip: true}
        """,
        sends=(
            "HDR|@|6105|@|20261103|@|6|@|联名卡\r\n"
            "DTL|@|1|@||@|C1|@|20261103|@|080513|@|01|@|000000000300|@|4111|@|地铁\r\n"
            'DTL|@|2|@||@|C1|@|20261103|@|091500|@|01|@|000000012850|@|5812|@|面馆"老王"\r\n'
            "DTL|@|3|@|1|@|C1|@|20261103|@|111112|@|02|@|000000000300|@|4111|@|地铁\r\n"
            "DTL|@|4|@||@|C2|@|20261103|@|246199|@|01|@|000000000300|@|4111|@|地铁\r\n"
            "DTL|@|5|@||@|C2|@|20261103|@|151212|@|01|@|0000004,00|@|4111|@|地铁\r\n"
            "DTL|@|6|@|short\r\nTRL|@|6|@|13150\r\n"
        ).encode("gb18030"),
        fields=("action", "external_id", "started_at", "amount_fen"),
        understood=[("event", "1", at("2026-11-03T00:05:13"), 300), ("cancel", "1", None, None)],
        refused={5: "there is no such day or time", 6: "'0000004,00' is not a number", 7: "3 cells, 10 expected"},
        skipped=1,
    ),
    "a metro's entries by the day of operation": Meeting(
        says="Of entries alone; the day of operation ends at 01:00, so that 00:30 is of the next day. Exits come in a file, and by a feed, of their own.",
        declared="""
            container: {kind: csv, delimiter: ";"}
            zone: Asia/Shanghai
            pairing: {limit_s: 14400}
            subject: {column: CARD}
            event_id: {concat: [{constant: in}, TXN], separator: "-"}
            cases:
              - when: {TIME: {starts_with: "00:"}}
                scenario: metro
                half: in
                started_at: {columns: [OPDATE, TIME], format: "%d.%m.%Y %H:%M:%S", plus: {constant: 1, unit: d}}
              - scenario: metro
                half: in
                started_at: {columns: [OPDATE, TIME], format: "%d.%m.%Y %H:%M:%S"}
        """,
        sends=b"TXN;CARD;OPDATE;TIME\n1;S;03.11.2026;23:50:00\n2;S;03.11.2026;00:30:00\n3;;03.11.2026;08:00:00\n",
        fields=("external_id", "half", "started_at"),
        understood=[("in-1", "in", at("2026-11-03T15:50:00")), ("in-2", "in", at("2026-11-03T16:30:00"))],
        refused={4: "a value is needed"},
    ),
    "a charging operator with two lines of headings": Meeting(
        says="UTF-16; days of a spreadsheet; meters before and after with thousands; paid is two columns; NULL and - are missing.",
        declared=r"""
            container: {kind: csv, encoding: utf-16, skip_lines: 1, skip_last_lines: 1, empty: ["NULL", "-"]}
            zone: Asia/Shanghai
            subject: {column: 会员}
            event_id: {column: 订单号}
            cases:
              - {when: {状态: 已退款}, action: cancel}
              - scenario: ev-charging
                started_at: {column: 开始, format: excel_days}
                energy: {column: 结束电表(kWh), minus: [起始电表(kWh)], unit: kWh, thousands: ","}
                amount: {column: 电费(元), plus: [服务费(元)], thousands: ","}
        """,
        sends=(
            "订单信息,,,充电信息,,费用,,\r\n订单号,会员,开始,起始电表(kWh),结束电表(kWh),电费(元),服务费(元),状态\r\n"
            '1,V,46329.336805555554,"12,345.60","12,375.85","1,030.25",6.05,已完成\r\n2,V,46329.5,-,"9,999.90",3,NULL,已完成\r\n'
            "3,V,2026-11-03 20:00,1,2,3,4,已完成\r\n4,V,46329.5,200,100,3,4,已完成\r\n1,V,,,,,,已退款\r\n合计,,,,,9,9,\r\n"
        ).encode("utf-16"),
        fields=("action", "external_id", "energy_wh", "amount_fen"),
        understood=[("event", "1", 30_250, 103_630), ("event", "2", None, 300), ("cancel", "1", None, None)],
        refused={5: "is not a time like excel_days; is it `iso`?", 6: "-100 is negative"},
    ),
    "a health app's export": Meeting(
        says="The person once, then a list of measures, each with its points of an hour.",
        declared="""
            container: {kind: json, path: "data.metrics[].data"}
            zone: Asia/Shanghai
            group: {by: [^.name, {column: date, cut: [1, 10]}]}
            subject: {column: ^.^.person}
            event_id: {concat: [^.^.person, {column: date, cut: [1, 10]}], separator: "/"}
            cases:
              - {when: {^.name: {not_equals: step_count}}, skip: true}
              - scenario: walking
                started_at: {column: date, format: "%Y-%m-%d %H:%M:%S %z"}
                profile: {hour: {column: date, cut: [12, 13]}, steps: qty}
        """,
        sends=json.dumps(
            {
                "person": "H",
                "data": {
                    "metrics": [
                        {
                            "name": "step_count",
                            "data": [
                                {"date": "2026-11-03 08:00:00 +0800", "qty": 1234.4},
                                {"date": "2026-11-03 09:00:00 +0800", "qty": 600},
                                {"date": "2026-11-04", "qty": 5},
                            ],
                        },
                        {"name": "heart_rate", "data": [{"date": "2026-11-03 08:00:00 +0800", "qty": 80}]},
                    ]
                },
            }
        ).encode(),
        fields=("external_id", "subject", "quantity"),
        understood=[("H/2026-11-03", "H", 1834)],
        refused={3: "'2026-11-04' is not a time like %Y-%m-%d %H:%M:%S %z"},
        skipped=1,
    ),
    "a database's dump of rides": Meeting(
        says=r"Tabs, \N, backslashes that escape; serials of a day; UTC; polylines of six digits where metres are missing; higher versions replace.",
        declared=r"""
            container: {kind: csv, delimiter: "\t", quote: "", escape: "\\", empty: ["\\N", "NULL"]}
            zone: UTC
            subject: {column: member}
            event_id: {concat: [day, seq], separator: "-"}
            revision: {column: version}
            cases:
              - scenario: shared-bike
                started_at: {column: begin}
                duration: {column: used, unit: hms}
                distance: [{column: metres, thousands: ","}, {computed: track}]
                track: {column: shape, kind: polyline, precision: 6}
        """,
        sends=(
            b"day\tseq\tmember\tbegin\tused\tmetres\tshape\tversion\n"
            b"20261103\t1\tm\t2026-11-03T00:05:13Z\t00:23:10\t3,204\t\\N\t1\n"
            b"20261103\t2\tm\t2026-11-03T00:05:13.5Z\t00:23:10\t\\N\t_p~iF~ps|U_ulLnnqC\t1\n"
            b"20261104\t1\tm\t2026-11-04T00:05:13Z\t00:61:10\t800\t\\N\t1\n"
            b"20261104\t2\tm\t2026-11-04T00:05:13Z\t\\N\t800\t\\N\t1\n"
            b"20261104\t3\tm\t2026-11-04T00:05:13Z\t00:10:00\tNULL\t!\t1\n"
            b"20261103\t1\tm\t2026-11-03T00:05:13Z\t00:23:10\t3,304\t\\N\t2\n"
        ),
        fields=("external_id", "revision", "distance_m"),
        understood=[("20261103-1", 1, 3204), ("20261103-2", 1, 25_839), ("20261103-1", 2, 3304)],
        refused={4: "is not a duration", 5: "a value is needed", 6: "'!' is no character of a polyline"},
    ),
    "pages as JSON lines": Meeting(
        says="A line for each page of the API, with a list of orders in it.",
        declared="""
            container: {kind: jsonl, json_columns: [ext]}
            zone: Asia/Shanghai
            split: {column: data.list, names: [order]}
            subject: {column: order.buyer}
            event_id: {column: order.no}
            cases:
              - {when: {order.status: CLOSED}, action: cancel}
              - scenario: no-cutlery
                started_at: {column: order.paid}
                quantity: {column: order.count}
        """,
        sends=b"\n".join(
            json.dumps({"code": 0, "data": {"page": page, "list": orders}}).encode()
            for page, orders in (
                (1, [{"no": 1, "buyer": "b", "paid": "2026-11-03T08:05:13+0800", "count": 2}]),
                (2, [{"no": 1, "buyer": "b", "status": "CLOSED"}, {"no": 2, "paid": "2026/11/03 08:05", "buyer": "b"}]),
                (3, []),
            )
        ),
        fields=("action", "external_id", "quantity"),
        understood=[("event", "1", 2), ("cancel", "1", None)],
        refused={2: "is it `%Y/%m/%d %H:%M`?"},
        skipped=1,
    ),
}


@pytest.mark.parametrize("name", MEETINGS)
def test_a_partner_of_the_third_round(understand, name):
    hold(understand, MEETINGS[name])
