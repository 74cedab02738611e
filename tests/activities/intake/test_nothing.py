"""What means no value means none wherever it stands: in tracks, places, profiles, split rows, differences."""

import json

import pytest

HEAD = {
    "container": {"kind": "csv", "empty": ["NULL", "-"]},
    "zone": "Asia/Shanghai",
    "subject": {"column": "u"},
    "event_id": {"column": "id"},
}
BEGAN = {"started_at": {"column": "t"}}


def case(**words) -> dict:
    return HEAD | {"cases": [{"scenario": "shared-bike", **BEGAN, **words}]}


@pytest.mark.parametrize("kind", ["polyline", "text", "points", "geojson", "wkt"])
@pytest.mark.parametrize("nothing", ["NULL", " - "])
def test_an_empty_track_is_none_of_any_kind(understand, kind, nothing):
    """NULL is an encoded polyline of two points, too."""
    declared = case(track={"column": "x", "kind": kind}, distance=[{"computed": "track"}, {"column": "m"}])
    found = understand(declared, f"id,u,t,x,m\n1,a,2026-11-03,{nothing},800\n".encode())
    assert [(draft.distance_m, draft.traits) for draft, _ in found.drafts] == [(800, None)], found.refused


@pytest.mark.parametrize("origin", [{"column": "x"}, {"column": "x", "notation": "geohash"}, {"lon": "x", "lat": "x"}])
def test_an_empty_place_is_none(understand, origin):
    found = understand(case(origin=origin), b"id,u,t,x\n1,a,2026-11-03,NULL\n")
    assert [draft.origin for draft, _ in found.drafts] == [None], found.refused


def test_an_empty_profile_is_none(understand):
    found = understand(case(profile={"column": "x"}, quantity={"column": "m"}), b"id,u,t,x,m\n1,a,2026-11-03,NULL,7\n")
    assert [(draft.quantity, draft.traits) for draft, _ in found.drafts] == [(7, None)], found.refused


def test_in_json_too(understand):
    declared = case(track={"column": "x", "kind": "polyline"}, origin={"column": "o"})
    declared |= {"container": {"kind": "jsonl", "empty": ["NULL"]}}
    found = understand(declared, json.dumps({"id": 1, "u": "a", "t": "2026-11-03", "x": "NULL", "o": "NULL"}).encode())
    assert [draft.traits for draft, _ in found.drafts] == [None], found.refused


@pytest.mark.parametrize(
    ("split", "header", "row"),
    [
        ({"column": "x", "names": ["item"]}, "id,u,t,x", "1,a,2026-11-03,5;-;6"),
        ({"columns": [["x"], ["y"], ["z"]], "names": ["item"]}, "id,u,t,x,y,z", "1,a,2026-11-03,5,NULL,6"),
        ({"keep": ["id", "u", "t"], "names": ["day", "item"]}, "id,u,t,x,y,z", "1,a,2026-11-03,5,-,6"),
    ],
)
def test_an_empty_piece_is_left_out(understand, split, header, row):
    declared = case(quantity={"column": "item"}) | {"split": split}
    declared["event_id"] = {"concat": ["id", "piece"], "separator": "#"}
    found = understand(declared, f"{header}\n{row}\n2,a,2026-11-03{',NULL' * (header.count(',') - 2)}\n".encode())
    assert [(draft.external_id, draft.quantity) for draft, _ in found.drafts] == [("1#1", 5), ("1#3", 6)]
    assert (found.refused, found.skipped) == ([], 1)


READINGS = """id,u,t,before,after,price,service,discount
1,a,2026-11-03,100.5,130.5,10,2,1.5
2,a,2026-11-03,NULL,12345.6,10,,
3,a,2026-11-03,100.5,-,,2,
4,a,2026-11-03,,,,,3
"""


def test_of_a_difference_of_readings_both_must_be_there(understand):
    """A meter without its first reading was 12,345 kWh; of what was paid, no discount is none."""
    declared = case(
        energy={"column": "after", "minus": ["before"]},
        amount={"column": "price", "plus": ["service"], "minus": ["discount"]},
    )
    found = understand(declared, READINGS.encode())
    assert [(draft.energy_wh, draft.amount_fen) for draft, _ in found.drafts] == [
        (30_000, 1050),
        (None, 1000),
        (None, 200),
        (None, None),
    ], found.refused


def test_where_an_odometer_was_not_read_the_next_distance_counts(understand):
    declared = case(distance=[{"column": "after", "minus": ["before"], "unit": "km"}, {"column": "m"}])
    found = understand(declared, b"id,u,t,before,after,m\n1,a,2026-11-03,,99999,800\n")
    assert [draft.distance_m for draft, _ in found.drafts] == [800]


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_null_behind_the_escape_of_a_database_is_none(understand, quote):
    r"""MySQL writes NULL as \N and escapes with the same sign; an N is an N."""
    container = {"kind": "csv", "delimiter": "\t", "quote": quote, "escape": "\\", "empty": ["\\N", "NULL"]}
    declared = case(distance={"column": "m"}, place={"column": "p"}) | {"container": container}
    rows = "id\tu\tt\tm\tp\n\\N\ta\t2026-11-03\t1\tx\n2\tN\t2026-11-03\t\\N\tp\\\\N\n3\ta\t2026-11-03\t5\t\\N\n"
    found = understand(declared, rows.encode())
    assert [(draft.subject, draft.distance_m, draft.place) for draft, _ in found.drafts] == [
        ("N", None, "p\\N"),
        ("a", 5, ""),
    ]
    assert [(line, error.field) for line, error, _row in found.refused] == [(2, "id")]


def test_an_id_of_parts_has_them_all(understand):
    """Rows of a day without their number were one event, each the correction of the last."""
    declared = case() | {"event_id": {"concat": ["day", {"column": "no", "pad": 3}], "separator": "-"}}
    found = understand(declared, b"id,u,t,day,no\n1,a,2026-11-03,1103,7\n2,b,2026-11-03,1103,NULL\n3,c,2026-11-03,,\n")
    assert [draft.external_id for draft, _ in found.drafts] == ["1103-007"]
    assert [(line, error.code, error.field) for line, error, _row in found.refused] == [
        (3, "value_missing", "no"),
        (4, "value_missing", "day"),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        {"concat": ["code", "no"]},
        {"concat": [{"first": ["code", {"constant": "x"}]}, "no"], "separator": "-"},
        {"hash": ["code", "no"]},
    ],
)
def test_a_part_that_may_be_missing_is_said_to_be(understand, parts):
    found = understand(case() | {"event_id": parts}, b"id,u,t,code,no\n1,a,2026-11-03,,7\n")
    assert len(found.drafts) == 1, found.refused
