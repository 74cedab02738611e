"""Formats that nobody here designed for: what the partner's data dictionary says, its sample, and the declaration."""

import gzip
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.intake import formats, readers, yaml_text
from activities.intake.mapping import Mapping
from activities.intake.problems import Refused, RowError
from sandbox import alterations
from tests.activities.conftest import take_in
from tests.activities.intake.conftest import declared
from tests.activities.intake.test_feeds import at, told


def rules(text: str) -> dict:
    return yaml_text.load(text)


def reasons(found) -> list[tuple[int, str, str, str]]:
    """Line, code, field and what is said of every refused row."""
    return [(line, error.code, error.field, error.detail) for line, error, _row in found.refused]


def test_a_sheet_with_merged_cells_and_endings_in_two_units(understand):
    """The name stands in the first row of each member only; 里程 is 850米 or 3.2公里; rows of commas at the end."""
    body = (
        "2026年8月骑行汇总,,,,\r\n"
        "会员,单号,日期,时段,里程\r\n"
        "M001,1,2026/8/1,7:05-7:32,3.2公里\r\n"
        ",2,2026/8/1,17:40-18:01,850米\r\n"
        "M002,3,2026/8/2,23:50-0:10,2.4\r\n"
        ",4,2026/8/2,8:00-8:10,3里\r\n"
        ",5,2026/8/2,上午,1公里\r\n"
        ",,,,\r\n"
        "合计,5,,,10.45公里\r\n"
    ).encode("gb18030")
    found = understand("bike-club", body)
    assert told(found, "external_id", "subject", "started_at", "ended_at", "distance_m") == [
        ("1", "M001", at("2026-07-31T23:05:00"), at("2026-07-31T23:32:00"), 3200),
        ("2", "M001", at("2026-08-01T09:40:00"), at("2026-08-01T10:01:00"), 850),
        ("3", "M002", at("2026-08-02T15:50:00"), at("2026-08-02T16:10:00"), 2400),
    ]
    assert reasons(found) == [
        (6, "number_unreadable", "里程", "'3里' is not a number; `replace: {'里': \"\"}` would take '里' away"),
        (7, "time_unreadable", "日期 + 时段", "'2026/8/2' is not a time like %Y/%m/%d %H:%M"),
    ]


def test_a_settlement_file_with_heading_records(understand):
    """H: card and day. D: ride no, minute of boarding as HHMM up to 2559, fare in fen. T: totals."""
    body = (
        b"H|6217000123|20260801\n"
        b"D|0001|0758|200|\n"
        b"D|0002|2415|300|\n"
        b"H|6217000456|20260801\n"
        b"D|0003|8:00|200|\n"
        b"D|0004|0900|-200|\n"
        b"D|0005\n"
        b"D|0006|0900|200||x\n"
        b"T|5|500\n"
    )
    found = understand("bus-settlement", body)
    assert told(found, "external_id", "subject", "started_at", "distance_m", "distance_basis", "amount_fen") == [
        ("20260801-0001", "6217000123", at("2026-07-31T23:58:00"), 5000, "fare", 200),
        ("20260801-0002", "6217000123", at("2026-08-01T16:15:00"), 9000, "fare", 300),
    ]
    assert reasons(found) == [
        (5, "time_unreadable", "day + clock", "'20260801 8:00' is not a time like %Y%m%d %H%M"),
        (6, "value_negative", "fare", "-200 is negative; at least 0 is expected"),
        (7, "time_unreadable", "day + clock", "'20260801' is not a time like %Y%m%d %H%M"),
        (8, "column_count", "", "6 cells, 4 expected"),
    ]
    assert (found.skipped, found.rows) == (1, 7)


