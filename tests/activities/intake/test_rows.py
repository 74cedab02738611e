"""A bad row costs itself and not the file, and no row is lost without a trace."""

import io
import json
import zipfile

import pytest

from activities.intake import formats, readers, records, yaml_text
from activities.intake.problems import Refused
from activities.models import QuarantinedRow
from tests.activities.conftest import take_in
from tests.activities.intake.test_feeds import at, told

BASE = yaml_text.load("""
    container: {kind: csv}
    zone: Asia/Shanghai
    subject: {column: user}
    event_id: {column: order}
    cases:
      - when: {user: 合计}
        skip: true
      - scenario: shared-bike
        started_at: {column: at}
        distance: {column: km, unit: km}
""")
ROW = {"order": 1, "user": 7, "at": "2026-08-01 08:00", "km": 1.5}


def reasons(found) -> list[tuple[int, str, str]]:
    return [(line, error.code, error.detail) for line, error, _row in found.refused]


class TestColumnsOfBytes:
    FIXED = BASE | {
        "container": {
            "kind": "fixed",
            "encoding": "gb18030",
            "columns": ["user", "name", "order", "at", "km"],
            "widths": [4, 6, 4, 16, 4],
            "widths_in": "bytes",
            "bad_bytes": "replace",
        }
    }

    @staticmethod
    def line(name: bytes) -> bytes:
        return b"u1  " + name + b"o1  2026-08-01 08:001.5 \n"

    def test_half_a_character_moves_no_column(self, understand):
        """A name that is cut within a character was one byte longer once it was replaced, and moved all behind it."""
        cut = "绿行车".encode("gb18030")[:5]
        for name in (cut + b" ", b" " + cut, "绿行车".encode("gb18030")):
            found = understand(self.FIXED, self.line(name))
            assert told(found, "external_id", "started_at", "distance_m") == [("o1", at("2026-08-01T00:00:00"), 1500)]

    def test_without_replacing_the_file_is_refused_with_its_line(self, understand):
        strict = self.FIXED | {"container": self.FIXED["container"] | {"bad_bytes": "refuse"}}
        with pytest.raises(Refused) as refusal:
            understand(strict, self.line("绿行车".encode("gb18030")) + self.line("绿行".encode("gb18030")[:3] + b"   "))
        assert refusal.value.code == "bad_encoding"
        assert str(refusal.value.detail).startswith("line 2: a column would be '绿�")
        assert "are the widths right?" in str(refusal.value.detail)

    def test_titles_and_comments_are_found_among_bytes(self, understand):
        container = self.FIXED["container"] | {"comment": "注", "skip_to": "明细"}
        body = "标题\n明细：\n注：一行\n".encode("gb18030") + self.line("绿行车".encode("gb18030"))
        found = understand(self.FIXED | {"container": container}, body)
        assert reasons(found) == [(2, "value_missing", "a value is needed")]
        assert told(found, "external_id") == [("o1",)]

    def test_of_an_encoding_of_two_bytes_characters_are_counted(self):
        wrong = self.FIXED | {"container": self.FIXED["container"] | {"encoding": "utf-16"}}
        with pytest.raises(formats.FormatInvalid, match="counted in characters"):
            formats.parse(wrong)


LINES = BASE | {"container": {"kind": "jsonl"}}
GOOD = json.dumps(ROW)


