"""What single words of the vocabulary make of a cell: places, times, durations, counters, tables beside the rows."""

import json
from datetime import datetime

import pytest

from activities.intake import formats, partners, sidecars, yaml_text
from activities.intake.formats import FormatInvalid
from activities.intake.geodesy import wgs84_to_gcj02
from activities.models import Feed
from tests.activities.intake.test_feeds import at, told

BASE = yaml_text.load("""
    container: {kind: csv}
    zone: Asia/Shanghai
    subject: {column: user}
    event_id: {column: order}
    cases: [{scenario: walking, started_at: {column: at}}]
""")


def declare(**words) -> dict:
    return BASE | {"cases": [BASE["cases"][0] | words]}


def read_one(understand, value, **words):
    """The draft or the refusal of one row whose column `x` has the value."""
    row = {"order": "1", "user": "7", "at": "2026-08-01", "x": value}
    found = understand(declare(**words) | {"container": {"kind": "jsonl"}}, json.dumps(row).encode())
    return found.drafts[0][0] if found.drafts else found.refused[0][1]


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        ("121.4737,31.2304", {}),
        ("121,4737;31,2304", {"separator": ";", "decimal": ","}),
        ("121.4737  31.2304", {"separator": " "}),
        ("121.4737 / 31.2304", {"separator": "/"}),
        ("E121.4737,N31.2304", {}),
        ("121.4737E,31.2304N", {}),
        ("121.4737°E,31.2304°N", {}),
        ("东经121.4737度，北纬31.2304度", {"separator": "，"}),
        ("31°13'49.44\"N, 121°28'25.32\"E", {"notation": "dms", "order": "lat_lon"}),
        ("31 13 49.44 N/121 28 25.32 E", {"notation": "dms", "order": "lat_lon", "separator": "/"}),
        ("121度28.422分,31度13.824分", {"notation": "dms"}),
        ("121:28:25.32;31:13:49.44", {"notation": "dms", "separator": ";"}),
        ("12128.422,3113.824", {"notation": "ddmm"}),
        ("wtw3sjq6q", {"notation": "geohash"}),
        ("121.4737,31.2304", {"datum": "cgcs2000"}),
    ],
)
def test_one_place_in_many_spellings(understand, text, declared):
    there = {"lon": {"constant": 121.4737}, "lat": {"constant": 31.2304}}
    draft = read_one(understand, text, origin={"column": "x", **declared}, destination=there)
    assert draft.displacement_m <= 4  # of a geohash of nine letters the middle is known


@pytest.mark.parametrize(
    ("text", "declared", "says"),
    [
        ("31.2304N,121.4737E", {}, "'31.2304N', '121.4737E' is not a longitude and a latitude; is the order right?"),
        ("121°28',31°13'", {}, "is not a longitude and a latitude; is it `notation: dms`?"),
        ("121,4737;31,2304", {"separator": ";"}, 'is it `decimal: ","`?'),
        ("121°75'0\",31°13'0\"", {"notation": "dms"}, "is not a longitude and a latitude"),
        ("121.4737", {}, "'121.4737' is not two numbers with ',' between"),
        ("wtw3sjaq", {"notation": "geohash"}, "'wtw3sjaq' is not a geohash like wtw3s"),
    ],
)
def test_no_places(understand, text, declared, says):
    error = read_one(understand, text, origin={"column": "x", **declared})
    assert (error.code, error.field) == ("position_unreadable", "x")
    assert says in error.detail


def test_a_chinese_datum_is_not_cgcs2000(understand):
    shifted = wgs84_to_gcj02((121.4737, 31.2304))
    text, there = f"{shifted[0]},{shifted[1]}", {"lon": {"constant": 121.4737}, "lat": {"constant": 31.2304}}
    for datum, away_m in (("gcj02", 0), ("cgcs2000", 481)):
        draft = read_one(understand, text, origin={"column": "x", "datum": datum}, destination=there)
        assert draft.displacement_m == pytest.approx(away_m, abs=5)