def test_an_event_bus_with_json_in_a_cell(understand):
    """payload holds JSON; occurred in microseconds; where the ride began is well-known text, its line too."""
    payload = {
        "rider": {"ref": "r-7"},
        "began": "SRID=4326;POINT(121.4737 31.2304)",
        "line": "LINESTRING (121.4737 31.2304 5, 121.4837 31.2304 6)",
        "took": "PT12.5M",
    }
    head = "seq,topic,occurred,payload\n"

    def line(seq, topic, occurred, text):
        return f"{seq},{topic},{occurred},{text}\n"

    def quoted(document):
        return '"' + json.dumps(document).replace('"', '""') + '"'

    body = (
        head
        + line(1, "ride.ended", 1785542400000000, quoted(payload))
        + line(2, "bike.charged", 1785542400000000, "{}")
        + line(3, "ride.ended", 1785542400, quoted(payload))
        + line(4, "ride.ended", 1785542400000000, "no json")
        + line(5, "ride.ended", 1785542400000000, quoted(payload | {"line": "POLYGON((1 2, 3 4))"}))
    )
    found = understand("event-bus", body.encode())
    assert told(found, "external_id", "subject", "started_at", "ended_at", "distance_m", "distance_basis") == [
        ("1", "r-7", at("2026-07-31T23:47:30"), at("2026-08-01T00:00:00"), 951, "track")
    ]
    assert reasons(found) == [
        (4, "time_out_of_range", "occurred", "'1785542400' would be in 1970; is epoch_us right?"),
        (5, "value_missing", "payload.rider.ref", "a value is needed"),
        (
            6,
            "track_unreadable",
            "payload.line",
            "not a track of kind wkt: it does not begin like LINESTRING(121.4 31.2, 121.5 31.3)",
        ),
    ]
    assert found.skipped == 1


def test_an_export_by_a_spreadsheet(understand):
    """Semicolons, byte-order mark, decimal commas, a protected id, amounts with a sign, and ids that were shortened."""
    body = (
        "﻿Auftrag;Kunde;Start;Dauer;Strecke;Betrag;\r\n"
        '"=""0012345678901234567""";K1;01.08.2026 8:05;0:45;1.234,5;¥ 12,50;\r\n'
        "7,12346E+17;K1;01.08.2026 9:05;0:45;1,5;¥ 12,50;\r\n"
        "7.12346E+17;K1;01.08.2026 9:05;0:45;1,5;¥ 12,50;\r\n"
        "3;K1;01.08.2026 9:05;45 min;1,5;¥ 12,50;\r\n"
        "4;K1;01.08.2026 9:05;0:45;1,5;€ 12,50;\r\n"
        "5;K1;01.08.2026 9:05;0:45;1,5;¥ 12,50;;x\r\n"
        ";;;;;;\r\n"
    ).encode()
    declared = rules("""
        container: {kind: csv, delimiter: ";"}
        zone: Europe/Lisbon
        subject: {column: Kunde}
        event_id: {column: Auftrag, replace: {'=': '', '"': ''}}
        cases:
          - scenario: shared-bike
            started_at: {column: Start, format: "%d.%m.%Y %H:%M"}
            duration: {column: Dauer, unit: hm}
            distance: {column: Strecke, unit: km, decimal: ",", thousands: "."}
            amount: {column: Betrag, decimal: ",", replace: {¥: ""}}
    """)
    found = understand(declared, body)
    assert told(found, "external_id", "started_at", "ended_at", "distance_m", "amount_fen") == [
        ("0012345678901234567", at("2026-08-01T07:05:00"), at("2026-08-01T07:50:00"), 1_234_500, 1250)
    ]
    assert reasons(found) == [
        (
            3,
            "id_shortened",
            "Auftrag",
            "'7,12346E+17' is an id that a spreadsheet shortened; export it as text",
        ),
        (
            4,
            "id_shortened",
            "Auftrag",
            "'7.12346E+17' is an id that a spreadsheet shortened; export it as text",
        ),
        (5, "number_unreadable", "Dauer", "'45 min' is not a duration like 1:02, hours and minutes"),
        (6, "number_unreadable", "Betrag", "'€ 12.50' is not a number; `replace: {'€ ': \"\"}` would take '€ ' away"),
        (7, "column_count", "", "8 cells, 7 expected"),
    ]


def test_a_clock_that_is_put_back_in_lisbon(understand):
    declared = rules("""
        container: {kind: csv, delimiter: "\\t"}
        zone: Europe/Lisbon
        subject: {column: cartão}
        event_id: {hash: [cartão, início]}
        cases:
          - scenario: metro
            started_at: {column: início, format: ["%d/%m/%Y %Hh%M", iso], ambiguous: refuse}
            duration: {column: minutos, unit: s, units: {" min": min, " h": h}}
    """)
    body = (
        "cartão\tinício\tminutos\n"
        "c1\t25/10/2026 0h30\t12 min\n"
        "c1\t25/10/2026 1h30\t12 min\n"
        "c1\t2026-10-25T01:30:00+00:00\t0.5 h\n"
        "c1\t29/03/2026 1h30\t90\n"
        "c1\t30/03/2026 24h10\t90\n"
    ).encode()
    found = understand(declared, body)
    assert told(found, "started_at", "ended_at") == [
        (at("2026-10-24T23:30:00"), at("2026-10-24T23:42:00")),
        (at("2026-10-25T01:30:00"), at("2026-10-25T02:00:00")),
    ]
    assert [(line, code, detail) for line, code, _field, detail in reasons(found)] == [
        (3, "time_ambiguous", "2026-10-25 01:30:00 comes twice in Europe/Lisbon"),
        (5, "time_nonexistent", "2026-03-29 01:30:00 does not exist in Europe/Lisbon: the clock is put forward"),
        (6, "time_unreadable", "'30/03/2026 24h10' is not a time like %d/%m/%Y %Hh%M or iso"),
    ]