class TestJson:
    def test_a_line_that_is_no_json_is_quarantined(self, understand):
        found = understand(LINES, f'{{"order": 9, "us\n{GOOD}\n3\n"x"\n{{"order": 2,\n{GOOD}\n'.encode())
        assert told(found, "line", "external_id") == [(2, "1"), (6, "1")]
        assert [(line, code) for line, code, _detail in reasons(found)] == [(n, "row_unreadable") for n in (1, 3, 4, 5)]
        assert [detail for _line, _code, detail in reasons(found)[1:3]] == [
            "it is a number; a row is an object",
            "it is a text; a row is an object",
        ]

    def test_another_format_is_refused(self, understand):
        with pytest.raises(Refused, match="line 1: it is not JSON") as refusal:
            understand(LINES, b"order,user\n1,7\n")
        assert refusal.value.code == "bad_json"

    def test_a_bad_line_among_grouped_rows_stays_out_of_its_group(self, understand):
        grouped = LINES | {"group": {"by": ["order"]}}
        found = understand(grouped, f"{GOOD}\nbroken\n{GOOD}\n".encode())
        assert told(found, "external_id") == [("1",)]
        assert [(line, code) for line, code, _detail in reasons(found)] == [(2, "row_unreadable")]

    def test_a_bad_line_among_split_rows(self, understand):
        split = LINES | {"split": {"column": "items", "names": ["item"]}, "event_id": {"concat": ["order", "piece"]}}
        found = understand(split, json.dumps(ROW | {"items": ["a", "b"]}).encode() + b"\nbroken\n")
        assert told(found, "external_id") == [("11",), ("12",)]
        assert [code for _line, code, _detail in reasons(found)] == ["row_unreadable"]

    NESTED = BASE | {"container": {"kind": "json", "path": "users[].rides"}, "subject": {"column": "^.id"}}
    RIDE = {"order": 1, "at": "2026-08-01 08:00", "km": 1.5}

    @pytest.mark.parametrize("door", ["file", "webhook"])
    def test_who_has_no_list_has_no_rows(self, understand, door):
        users = [{"id": 1}, {"id": 2, "rides": None}, {"id": 3, "rides": [self.RIDE]}, {"id": 4, "rides": []}]
        body = json.dumps({"users": users}).encode()
        if door == "file":
            assert told(understand(self.NESTED, body), "subject") == [("3",)]
        else:
            declared = formats.parse(self.NESTED)
            assert [row["^"]["id"] for _n, row in readers.read_webhook(body, declared).items] == [3]

    def test_what_is_no_list_is_quarantined(self, understand):
        users = [{"id": 1, "rides": "none"}, {"id": 3, "rides": [self.RIDE, 7]}]
        found = understand(self.NESTED, json.dumps({"users": users}).encode())
        assert told(found, "subject") == [("3",)]
        assert reasons(found) == [
            (1, "row_unreadable", "a list of rows is expected"),
            (3, "row_unreadable", "it is a number; a row is an object"),
        ]

    def test_a_path_that_leads_nowhere_is_refused(self, understand):
        users = [{"id": 1, "ride": [self.RIDE]}, {"id": 2, "ride": []}]
        with pytest.raises(Refused) as refusal:
            understand(self.NESTED, json.dumps({"users": users}).encode())
        assert str(refusal.value.detail) == "there is no 'users[].rides' in the body; there are: id, ride"

    def test_null_in_place_of_the_rows_is_none(self, understand):
        assert understand(self.NESTED, b'{"code": 0, "users": null}').rows == 0

    def test_numbers_by_their_names(self, understand):
        """{"7": {"2026-08-01": 8000}}: people, and days with nothing but their steps."""
        declared = yaml_text.load("""
            container: {kind: json, path: "{}.days{}"}
            zone: Asia/Shanghai
            subject: {column: ^.^key}
            event_id: {concat: [^.^key, ^key], separator: "/"}
            cases: [{scenario: walking, started_at: {column: ^key}, quantity: {column: ^value}}]
        """)
        body = {"7": {"days": {"2026-08-01": 8000, "2026-08-02": None}}, "8": {"days": {}}}
        found = understand(declared, json.dumps(body).encode())
        assert told(found, "external_id", "quantity") == [("7/2026-08-01", 8000), ("7/2026-08-02", None)]


HEAD, LINE = "order,user,at,km\n", "1,7,2026-08-01 08:00,1.5\n"