@pytest.mark.parametrize(
    ("text", "declared", "instant"),
    [
        ("2026-08-01 08:00 +08:00", {"format": "%Y-%m-%d %H:%M %z"}, "2026-08-01T00:00:00"),
        ("115/08/01 08:00", {"format": "%Y/%m/%d %H:%M", "calendar": "roc"}, "2026-08-01T00:00:00"),
        ("1150801 0800", {"format": "%Y%m%d %H%M", "calendar": "roc"}, "2026-08-01T00:00:00"),
        ("民國115年8月1日", {"format": "民國%Y年%m月%d日", "calendar": "roc"}, "2026-07-31T16:00:00"),
        ("01/08/2569 08:00", {"format": "%d/%m/%Y %H:%M", "calendar": "buddhist"}, "2026-08-01T00:00:00"),
        (
            "2026/8/1 下午7:05",
            {"format": "%Y/%m/%d %p%I:%M", "replace": {"上午": "AM", "下午": "PM"}},
            "2026-08-01T11:05:00",
        ),
    ],
)
def test_instants_as_others_write_them(understand, text, declared, instant):
    assert read_one(understand, text, started_at={"column": "x", **declared}).started_at == at(instant)


@pytest.mark.parametrize(
    ("offset", "unit", "instant"),
    [
        ("+08:00", "h", "2026-08-01T00:00:00"),
        ("+0800", "h", "2026-08-01T00:00:00"),
        ("8", "h", "2026-08-01T00:00:00"),
        ("UTC-3.5", "h", "2026-08-01T11:30:00"),
        ("Z", "h", "2026-08-01T08:00:00"),
        (480, "min", "2026-08-01T00:00:00"),
        (-10800, "s", "2026-08-01T11:00:00"),
    ],
)
def test_a_local_time_with_its_offset_beside(understand, offset, unit, instant):
    """The hour that comes twice when the clock is put back is told apart by it."""
    for text, layout in (("2026-08-01 08:00:00", "iso"), ("01.08.2026 08:00", "%d.%m.%Y %H:%M")):
        started_at = {"columns": [{"constant": text}], "format": layout, "offset": {"column": "x", "unit": unit}}
        assert read_one(understand, offset, started_at=started_at).started_at == at(instant)


def test_no_offset(understand):
    started_at = {"column": "at", "offset": {"column": "x"}}
    errors = [read_one(understand, value, started_at=started_at) for value in ("east", "28800", "")]
    assert [(error.code, error.detail) for error in errors] == [
        ("time_unreadable", "'east' is not an offset like +08:00 or 8"),
        ("time_unreadable", "'28800' is not an offset like +08:00 or 8"),
        ("value_missing", "a value is needed"),
    ]


@pytest.mark.parametrize(
    ("text", "plus"),
    [(90_600, {"unit": "s"}), ("1510", {"unit": "min"}), ("25:10", {"unit": "hm"}), ("1.0486111", {"unit": "d"})],
)
def test_a_day_and_the_time_since_its_midnight(understand, text, plus):
    draft = read_one(understand, text, started_at={"column": "at", "plus": {"column": "x", **plus}})
    assert abs((draft.started_at - at("2026-08-01T17:10:00")).total_seconds()) < 1


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1小时2分3秒", 3723),
        ("12分30秒", 750),
        ("90 min", 5400),
        ("1h 2m 3s", 3723),
        ("2 hours, 5 minutes", 7500),
        ("48秒", 48),
    ],
)
def test_durations_in_words(understand, text, seconds):
    draft = read_one(understand, text, duration={"column": "x", "unit": "words"})
    assert (draft.ended_at - draft.started_at).total_seconds() == seconds


def test_no_duration(understand):
    error = read_one(understand, "一刻钟", duration={"column": "x", "unit": "words"})
    assert error.detail == "'一刻钟' is not a duration like 1小时2分3秒 or 1 h 2 min 3 s"


@pytest.mark.parametrize(
    ("unit", "text", "seconds"),
    [("hms", "26:10:00", 94_200), ("hms", "90:00", 5400), ("hms", "0:0:59.5", 59.5), ("hm", "26:10", 94_200)],
)
def test_durations_of_a_clock(understand, unit, text, seconds):
    draft = read_one(understand, text, duration={"column": "x", "unit": unit})
    assert (draft.ended_at - draft.started_at).total_seconds() == seconds


@pytest.mark.parametrize(("unit", "text"), [("hms", "0:61:10"), ("hms", "0:01:60"), ("hms", "1:75"), ("hm", "0:61")])
def test_no_clock_shows_sixty_minutes(understand, unit, text):
    error = read_one(understand, text, duration={"column": "x", "unit": unit})
    assert error.detail.startswith(f"{text!r} is not a duration like 1:02")


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u202f"])
def test_blanks_between_thousands_are_all_alike(understand, blank):
    draft = read_one(understand, f"1{blank}234,5", amount={"column": "x", "decimal": ",", "thousands": " "})
    assert draft.amount_fen == 123_450


