"""Workbooks as partners send them: sheets, titles, typed cells, long ids; what is no workbook, or too much of one."""

import gzip
import io
import zipfile

import pytest

from activities.intake import formats, readers, unpacking, yaml_text
from activities.intake.formats import FormatInvalid
from activities.intake.problems import Refused
from activities.intake.workbooks import book, grid, shown
from tests.activities.intake.test_feeds import at, told
from tests.activities.intake.workbooks import MAIN, Workbook, relations

FORMAT = yaml_text.load("""
    container: {kind: workbook}
    zone: Asia/Shanghai
    subject: {column: 用户}
    event_id: {column: 单号}
    cases:
      - when: {已取消: true}
        action: cancel
      - scenario: shared-bike
        started_at: {column: 开始}
        duration: {column: 时长, unit: hms}
        distance: {column: 里程 (公里), unit: km}
""")
HEADER = ["单号", "用户", "开始", "时长", "里程\n(公里)", "已取消"]
DAY = 46_329.0  # 2026-11-03
EIGHT = DAY + 485 / 1440  # 08:05
RIDE = ["0042", "U1", (EIGHT, "yyyy/m/d h:mm"), (0.02018518518, "h:mm:ss"), 3.2, False]


def declare(**container) -> dict:
    return FORMAT | {"container": FORMAT["container"] | container}


def cells(body: bytes, **container) -> list[tuple[int, list[str]]]:
    """Rows and their numbers, whatever the columns are called."""
    columns = {"subject": {"column": 1}, "event_id": {"column": 1}}
    cases = [{"scenario": "bus", "started_at": {"column": 1}}]
    parsed = formats.parse(FORMAT | columns | {"cases": cases, "container": {"kind": "workbook", **container}})
    return readers.read(body, parsed).items


def refusal(body: bytes, **container) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        cells(body, **container)
    return caught.value.code, str(caught.value.detail)


def test_a_sheet_of_rides(understand):
    body = Workbook(行程=[HEADER, RIDE, ["0043", "U1", *RIDE[2:5], True], [None, None, "合计", None, 6.4]]).pack()
    found = understand(FORMAT, body)
    assert told(found, "action", "line", "external_id", "started_at", "ended_at", "distance_m") == [
        ("event", 2, "0042", at("2026-11-03T00:05:00"), at("2026-11-03T00:34:04"), 3200),
        ("cancel", 3, "0043", found.drafts[1][0].started_at, None, None),
    ]
    assert [(line, error.code, error.field) for line, error, _row in found.refused] == [(4, "value_missing", "用户")]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ((EIGHT, "yyyy-mm-dd hh:mm:ss"), "2026-11-03 08:05:00"),
        ((EIGHT, "yyyy/m/d"), "2026-11-03 08:05:00"),  # shown without its time, it still has one
        ((DAY, 'yyyy"年"m"月"d"日"'), "2026-11-03"),
        ((DAY, "[$-804]aaaa;@"), "46329"),
        ((DAY, "yyyy-mm-dd hh:mm"), "2026-11-03 00:00:00"),
        ((EIGHT, '[$-804]yyyy"年"m"月"d"日" 上午/下午h"时"mm"分";@'), "2026-11-03 08:05:00"),
        ((0.33680555555, "h:mm AM/PM"), "08:05:00"),
        ((0.0201851851852, "mm:ss"), "00:29:04"),
        ((1.0902777777778, "[h]:mm"), "26:10:00"),
        ((EIGHT, "h:mm"), "2026-11-03 08:05:00"),
        ((DAY + 0.5 + 0.25 / 86400, "yyyy-mm-dd hh:mm:ss.000"), "2026-11-03 12:00:00.250"),
        ((42, "0000"), "0042"),
        ((12.5, "#,##0.00_);[Red](#,##0.00)"), "12.5"),
        ((0.25, "0%"), "0.25"),
        ((1234.5, '"￥"#,##0.00'), "1234.5"),
        (1.0, "1"),
        (0.1 + 0.2, "0.3"),
        (1234567.891, "1234567.891"),
        ("<c r='A1'><v>1.0000000000000001E-5</v></c>", "0.00001"),
        ("<c r='A1'><v>-12.50</v></c>", "-12.5"),
        (712345678901234567, "712345678901234567"),
        ("<c r='A1'><v>7.12345678901235E+17</v></c>", "7.12345678901235E+17"),
        ("<c r='A1'><v>6222021234567890</v></c>", "6.22202123456789E+15"),  # its 16th digit may be gone
        ("<c r='A1'><v>6.222021234567891E15</v></c>", "6222021234567891"),
        ("712345678901234567", "712345678901234567"),
        (" A\u3000001 ", "A\u3000001"),
        (True, "true"),
        ("<c r='A1' t='d'><v>2026-11-03T08:05:00</v></c>", "2026-11-03 08:05:00"),
        ("<c r='A1' t='e'><v>#N/A</v></c>", "#N/A"),
        ("<c r='A1' t='str'><f>B1&amp;C1</f><v>a_x000D_b</v></c>", "a\rb"),
        ("<c r='A1'><f>B1*2</f><v>6.4</v></c>", "6.4"),
        ("<c r='A1'><f>B1*2</f></c>", "=B1*2"),
        ("<c r='A1' t='inlineStr'><is><r><t>绿</t></r><r><t>行</t></r><rPh><t>lü</t></rPh></is></c>", "绿行"),
    ],
)
def test_what_a_cell_is(cell, text):
    assert cells(Workbook(a=[["x"], [cell]]).pack()) == [(2, [text])]