class TestTables:
    def test_a_short_line_of_totals_is_passed_over(self, understand):
        totals = BASE | {"cases": [{"when": {"order": {"starts_with": "合计"}}, "skip": True}, BASE["cases"][1]]}
        found = understand(totals, (HEAD + LINE + "合计,1\n合计：,1,,1.5,x\n2,7\n").encode())
        assert (found.understood, found.skipped) == (1, 2)
        assert reasons(found) == [(5, "column_count", "2 cells, 4 expected")]

    def test_what_a_short_row_does_not_have_passes_nothing_over(self, understand):
        """A row that was cut off is not taken for one that is to be skipped because its state is empty."""
        cases = [{"when": {"km": {"empty": True}}, "skip": True}, {"when": {"km": {"not_in": [1]}}, "skip": True}]
        found = understand(BASE | {"cases": [*cases, BASE["cases"][1]]}, (HEAD + "1,7\n").encode())
        assert (found.skipped, reasons(found)) == (0, [(2, "column_count", "2 cells, 4 expected")])

    def test_totals_of_rows_that_are_split(self, understand):
        split = BASE | {"split": {"columns": [["at"]], "names": ["begin"]}}
        found = understand(split, (HEAD + LINE + ",合计\n,x\n").encode())
        assert (found.understood, found.skipped) == (1, 1)
        assert reasons(found) == [(4, "column_count", "2 cells, 4 expected")]

    def test_a_row_without_pieces_is_counted(self, alice, link, bike_feed):
        bike_feed.format = BASE | {
            "container": {"kind": "csv"},
            "split": {"column": "km", "separator": "|", "names": ["way"]},
            "event_id": {"concat": ["order", "piece"], "separator": "#"},
            "cases": [BASE["cases"][1] | {"distance": {"column": "way", "unit": "km"}}],
        }
        bike_feed.save()
        link(alice, bike_feed, "7")
        outcome = take_in(bike_feed, (HEAD + "1,7,2026-08-01 08:00,1.5|2\n2,7,2026-08-01 09:00, | \n").encode())
        assert (outcome.rows, outcome.accepted + outcome.rejected, outcome.skipped) == (3, 2, 1)

    def test_a_blank_after_the_comma(self, understand):
        found = understand(BASE, b'order, user, at, km\n"1", "7", "2026-08-01 08:00", "1.5"\n')
        assert told(found, "external_id", "subject", "distance_m") == [("1", "7", 1500)]

    @pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-8"])
    def test_a_mark_before_the_first_name(self, understand, encoding):
        body = ("\ufeff" + HEAD + LINE).encode(encoding)
        assert understand(BASE | {"container": {"kind": "csv", "encoding": encoding}}, body).understood == 1
        document = ("\ufeff" + json.dumps([ROW])).encode(encoding)
        assert understand(BASE | {"container": {"kind": "json", "encoding": encoding}}, document).understood == 1

    def test_lines_before_the_header_however_many(self, understand):
        found = understand(
            BASE | {"container": {"kind": "csv", "skip_to": "order,"}}, ("报表\n\n筛选：全部\n" + HEAD + LINE).encode()
        )
        assert told(found, "line", "external_id") == [(5, "1")]
        with pytest.raises(Refused, match="no line has '编号' in it, with which by `skip_to` the header") as refusal:
            understand(BASE | {"container": {"kind": "csv", "skip_to": "编号"}}, (HEAD + LINE).encode())
        assert refusal.value.code == "missing_column"

    def test_columns_of_another_files_order_and_width(self, understand):
        """A short row of the second file has as many cells as a whole one of the first."""
        body = zipped(
            {"a.csv": HEAD + LINE, "b.csv": "km,at,user,order,more\n2,2026-08-01 09:00,7,2,x\n2,2026-08-01 09:00,7,3\n"}
        )
        found = understand(BASE, body)
        assert told(found, "external_id", "distance_m") == [("1", 1500), ("2", 2000)]
        assert reasons(found) == [(5, "column_count", "4 cells, 5 expected")]

    def test_the_names_of_files_are_a_column(self, understand):
        named = BASE | {
            "event_id": {"concat": [{"column": "^file", "part": {"separator": "-", "number": 2}}, "order"]},
            "cases": [
                {"when": {"^file": {"contains": "test"}}, "skip": True},
                BASE["cases"][0],
                BASE["cases"][1]
                | {
                    "started_at": {
                        "columns": [{"column": "^file", "between": ["-d", "."]}, "at"],
                        "format": "%Y%m%d %H:%M",
                    }
                },
            ],
        }
        files = {"out-1-d20260801.csv": HEAD + "1,7,08:00,1\n,合计\n2,7\n", "out-test.csv": HEAD + "1,7,08:00,1\n"}
        found = understand(named, zipped(files))
        assert told(found, "external_id", "started_at") == [("11", at("2026-08-01T00:00:00"))]
        assert (found.skipped, reasons(found)) == (2, [(4, "column_count", "2 cells, 4 expected")])
        lines = named | {"container": {"kind": "jsonl"}}
        found = understand(lines, zipped({"out-2-d20260801.jsonl": json.dumps(ROW | {"at": "08:00"})}))
        assert told(found, "external_id") == [("21",)]

    def test_what_no_case_is_for_is_said_with_its_values(self, understand):
        cases = [BASE["cases"][0], {"when": {"km": {"above": 0}}} | BASE["cases"][1]]
        found = understand(BASE | {"cases": cases}, (HEAD + "1,7,2026-08-01 08:00,-1\n").encode())
        assert reasons(found) == [(2, "case_unknown", "no `when` matches km '-1', user '7'")]

    def test_what_cannot_be_compared_is_no_heading_and_hides_no_other_fault(self, understand):
        heading = {"when": {"order": {"above": 100}}, "names": {"card": "user"}}
        declared = BASE | {"container": {"kind": "csv", "heading": heading}, "subject": {"column": "card"}}
        found = understand(declared, (HEAD + "101,c1,,\na1,7,2026-08-01 08:00,1\n").encode())
        assert told(found, "external_id", "subject") == [("a1", "c1")]
        skip = {"when": {"order": {"below": 0}}, "skip": True}
        found = understand(BASE | {"cases": [skip, BASE["cases"][1]]}, (HEAD + "a1,7\n").encode())
        assert reasons(found) == [(2, "column_count", "2 cells, 4 expected")]

    def test_what_cannot_be_compared_is_not_taken_for_the_next_case(self, understand):
        """A refund whose amount cannot be read is no ride."""
        cancels = {"when": {"km": {"below": 0}}, "action": "cancel"}
        cases = [cancels, BASE["cases"][1]]
        body = HEAD + "1,7,2026-08-01 08:00,-1\n2,7,2026-08-01 08:00,?\n3,7,2026-08-01 08:00,\n4,7,2026-08-01 08:00,5\n"
        found = understand(BASE | {"cases": cases}, body.encode())
        assert reasons(found) == [(3, "number_unreadable", "'?' is not a number")]
        assert told(found, "external_id", "action") == [("1", "cancel"), ("3", "event"), ("4", "event")]