@pytest.mark.parametrize(
    ("words", "text", "is_"),
    [
        ({"pad": 6}, "65900", "065900"),
        ({"pad": 6}, "", ""),
        ({"between": ["(", ")"]}, "人民广场(2号线)", "2号线"),
        ({"between": ["", "("]}, "人民广场(2号线)", "人民广场"),
        ({"between": ["#", ""]}, "ride #12", "12"),
        ({"between": ["#", ""]}, "ride 12", ""),
        ({"letters": "upper"}, "ab-12", "AB-12"),
        ({"replace": {"No.": ""}, "pad": 4}, "No.7", "0007"),
    ],
)
def test_what_is_done_to_a_text(understand, words, text, is_):
    assert read_one(understand, text, place={"column": "x", **words}).place == is_


class TestSteps:
    HALVES = [0] * 14 + [600, 700.4] + [0] * 32

    def test_parts_of_hours_are_added_up(self, understand):
        draft = read_one(understand, self.HALVES, profile={"column": "x"})
        assert (draft.quantity, draft.traits["steps_by_hour"][7]) == (1300, 1300)
        minutes = read_one(understand, [10] * 1440, profile={"column": "x"})
        assert minutes.traits["steps_by_hour"] == [600] * 24

    @pytest.mark.parametrize("count", [25, 168, 23, 86_400])
    def test_other_lengths_are_refused(self, understand, count):
        error = read_one(understand, [1] * count, profile={"column": "x"})
        assert (error.code, error.detail) == (
            "profile_unreadable",
            f"{count} numbers; 24, 48, 96 or 1440 are needed, from midnight on",
        )

    def test_a_counter_says_what_was_walked_so_far(self, understand):
        counter = [0] * 7 + [500] * 3 + [None] + [2000] * 13
        draft = read_one(understand, counter, profile={"column": "x", "cumulative": True})
        assert (draft.quantity, draft.traits["steps_by_hour"][7:12]) == (2000, [500, 0, 0, 0, 1500])
        error = read_one(understand, [500, *[400] * 23], profile={"column": "x", "cumulative": True})
        assert (error.code, error.detail) == ("profile_unreadable", "the counter falls from 500 to 400")

    def test_a_counter_in_rows_of_hours(self, understand):
        declared = declare(profile={"hour": {"column": "h"}, "steps": "n", "cumulative": True}) | {
            "group": {"by": ["user", "at"]}
        }
        body = b"order,user,at,h,n\n1,7,2026-08-01,9,900\n1,7,2026-08-01,7,100\n1,7,2026-08-01,7,350\n"
        draft = understand(declared, body).drafts[0][0]
        assert (draft.quantity, draft.traits["steps_by_hour"][7:10]) == (900, [350, 0, 550])

    def test_a_column_for_each_day(self, understand):
        """Devices in rows, days in columns that nobody can name beforehand."""
        declared = declare(started_at={"column": "day"}, quantity={"column": "steps"}) | {
            "split": {"keep": ["user", "device"], "names": ["day", "steps"]},
            "event_id": {"concat": ["device", "day"], "separator": "/"},
        }
        body = b"user,device,2026-08-01,2026-08-02,2026-08-03\n7,d1,8000,,120\n8,d2,,,\n"
        found = understand(declared, body)
        assert told(found, "external_id", "quantity") == [("d1/2026-08-01", 8000), ("d1/2026-08-03", 120)]
        assert (found.rows, found.skipped) == (3, 1)


STATIONS = "code,name,lon,lat\n06001,Berri,-73.5609,45.5153\n06002,Laurier,-73.5870,45.5276\n"
BIXI = """
    container: {kind: csv}
    zone: America/Montreal
    tables:
      stations: {key: [code], csv: "code,name,lon,lat\\n6001,Berri,-73.5609,45.5153\\n6002,Laurier,-73.5870,45.5276\\n"}
      ways: {key: [a, b], either_way: true, csv: "a,b,km\\nBerri,Laurier,3.1\\n"}
    subject: {column: member}
    event_id: {column: id}
    cases:
      - scenario: shared-bike
        started_at: {column: start, format: epoch_ms}
        origin:
          lon: {column: from, look_up: {table: stations, column: lon}}
          lat: {column: from, look_up: {table: stations, column: lat}}
        destination:
          lon: {column: to, look_up: {table: stations, column: lon}}
          lat: {column: to, look_up: {table: stations, column: lat}}
        place: {column: from, look_up: {table: stations, column: name}, otherwise: unknown}
        distance:
          - unit: km
            basis: stations
            look_up: {table: ways, column: km}
            separator: "|"
            otherwise: ""
            concat:
              - {column: from, look_up: {table: stations, column: name}}
              - {column: to, look_up: {table: stations, column: name}}
          - {computed: crow_fly}
"""


