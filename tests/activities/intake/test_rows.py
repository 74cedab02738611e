"""A bad row costs itself and not the file, and no row is lost without a trace."""

import io
import json
import zipfile

import pytest

from activities.intake import formats, readers, yaml_text
from activities.intake.problems import Refused
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