def zipped(files: dict[str, str | bytes]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (zipped({}), "body_empty", "the delivery has no content"),
        (
            zipped({"month.zip": zipped({"a.csv": HEAD})}),
            "not_data",
            "month.zip: this is a zip archive or a workbook within another archive; pack the data files themselves",
        ),
    ],
)
def test_archives_that_are_refused(understand, body, code, says):
    with pytest.raises(Refused) as refusal:
        understand(BASE, body)
    assert (refusal.value.code, str(refusal.value.detail)) == (code, says)


class TestQuotes:
    NOTED = BASE | {"cases": [BASE["cases"][1]]}
    HEAD = "order,user,at,km,note\n"

    @staticmethod
    def line(order: int, note: str = "") -> str:
        return f"{order},7,2026-08-01 0{order}:00,1.5,{note}\n"

    def read(self, understand, body: str, **container):
        found = understand(self.NOTED | {"container": {"kind": "csv", **container}}, (self.HEAD + body).encode())
        return [one for (one,) in told(found, "external_id")], [(line, code) for line, code, _ in reasons(found)]

    def test_a_quote_that_is_never_closed_costs_its_own_row(self, understand):
        body = self.line(1, '"done') + self.line(2) + self.line(3)
        assert self.read(understand, body) == (["2", "3"], [(2, "quote_unclosed")])
        body = self.line(1) + self.line(2) + self.line(3, '"done').rstrip("\n")
        assert self.read(understand, body) == (["1", "2"], [(4, "quote_unclosed")])

    @pytest.mark.parametrize("closing", ['"Al', 'Al"', '"Al"x', 'a "b" c", "'])
    def test_two_quotes_far_apart_swallow_no_rows(self, understand, closing):
        body = "".join(self.line(n, {2: '"Bob', 5: closing}.get(n, "")) for n in range(1, 7))
        orders, wrong = self.read(understand, body)
        assert {"1", "3", "4", "6"} <= set(orders)
        assert wrong[0] == (3, "quote_unclosed")
        assert len(orders) + len(wrong) == 6

    def test_the_refusal_says_what_to_do(self, understand):
        found = understand(self.NOTED, (self.HEAD + self.line(1, '"x') + self.line(2, 'y"') + self.line(3)).encode())
        assert reasons(found) == [
            (
                2,
                "quote_unclosed",
                "a quote opens in this row and closes only behind line 3, which looks like a row of its own",
            ),
        ]
        assert told(found, "line", "external_id") == [(3, "2"), (4, "3")]

    def test_what_stands_behind_a_closing_quote_is_quarantined(self, understand):
        body = self.line(1, '"a"x') + self.line(2, '"a ""b"" c"')
        assert self.read(understand, body) == (["2"], [(2, "quote_unclosed")])

    def test_blanks_behind_a_closing_quote_are_none_of_it(self, understand):
        body = '1 , "7" ,"2026-08-01 08:00"\t, "1.5"  , "two\nlines, "", ""x""" \n' + self.line(2, '"a" ')
        assert self.read(understand, body) == (["1", "2"], [])

    @pytest.mark.parametrize(
        "note",
        [
            '"two\nlines"',
            '"of 3, and 4,\nthen 5, and 6, at 8, yes, no"',
            '"1, 2, 3, 4, 5\n6, 7, eight, nine, ten"',
            '"{\n""a"": [1,\n2,\n3]\n}"',
            '"\n\n\n"',
        ],
    )
    def test_cells_of_several_lines_are_read(self, understand, note):
        body = self.line(1) + self.line(2, note) + self.line(3)
        assert self.read(understand, body) == (["1", "2", "3"], [])

    def test_lines_are_those_of_the_file(self, understand):
        body = self.line(1, '"two\nlines"') + self.line(2, '"done') + "\n" + self.line(3) + "4,7\n"
        assert self.read(understand, body)[1] == [(4, "quote_unclosed"), (7, "column_count")]

    def test_a_header_whose_quote_is_not_closed_is_refused(self, understand):
        with pytest.raises(Refused, match="line 1: a quote opens in this row and is not closed") as refusal:
            understand(self.NOTED, ('order,user,at,km,"note\n' + self.line(1)).encode())
        assert refusal.value.code == "bad_csv"

    def test_a_record_without_an_end_is_given_up(self, understand, monkeypatch):
        monkeypatch.setattr(records, "LINES_MAX", 4)
        body = self.line(1, '"x') + "".join(f'{n}","{n}\n' for n in range(9)) + self.line(2)
        orders, wrong = self.read(understand, body)
        assert (orders, wrong[0]) == (["2"], (2, "quote_unclosed"))
        monkeypatch.setattr(records, "AGAIN_MAX", -30)
        with pytest.raises(Refused, match="so it is in too many lines"):
            self.read(understand, body)

    def test_of_people_who_are_not_linked_no_row_is_kept(self, bike_feed):
        head = "orderid,userid,start_time,end_time,crow_distance_km_derived\n"
        take_in(bike_feed, (head + '1,stranger,2016-08-01 08:00,2016-08-01 08:10,"1.5\n').encode())
        kept = QuarantinedRow.objects.get()
        assert (kept.line, kept.code, kept.detail, kept.content_encrypted) == (2, "quote_unclosed", "", "")