class TestTables:
    def test_what_stations_are_stands_beside_the_rides(self, understand):
        rides = ("6002,6001", "6001,6001", "6001,9", "6001,")
        lines = (f"{number},m,1785542400000,{way}" for number, way in enumerate(rides, start=1))
        body = "\n".join(["id,member,start,from,to", *lines])
        found = understand(yaml_text.load(BIXI), body.encode())
        assert told(found, "external_id", "place", "distance_m", "distance_basis", "displacement_m") == [
            ("1", "Laurier", 3100, "stations", 2451),
            ("2", "Berri", 0, "crow_fly", 0),
            ("4", "Berri", None, "default", None),
        ]
        assert [(line, error.code, error.field, error.detail) for line, error, _row in found.refused] == [
            (4, "value_unmapped", "to", "'9' is not in the table 'stations'")
        ]

    @pytest.mark.parametrize(
        ("change", "path", "says"),
        [
            ({"key": ["codes"]}, "tables.stations.csv", "there is no column 'codes' to be its key; there are: code"),
            ({"key": []}, "tables.stations.key", "is empty"),
            ({"csv": STATIONS + "06001,Berri,1,2\n"}, "tables.stations.csv", "line 4: the key '06001' comes twice"),
            ({"csv": STATIONS + "06003,Berri\n"}, "tables.stations.csv", "line 4: 2 cells, 4 expected"),
            ({"csv": "x" * 1_048_577}, "tables.stations.csv", "it is longer than 1048576 bytes"),
            ({"file": "stations.csv"}, "tables.stations.file", "is read by `manage.py partners`"),
            ({"csv": "code,name,lon\n1,a,2\n"}, "cases[0].origin.lat.look_up.column", "the table has no column 'lat'"),
            ({"key": ["code", "name"]}, "cases[0].distance[0].concat[0].look_up", "known by code and name"),
        ],
    )
    def test_what_is_wrong_with_a_table_is_said(self, change, path, says):
        declared = yaml_text.load(BIXI)
        declared["tables"]["stations"] |= change
        with pytest.raises(FormatInvalid) as refusal:
            formats.parse(declared)
        assert refusal.value.extra["path"] == path
        assert says in str(refusal.value.detail)

    def test_a_table_that_is_not_there(self):
        declared = yaml_text.load(BIXI)
        declared["tables"]["station"] = declared["tables"].pop("stations")
        with pytest.raises(FormatInvalid, match=r"there is no table 'stations'; did you mean 'station'\?"):
            formats.parse(declared)


FILE = """
partners:
  - {code: bixi, kind: bike, name_zh: 比克西, name_en: Bixi, consent: {version: 1, reads_zh: 读, reads_en: r,
     purpose_zh: 用, purpose_en: p, retention_zh: 存, retention_en: k}}
feeds:
  - code: bixi-trips
    partner: bixi
    format:
      container: {kind: csv}
      zone: America/Montreal
      tables: {stations: {key: [代码], file: stations.csv, encoding: gb18030}}
      subject: {column: member}
      event_id: {column: id}
      cases: [{scenario: shared-bike, started_at: {column: start},
               place: {column: from, look_up: {table: stations, column: 名称}}}]
"""


