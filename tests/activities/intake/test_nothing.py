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