class TestGroups:
    POINTS = BASE | {
        "container": {"kind": "csv"},
        "group": {"by": ["user"]},
        "event_id": {"concat": ["user", "order"]},
        "cases": [{"scenario": "shared-bike", "started_at": {"column": "at"}, "quantity": {"column": "last.km"}}],
    }
    GOOD = "1,7,2026-08-01 08:00,1\n", "2,7,2026-08-01 08:01,3\n"

    @pytest.mark.parametrize("together", [True, False])
    @pytest.mark.parametrize(
        ("bad", "cells"), [("1\n", 1), ("1,7\n", 2), ("1,7,2026-08-01 08:00,1,extra\n", 5), ("1,8,,1,x\n", 5)]
    )
    def test_a_row_of_another_length_costs_itself_and_not_its_group(self, understand, bad, cells, together):
        declared = self.POINTS | {"group": {"by": ["user"], "together": together}}
        found = understand(declared, (HEAD + self.GOOD[0] + bad + self.GOOD[1]).encode())
        assert told(found, "line", "external_id", "quantity") == [(2, "71", 3)]
        assert reasons(found) == [(3, "column_count", f"{cells} cells, 4 expected")]

    def test_empty_cells_at_the_end_are_none(self, understand):
        found = understand(self.POINTS, (HEAD + "1,7,2026-08-01 08:00,1,,\n" + self.GOOD[1]).encode())
        assert told(found, "external_id", "quantity") == [("71", 3)]

    def test_a_short_line_of_totals_below_groups_is_passed_over(self, understand):
        skip = {"when": {"order": "合计"}, "skip": True}
        declared = self.POINTS | {"cases": [skip, self.POINTS["cases"][0]]}
        found = understand(declared, (HEAD + "".join(self.GOOD) + "合计,2\n").encode())
        assert (found.understood, found.skipped, reasons(found)) == (1, 1, [])