class TestFilesBeside:
    @pytest.fixture
    def folder(self, tmp_path):
        (tmp_path / "partners.yaml").write_text(FILE, encoding="utf-8")
        (tmp_path / "stations.csv").write_bytes("代码,名称\r\n1,贝里\r\n".encode("gb18030"))
        return tmp_path

    @pytest.mark.django_db
    def test_its_text_is_kept_with_the_feed(self, folder):
        partners.apply(sidecars.load(folder / "partners.yaml"))
        kept = Feed.objects.get(code="bixi-trips").format["tables"]["stations"]
        assert kept == {"key": ["代码"], "csv": "代码,名称\n1,贝里\n"}
        assert partners.apply(sidecars.load(folder / "partners.yaml")).changes == []
        assert yaml_text.dump({"csv": kept["csv"]}) == "csv: |\n  代码,名称\n  1,贝里\n"

    @pytest.mark.parametrize(
        ("old", "new", "says"),
        [
            ("file: stations.csv", "file: ../stations.csv", "must lie beside the partners' file"),
            ("file: stations.csv", "file: /etc/hostname", "must lie beside the partners' file"),
            ("file: stations.csv", "file: station.csv", "'station.csv' cannot be read: No such file"),
            ("encoding: gb18030", "encoding: utf-8", "'stations.csv' is not utf-8"),
            ("encoding: gb18030", "encoding: gb", "'gb' is not an encoding"),
        ],
    )
    def test_what_cannot_be_read_is_refused_by_its_path(self, folder, old, new, says):
        (folder / "partners.yaml").write_text(FILE.replace(old, new), encoding="utf-8")
        with pytest.raises(FormatInvalid) as refusal:
            sidecars.load(folder / "partners.yaml")
        assert refusal.value.extra["path"].startswith("feeds[0].format.tables.stations.")
        assert says in str(refusal.value.detail)


@pytest.mark.parametrize("code", ["②", "²", "5" * 5000, "58120", "-5812"])
def test_what_is_no_merchant_category_is_quarantined(understand, code):
    error = read_one(understand, code, category={"column": "x", "scheme": "mcc"})
    assert error.code == "category_unreadable"
    assert error.detail.endswith("is not a merchant category code of four digits")
    assert len(error.detail) < 150


@pytest.mark.parametrize("hour", ["²", "①", "24", "5" * 5000, "-1"])
def test_what_is_no_hour_is_quarantined(understand, hour):
    grouped = {"group": {"by": ["user"]}, "container": {"kind": "jsonl"}}
    declared = declare(profile={"hour": {"column": "x"}, "steps": "steps"}) | grouped
    rows = [{"order": "1", "user": "7", "at": "2026-08-01", "x": x, "steps": 5} for x in ("8", hour)]
    found = understand(declared, "\n".join(map(json.dumps, rows)).encode())
    assert [error.code for _line, error, _row in found.refused] == ["hour_unreadable"]


LONDON = {"zone": "Europe/London"}
ENDS = {"columns": ["day", "x"], "next_day": True}


@pytest.mark.parametrize(
    ("day", "start", "end", "instant"),
    [
        ("2026-03-28", "23:30", "07:10", "2026-03-29T06:10Z"),  # the night is an hour shorter
        ("2026-10-24", "23:30", "07:10", "2026-10-25T07:10Z"),
        ("2026-10-25", "01:50", "01:10", "2026-10-25T01:10Z"),  # over the change
        ("2026-10-25", "00:50", "01:10", "2026-10-25T00:10Z"),
        ("2026-03-29", "23:50", "01:30", "2026-03-30T00:30Z"),  # that night has no 01:30
        ("2026-06-01", "23:50", "00:10", "2026-06-01T23:10Z"),
        ("2026-06-01", "08:00", "08:20", "2026-06-01T07:20Z"),
    ],
)
def test_an_end_on_the_next_day_where_the_clock_is_put(understand, day, start, end, instant):
    case = {"started_at": {"columns": ["day", "from"], "format": "%Y-%m-%d %H:%M"}}
    case |= {"ended_at": ENDS | {"format": "%Y-%m-%d %H:%M"}}
    row = {"order": "1", "user": "7", "day": day, "from": start, "x": end}
    found = understand(declare(**case) | LONDON | {"container": {"kind": "jsonl"}}, json.dumps(row).encode())
    assert [draft.ended_at for draft, _row in found.drafts] == [datetime.fromisoformat(instant)], found.refused


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_one_reading_of_an_end_after_several_starts(understand, order):
    case = {"started_at": {"columns": ["day", "from"]}, "ended_at": ENDS}
    told = [("08:00", "2026-06-01T07:20Z"), ("23:00", "2026-06-02T07:20Z"), ("08:10", "2026-06-01T07:20Z")]
    rows = [
        {"order": str(place), "user": "7", "day": "2026-06-01", "from": told[place][0], "x": "08:20"} for place in order
    ]
    body = "\n".join(map(json.dumps, rows)).encode()
    found = understand(declare(**case) | LONDON | {"container": {"kind": "jsonl"}}, body)
    assert [draft.ended_at for draft, _row in found.drafts] == [
        datetime.fromisoformat(told[place][1]) for place in order
    ]