def test_a_formula_without_a_result_is_empty_where_its_result_is():
    cell = "<c r='A2' t='str'><f>IF(B2=1,C2,\"\")</f><v></v></c>"
    assert cells(Workbook(a=[["x", "y"], [cell, "1"]]).pack()) == [(2, ["", "1"])]


def test_the_calendar_of_1904():
    told = Workbook(a=[["x", "y"], [(EIGHT - shown.DAYS_1904, "yyyy-mm-dd hh:mm"), (0.5, "h:mm")]])
    told.from_1904 = True
    assert cells(told.pack()) == [(2, ["2026-11-03 08:05:00", "12:00:00"])]


def test_a_sheet_by_its_name_its_place_or_a_pattern():
    told = Workbook(
        **{
            "说明": [["x"], ["1"]],
            "10月": [["x", "y"], ["a", "b"]],
            "旧": [["x"], ["0"]],
            "11月": [["y", "x"], ["d", "c"]],
        }
    )
    told.hidden = {"旧"}
    body = told.pack()
    assert cells(body) == [(2, ["1"])]
    assert cells(body, sheet="10月") == [(2, ["a", "b"])]
    assert cells(body, sheet="旧") == [(2, ["0"])]
    assert cells(body, sheet=3) == [(2, ["d", "c"])]
    assert cells(body, sheet="*月") == [(2, ["a", "b"]), (4, ["c", "d"])]  # in the order of the first one's columns
    there = "; one of: 说明, 10月, 旧, 11月"
    assert refusal(body, sheet=4) == ("missing_sheet", f"the workbook has no sheet 4{there}")
    assert refusal(body, sheet="12月")[1].startswith("the workbook has no sheet '12月'; did you mean '1")


def test_a_sheet_tells_its_name_to_its_rows(understand):
    day = {"columns": ["^sheet", "点"], "format": "%Y年%m月 %d日%H:%M"}
    case = {"scenario": "bus", "started_at": day}
    declared = FORMAT | {
        "container": {"kind": "workbook", "sheet": "*月"},
        "event_id": {"hash": ["^sheet", "用户", "点"]},
    }
    rows = [["用户", "点"], ["U1", "3日08:05"]]
    found = understand(declared | {"cases": [case]}, Workbook(**{"2026年10月": rows, "2026年11月": rows}).pack())
    assert told(found, "started_at") == [(at("2026-10-03T00:05:00"),), (at("2026-11-03T00:05:00"),)]
    with pytest.raises(FormatInvalid, match="`\\^sheet` is a column of a `workbook` only"):
        formats.parse(declared | {"cases": [case], "container": {"kind": "csv"}})