def test_durations_as_people_write_them(understand):
    """1小时12分5秒, 15分钟, 48秒: the ISO way, by replacing the words."""
    declared = rules("""
        container: {kind: csv}
        zone: Asia/Shanghai
        subject: {column: 用户}
        event_id: {column: 单号}
        cases:
          - scenario: shared-bike
            ended_at: {columns: [日期, {column: 还车, cut: [1, 5]}], format: "%Y-%m-%d %H:%M", past_midnight: true}
            duration:
              concat: [{constant: PT}, 用时]
              replace: {小时: H, 分钟: M, 分: M, 秒: S}
              unit: iso
            origin: {column: 起点, datum: bd09}
            destination: {column: 终点, datum: gcj02, order: lat_lon, separator: " "}
            distance: {computed: crow_fly}
    """)
    body = (
        "单号,用户,日期,还车,用时,起点,终点\n"
        '1,u,2026-8-1,24:10:59,1小时12分5秒,"(121.4849,31.2365)",31.2304 121.4837\n'
        '2,u,2026-08-01,09:10:59,15分钟,"[121.4849,31.2365]",31.2304 121.4837\n'
        '3,u,2026-08-01,09:10:59,48秒,"[121.4849",31.2304 121.4837\n'
        "4,u,2026-08-01,09:10:59,一刻钟,,\n"
    ).encode()
    found = understand(declared, body)
    assert told(found, "started_at", "ended_at", "distance_basis") == [
        (at("2026-08-01T14:57:55"), at("2026-08-01T16:10:00"), "crow_fly"),
        (at("2026-08-01T00:55:00"), at("2026-08-01T01:10:00"), "crow_fly"),
    ]
    assert found.drafts[0][0].distance_m == found.drafts[1][0].distance_m
    assert [(line, code, field) for line, code, field, _detail in reasons(found)] == [
        (4, "position_unreadable", "起点"),
        (5, "number_unreadable", "用时"),
    ]
    assert reasons(found)[0][3] == "'[121.4849' is not JSON: Input data was truncated"


def test_steps_of_hours_and_a_gzip_within_a_zip(understand):
    declared = rules("""
        container: {kind: json, path: "people{}.days[]", members: "*.gz"}
        zone: Asia/Shanghai
        subject: {column: ^.^key}
        event_id: {concat: [^.^key, day], separator: "/"}
        cases:
          - scenario: walking
            started_at: {column: day}
            profile: {column: hourly}
    """)
    hours = [0] * 7 + [1200] * 4 + [0] * 13
    days = [
        {"day": "2026-08-01", "hourly": hours},
        {"day": "2026-08-02", "hourly": hours[:-1]},
        {"day": "2026-08-03", "hourly": [*hours[:-1], -1]},
    ]
    document = gzip.compress(json.dumps({"people": {"p1": {"days": days}, "p2": {"days": []}}}).encode())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("README.txt", "read me first")
        archive.writestr("data/2026-08.json.gz", document)
    found = understand(declared, packed.getvalue())
    assert told(found, "external_id", "quantity", "started_at") == [("p1/2026-08-01", 4800, at("2026-07-31T16:00:00"))]
    assert found.drafts[0][0].traits == {"steps_by_hour": hours}
    assert [found[1:3] for found in reasons(found)] == [("profile_unreadable", "hourly"), ("value_negative", "hourly")]


def test_replacements_do_not_depend_on_the_order_in_which_they_are_kept(understand):
    """The database keeps a declaration as JSON, and short keys before long ones."""
    words = {"小时": "H", "分钟": "M", "分": "M", "秒": "S"}
    for order in (sorted(words, key=len), sorted(words, key=len, reverse=True)):
        lasted = {"concat": [{"constant": "PT"}, "d"], "replace": {word: words[word] for word in order}, "unit": "iso"}
        case = {"scenario": "shared-bike", "started_at": {"column": "at"}, "duration": lasted}
        found = understand(PLAIN | {"cases": [case]}, "order,user,at,d\n1,7,2026-08-01,1小时15分钟\n".encode())
        assert told(found, "ended_at") == [(at("2026-07-31T17:15:00"),)]