def test_a_start_in_the_hour_that_is_skipped_is_still_refused(understand):
    case = {"started_at": {"columns": ["day", "from"]}, "ended_at": ENDS}
    row = {"order": "1", "user": "7", "day": "2026-03-29", "from": "00:30", "x": "01:30"}
    found = understand(declare(**case) | LONDON | {"container": {"kind": "jsonl"}}, json.dumps(row).encode())
    assert [error.code for _line, error, _row in found.refused] == ["time_nonexistent"]


def test_a_clock_that_counts_seconds_of_its_day_ends_on_the_next_one(understand):
    case = {"started_at": {"column": "day", "plus": {"column": "from"}}}
    case |= {"ended_at": {"column": "day", "plus": {"column": "x"}, "next_day": True}}
    row = {"order": "1", "user": "7", "day": "2026-03-28", "from": 84_600, "x": 25_800}
    found = understand(declare(**case) | LONDON | {"container": {"kind": "jsonl"}}, json.dumps(row).encode())
    assert [draft.ended_at for draft, _row in found.drafts] == [datetime.fromisoformat("2026-03-29T06:10Z")]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1,234.5", 'is it `thousands: ","`?'),
        ("1.234,5", 'is it `decimal: ","` and `thousands: "."`?'),
        ("1.234.567", 'is it `thousands: "."`?'),
        ("1\xa0234", 'is it `thousands: " "`?'),
        ("1\u202f234,5", 'is it `decimal: ","` and `thousands: " "`?'),
        ("１２．５", "`replace: {'．': '.'}` would make it one"),
        ("1_000", "'1_000' is not a number"),
    ],
)
def test_a_number_that_is_written_otherwise_says_what_to_declare(understand, text, hint):
    error = read_one(understand, text, quantity={"column": "x"})
    assert error.code == "number_unreadable"
    assert error.detail.endswith(hint)


def test_the_hint_reads_the_number(understand):
    assert read_one(understand, "１２．５", distance={"column": "x", "replace": {"．": "."}}).distance_m == 13
    for minus in ("−3", "－3"):
        assert read_one(understand, minus, distance={"column": "x"}).code == "value_negative"


def test_an_underscore_is_part_of_no_number(understand):
    assert read_one(understand, "1_21.5,31_2", origin={"column": "x"}).code == "position_unreadable"
    epoch = {"started_at": {"column": "x", "format": "epoch_s"}}
    assert read_one(understand, "1_785_539_100", **epoch).code == "time_unreadable"


@pytest.mark.parametrize(
    ("value", "declared", "says"),
    [
        ("121.4;31.2", {"kind": "text"}, "not a track of kind text: '121.4' is no point as declared"),
        ("7", {"kind": "points"}, '\'7\' is not a track of kind points, like [{"lon": 121.47, "lat": 31.23}]'),
        ([{"lon": 1}, 5], {"kind": "points"}, "not a track of kind points: a point without a place"),
        ([5], {"kind": "points"}, "not a track of kind points: a point without a place"),
        ({"type": "Line"}, {"kind": "geojson"}, "'Line' is no type of GeoJSON that is a track"),
        ({"coordinates": []}, {"kind": "geojson"}, "{'coordinates': []} is not a track of kind geojson, like {"),
        ("not json", {"kind": "geojson"}, "'not json' is not a track of kind geojson, like {"),
    ],
)
def test_no_track_says_so_in_words(understand, value, declared, says):
    error = read_one(understand, value, track={"column": "x", **declared})
    assert error.code == "track_unreadable"
    assert says in error.detail
    assert not any(word in error.detail for word in ("index", "NoneType", "convert", "subscript", "malformed"))


@pytest.mark.parametrize("text", ["7.12e+17", "7,12e+17", "7E+17", 7.12e17])
def test_a_shortened_id_is_refused_however_it_is_written(understand, text):
    declared = BASE | {"event_id": {"column": "x"}, "container": {"kind": "jsonl"}}
    found = understand(declared, json.dumps({"user": "7", "at": "2026-08-01", "x": text}).encode())
    assert [error.code for _line, error, _row in found.refused] == ["id_shortened"]


def test_ids_have_no_invisible_characters(understand):
    declared = BASE | {"event_id": {"column": "x"}, "container": {"kind": "jsonl"}}
    row = {"user": "\u200b张7\u2060", "at": "2026-08-01", "x": "\ufeff订1\u200d"}
    [(draft, _row)] = understand(declared, json.dumps(row).encode()).drafts
    assert (draft.subject, draft.external_id) == ("张7", "订1")