def test_titles_totals_comments_and_gaps():
    rows = [
        ["绿行单车 十一月", None, None],
        [],
        ["x", "y", None, "备注"],
        ["#", "z"],
        ["a", None],
        [],
        [None, "b", None, None, "随手记"],
        ["合计", 2],
    ]
    body = Workbook(a=rows).pack()
    kept = [(5, ["a", "", "", ""]), (7, ["", "b", "", ""])]
    assert cells(body, skip_lines=2, comment="#", skip_last_lines=1) == kept
    assert cells(body, skip_to="备注", comment="#", skip_last_lines=1) == kept
    assert cells(body, skip_lines=4, header=False, columns=["p", "q"], skip_last_lines=1) == [
        (5, ["a", ""]),
        (7, ["", "b"]),
    ]
    assert refusal(body, skip_to="订单")[0] == "missing_column"
    assert refusal(Workbook(a=[]).pack())[0] == "body_empty"


def test_missing_columns_are_named_with_their_sheet(understand):
    two = Workbook(一=[HEADER, RIDE], 二=[[*HEADER[:4], "距离"], RIDE[:5]]).pack()
    with pytest.raises(Refused, match="^二: column '已取消' is missing; there are: 单号, 用户, 开始, 时长, 距离$"):
        understand(declare(sheet="*"), two)


def test_workbooks_of_other_programs():
    """Prefixes, parts elsewhere and in other letters, cells and rows without places, no styles at all."""
    sheet = '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>x</x:t></x:is></x:c></x:row>'
    sheet += "<x:row><x:c><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    listed = (
        f'<x:workbook xmlns:x="{MAIN}" xmlns:q="o"><x:sheets><x:sheet name="a" q:id="rId1"/></x:sheets></x:workbook>'
    )
    parts = {"_rels/.rels": relations([("officeDocument", "/XL\\Workbook.xml")]).replace("\\", "/")}
    parts |= {"xl\\workbook.xml": listed, "xl/_rels/workbook.xml.rels": relations([("worksheet", "/xl/1.xml")])}
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, content in (parts | {"xl/1.xml": sheet}).items():
            archive.writestr(name, content)
    assert cells(body.getvalue()) == [(2, ["5"])]


def test_workbooks_in_archives():
    one, two = Workbook(a=[["x"], ["1"]]).pack(), Workbook(a=[["x"], ["2"]]).pack()
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("b.xlsx", two)
        archive.writestr("a.xlsx", one)
        archive.writestr("readme.txt", "hello")
    assert cells(body.getvalue(), members="*.xlsx") == [(2, ["1"]), (4, ["2"])]
    assert refusal(body.getvalue()) == ("not_data", "readme.txt: this is no workbook (.xlsx); what is its `kind`?")
    assert cells(gzip.compress(one)) == [(2, ["1"])]


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(262_140 - 8) + "EncryptedPackage".encode("utf-16-le") + bytes(99)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000),
            "this is an old Excel workbook (.xls); save it as .xlsx, or",
        ),
        (LOCKED, "this is a workbook that is locked by a password; send it without"),
        (b"a,b\n1,2\n", "this is no workbook (.xlsx); what is its `kind`?"),
        (b"<table><tr><td>1</td></tr></table>", "this is a sheet that was written as a web page; save it as .xlsx"),
    ],
)
def test_what_is_no_workbook(body, says):
    code, detail = refusal(body)
    assert (code, says in detail) == ("not_data", True), detail


def test_a_workbook_where_a_text_is_expected(understand):
    for body, says in ((Workbook(a=[["x"]]).pack(), "declare `kind: workbook`"), (LOCKED, "locked by a password")):
        with pytest.raises(Refused, match=says):
            understand(FORMAT | {"container": {"kind": "csv"}}, body)