PLAIN = rules("""
    container: {kind: csv}
    zone: Asia/Shanghai
    subject: {column: user}
    event_id: {column: order}
    cases:
      - scenario: shared-bike
        started_at: {column: at}
        distance: {column: km, unit: km}
""")
HEAD, GOOD = b"order,user,at,km\n", b"1,7,2026-08-01 08:00,1.5\n"


def packed(**members: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        (HEAD + GOOD, 1),
        (HEAD, 0),
        (HEAD.rstrip(b"\n"), 0),
        ((HEAD + GOOD).replace(b"\n", b"\r\n"), 1),
        ((HEAD + GOOD).replace(b"\n", b"\r"), 1),
        (HEAD + GOOD.replace(b"\n", b"\r\n") + GOOD, 2),
        (HEAD + b"\n\n" + GOOD + b",,,\n \n", 1),
        (packed(a_csv=b"", b_csv=HEAD + GOOD, c_csv=HEAD), 1),
    ],
)
def test_bodies_that_are_read(understand, body, rows):
    found = understand(PLAIN, body)
    assert (found.rows - found.quarantined, found.understood) == (rows, rows), found.refused


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (b"", "body_empty", "the delivery has no content"),
        (b"\n\n", "body_empty", "the delivery has no content"),
        (packed(a_csv=b"", b_csv=b""), "body_empty", "the delivery has no content"),
        (
            HEAD.replace(b"user", b"at") + GOOD,
            "missing_column",
            "column 'user' is missing; there are: order, at, at, km",
        ),
        (
            HEAD.replace(b"\n", b",at\n") + GOOD,
            "duplicate_column",
            "column 'at' stands at 3 and 5; say which by its position, or name them all by `columns`",
        ),
        (
            HEAD + GOOD * 3 + b"2,\xff,2026-08-01 08:00,1\n",
            "bad_encoding",
            "line 5: byte 0xff at position 3 is not utf-8; it could be windows-1252",
        ),
        (HEAD + GOOD + b"2,7\r,2026-08-01 08:00,1\n", "bad_csv", "line 3: a carriage return stands alone in it"),
        (
            packed(README_txt=b"read me\n", b_csv=HEAD + GOOD),
            "missing_column",
            "README.txt: column 'at' is missing; there are: read me",
        ),
        (
            packed(a_csv=HEAD + GOOD, b_csv=HEAD + b"2,\xff,x,1\n"),
            "bad_encoding",
            "b.csv: line 2: byte 0xff at position 3 is not utf-8; it could be windows-1252",
        ),
        (b"<?xml version='1.0'?><r/>", "not_data", "this is XML; export it as CSV, JSON or JSON lines"),
        (
            packed(a_xml=b"\xef\xbb\xbf<?xml version='1.0'?><r/>"),
            "not_data",
            "a.xml: this is XML; export it as CSV, JSON or JSON lines",
        ),
        (
            b"<!DOCTYPE html><html>502 Bad Gateway",
            "not_data",
            "this is a web page; is it an error page of your server?",
        ),
        (gzip.compress(b"x" * 257 + b"ustar"), "not_data", "this is a tar archive; use zip"),
    ],
)
def test_bodies_that_are_refused_say_why(understand, body, code, says):
    with pytest.raises(Refused) as refusal:
        understand(PLAIN, body)
    assert (refusal.value.code, str(refusal.value.detail)) == (code, says)


def test_half_a_character_need_not_cost_a_file(understand):
    """A bank cuts names at 20 bytes, and so through the middle of characters."""
    cut = "2,7,2026-08-01 09:00,1,绿".encode("gb18030")[:-1] + b"\n"
    body = HEAD.replace(b"\n", b",name\n") + GOOD.replace(b"\n", b",x\n") + cut
    spoilt = PLAIN | {"container": {"kind": "csv", "encoding": "gb18030"}}
    with pytest.raises(Refused, match="line 3: byte 0x"):
        understand(spoilt, body)
    found = understand(spoilt | {"container": spoilt["container"] | {"bad_bytes": "replace"}}, body)
    assert told(found, "external_id", "distance_m") == [("1", 1500), ("2", 1000)]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"distance": {"column": "km", "units": {"公里": "kilometre"}}}, "did you mean 'm'|one of: m, km, mi, ft"),
        ({"distance": {"column": "km", "units": {"km": "km"}, "minus": ["b"]}}, "cannot stand beside `plus`"),
        ({"duration": {"column": "km", "unit": "hms", "units": {"s": "s"}}}, "written out says all by itself"),
        ({"track": {"column": "t", "kind": "wtk"}}, "did you mean 'wkt'"),
        ({"started_at": {"columns": ["d", {"colum": "t"}]}}, "unknown key 'colum'; did you mean 'column'"),
        ({"started_at": {"column": "d", "format": "epoch_msec"}}, "did you mean 'epoch_ms'|'epoch_us'|'epoch_s'"),
    ],
)
def test_new_words_are_checked_like_the_old(change, says):
    wrong = PLAIN | {"cases": [PLAIN["cases"][0] | change]}
    with pytest.raises(formats.FormatInvalid, match=says):
        formats.parse(wrong)