def packed(names: dict[bytes, bytes]) -> bytes:
    """A zip whose names are in an encoding of their own, without the mark of UTF-8."""
    body = io.BytesIO()
    stand_ins = {"qzxw"[number] * len(name): name for number, name in enumerate(names)}
    with zipfile.ZipFile(body, "w") as archive:
        for stand_in, name in stand_ins.items():
            archive.writestr(stand_in, names[name])
    packed = body.getvalue()
    for stand_in, name in stand_ins.items():
        assert packed.count(stand_in.encode()) == 2
        packed = packed.replace(stand_in.encode(), name)
    return packed


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_names_in_a_zip_of_a_chinese_system_are_read(understand, encoding):
    files = {"退款单_八月.csv": b"nothing\n", "订单_八月一日.csv": (HEAD + LINE).encode()}
    body = packed({name.encode(encoding): content for name, content in files.items()})
    declared = BASE | {"container": {"kind": "csv", "members": "订单*.csv"}}
    declared |= {"event_id": {"concat": ["^file", "order"], "separator": "/"}}
    assert told(understand(declared, body), "external_id") == [("订单_八月一日.csv/1",)]
    with pytest.raises(Refused, match="there are: 订单_八月一日.csv, 退款单_八月.csv|there are: 退款单_八月.csv, 订单"):
        understand(BASE | {"container": {"kind": "csv", "members": "x*"}}, body)


class TestHeaders:
    @pytest.mark.parametrize("line", ["sep=,\n", "SEP=,\r\n", "\ufeffsep=,\n", "sep=;\n"])
    def test_the_line_that_tells_excel_the_delimiter_is_skipped(self, understand, line):
        assert told(understand(BASE, (line + HEAD + LINE).encode()), "line", "external_id") == [(3, "1")]

    @pytest.mark.parametrize("name", ["Order", "ORDER", "ｏｒｄｅｒ", "or der"])
    def test_a_name_that_looks_the_same_is_hinted(self, understand, name):
        with pytest.raises(Refused, match=f"column 'order' is missing; did you mean '{name}'?"):
            understand(BASE, (HEAD.replace("order", name) + LINE).encode())

    def test_invisible_characters_are_no_part_of_a_name(self, understand):
        head = HEAD.replace("order", "\u200border\u200b").replace("at", " \u2060at")
        assert told(understand(BASE, (head + LINE).encode()), "external_id") == [("1",)]

    @pytest.mark.parametrize("encoding", ["gb18030", "big5", "latin-1"])
    def test_a_mark_of_utf8_is_believed(self, understand, encoding):
        line = LINE.replace("7", "张七")
        for container, body in (
            ({"kind": "csv"}, HEAD + line),
            ({"kind": "jsonl"}, json.dumps(ROW | {"user": "张七"}, ensure_ascii=False)),
            ({"kind": "json"}, json.dumps([ROW | {"user": "张七"}], ensure_ascii=False)),
        ):
            found = understand(BASE | {"container": container | {"encoding": encoding}}, body.encode("utf-8-sig"))
            assert told(found, "subject") == [("张七",)]

    def test_columns_of_bytes_in_another_encoding_than_marked_are_refused(self, understand):
        with pytest.raises(Refused, match="it begins with the mark of utf-8; its columns are declared in gb18030"):
            understand(TestColumnsOfBytes.FIXED, b"\xef\xbb\xbf" + TestColumnsOfBytes.line(b"      "))