def test_damaged_workbooks():
    whole = Workbook(a=[["x"], ["1"]])
    for part, content, says in (
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><row>",
            "xl/worksheets/sheet1.xml of the workbook cannot be read: no element",
        ),
        ("xl/worksheets/sheet1.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "it declares a document type"),
        ("xl/worksheets/sheet1.xml", "<a>" * 65, "elements are nested deeper than 64"),
        ("xl/worksheets/sheet1.xml", '<a><row r="1048577"/></a>', "the sheet has more than 1048576 rows"),
        ("xl/worksheets/sheet1.xml", '<a><row r="1"><c r="XFE1"/></row></a>', "row 1 has more than 16384 cells"),
        (
            "xl/worksheets/sheet1.xml",
            '<a><row r="1"><c r="A1" t="s"><v>7</v></c></row></a>',
            "a text that is not there",
        ),
        ("xl/_rels/workbook.xml.rels", relations([("worksheet", "9.xml")]), "xl/9.xml of the workbook is missing"),
    ):
        whole.parts = {part: content}
        code, detail = refusal(whole.pack())
        assert (code, says in detail) == ("bad_workbook", True), detail
    assert refusal(Workbook(a=[["x"], ["1"]]).pack()[:-30])[0] == "bad_zip"


def test_workbooks_within_bounds(monkeypatch, settings):
    body = Workbook(a=[["x"], ["1" * 5000]]).pack()
    monkeypatch.setattr(book, "TEXTS_BYTES_MAX", 5000)
    assert refusal(body)[0] == "body_unpacks_too_large"
    monkeypatch.undo()
    inline = Workbook(a=[["x"], [f"<c t='inlineStr'><is><t>{'1' * 5000}</t></is></c>"]])
    monkeypatch.setattr(grid, "ROW_CHARACTERS_MAX", 4999)
    assert refusal(inline.pack()) == ("bad_workbook", "row 2 is longer than 4999 characters")
    monkeypatch.undo()
    settings.INTAKE_UNPACKED_MAX_BYTES = 4000
    assert refusal(body) == ("body_unpacks_too_large", "it unpacks to more than 4000 bytes; send it in parts")
    monkeypatch.setattr(unpacking, "HELD_BYTES_MAX", 100)
    assert refusal(gzip.compress(body))[1] == "a packed workbook is longer than 100 bytes; send it unpacked"


def test_a_cell_far_away_costs_nothing():
    """A sheet is not a rectangle in memory: two cells in its corners are two rows."""
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    sheet += '<row r="1048576"><c r="A1048576"><v>2</v></c><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    told = Workbook(a=[])
    told.parts = {"xl/worksheets/sheet1.xml": sheet}
    assert cells(told.pack(), header=False) == [(1, ["1"]), (1048576, ["2"])]


@pytest.mark.parametrize(
    ("container", "path"),
    [
        ({"kind": "workbook", "delimiter": ";"}, "container.delimiter"),
        ({"kind": "workbook", "encoding": "gb18030"}, "container.encoding"),
        ({"kind": "workbook", "sheet": 0}, "container.sheet"),
        ({"kind": "csv", "sheet": "行程"}, "container.sheet"),
    ],
)
def test_keys_that_do_not_fit(container, path):
    with pytest.raises(FormatInvalid) as caught:
        formats.parse(FORMAT | {"container": container})
    assert caught.value.extra["path"] == path


def test_a_charging_operators_months(understand):
    head = ["订单号", "会员号", "开始时间", "充电时长", "电量\n(度)", "实付\n(元)", "电站", "状态"]
    rest = [(0.0433, "[h]:mm:ss"), 23.4, 18.72, "人民广场", "已完成"]
    october = [
        ["绿充 2026年10月"],
        [],
        head,
        ["202610310001", "m1", (DAY - 3 + 0.9, "yyyy-mm-dd hh:mm"), *rest],
        ["合计", None, None, None, 23.4],
    ]
    november = [
        head,
        ["202611030001", "m1", "2026/11/3 8:05", *rest],
        ["202611030002", "m1", None, None, None, None, None, "已退款"],
    ]
    found = understand(
        "charging-workbook", Workbook(**{"说明": [["给市里的数据"]], "10月": october, "11月": november}).pack()
    )
    assert told(found, "action", "external_id", "started_at", "energy_wh", "amount_fen") == [
        ("event", "202610310001", at("2026-10-31T13:36:00"), 23_400, 1872),
        ("event", "202611030001", at("2026-11-03T00:05:00"), 23_400, 1872),
        ("cancel", "202611030002", found.drafts[2][0].started_at, None, None),
    ]
    assert (found.skipped, found.quarantined) == (1, 0)