def test_the_rows_of_a_heading_and_of_json_in_a_cell_come_by_webhook_too():
    """What stood above a row is a column of it, and JSON in a text is opened."""
    bus = formats.of_webhook(formats.parse(declared()["bus-settlement"]))
    row = {"record": "D", "number": "1", "clock": "0758", "fare": 200, "card": "c", "day": "20260801"}
    rows = readers.read_webhook(json.dumps({"data": [row]}).encode(), bus)
    draft = Mapping(bus, None).draft(*rows.items[0])
    assert (draft.external_id, draft.subject, draft.distance_m) == ("20260801-1", "c", 5000)
    events = formats.of_webhook(formats.parse(declared()["event-bus"]))
    inner = json.dumps({"rider": {"ref": "r-7"}, "took": "PT1M"})
    row = {"seq": 1, "topic": "ride.ended", "occurred": 1785542400000000, "payload": inner}
    rows = readers.read_webhook(json.dumps({"data": row}).encode(), events)
    assert Mapping(events, None).draft(*rows.items[0]).subject == "r-7"


NASTY = st.one_of(
    st.sampled_from(
        [
            "",
            "[",
            "{",
            "[]",
            "{}",
            "[1",
            "[[1]]",
            '{"coordinates":[]}',
            "nan",
            "-inf",
            "1e999999",
            "-9e999999",
            "7.1E+17",
        ]
        + [
            "0001-01-01",
            "9999-12-31 23:59:59",
            "253402300799999",
            "\x00",
            "é" * 99,
            "١٢",
            "P",
            "PT",
            "24:00",
            "99:99:99",
        ]
        + ["POINT(", "POINT()", "LINESTRING(1 2", "121,31", "2026-08-01 08:00", "PT1H", "1:02:03"]
    ),
    st.sampled_from(
        [None, True, -1, 10**30, 1.5, [], [1], [None], [[1]], [1] * 24, [2**31 - 1] * 24, ["x"] * 24]
        + [{"lon": None}, {"coordinates": []}, {"type": "Point"}, {"type": "LineString", "coordinates": [[1]]}]
        + [[{"lng": 1, "lat": 2, "t": "x"}], {"type": "Feature"}, {"type": "Feature", "geometry": None}]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
MAPPINGS = [Mapping(parsed, None) for parsed in map(formats.parse, declared().values())]


@settings(max_examples=400, deadline=None)
@given(data=st.data(), mapping=st.sampled_from(MAPPINGS))
def test_any_value_anywhere_is_a_draft_or_a_quarantined_row(data, mapping):
    """What a partner's row can hold never stops a delivery."""
    case = data.draw(st.sampled_from(mapping.declared.cases))
    usual = data.draw(st.sampled_from(["1", "2026-08-01 08:00:00", "2026-08-01 08:00", "121.4,31.2"]))
    row = dict.fromkeys(mapping.declared.used, usual) | alterations.matching(case)
    for name in data.draw(st.lists(st.sampled_from(sorted(row)), max_size=3)):
        row[name] = data.draw(NASTY)
    try:
        draft = mapping.draft(1, row)
    except RowError as error:
        assert error.code
        assert error.detail
    else:
        assert draft is None or "\\u0000" not in json.dumps(draft.traits)
        assert draft is None or max(draft.quantity or 0, draft.distance_m or 0, abs(draft.revision or 0)) < 2**62


def test_a_strange_file_reaches_the_books(alice, link, bike_feed):
    bike_feed.format = PLAIN
    bike_feed.save()
    link(alice, bike_feed, "7")
    outcome = take_in(bike_feed, (HEAD + GOOD + b"2,7,\x00,1\n3,7,9999-12-31 23:59,1\n").replace(b"\n", b"\r"))
    assert (outcome.accepted, outcome.quarantined) == (1, 2)
    assert outcome.reasons == {"time_unreadable": 1, "time_out_of_range": 1}
