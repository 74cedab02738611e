"""What is said of a row or a body leads to what would be right, and not to what would be worse."""

import json

import pytest
from django.utils import translation

from activities.intake import wording
from activities.intake.problems import Refused

ROWS = [{"id": 1, "u": "a", "t": "2026-11-03"}, {"id": 2, "u": "a", "t": "2026-11-03"}]
LINES = "\n".join(map(json.dumps, ROWS))


def declared(container: dict, **words) -> dict:
    return {
        "container": container,
        "zone": "Asia/Shanghai",
        "subject": {"column": "u"},
        "event_id": {"column": "id"},
        "cases": [{"scenario": "walking", "started_at": {"column": "t"}} | words],
    }


def read(understand, text, **words):
    found = understand(declared({"kind": "csv"}, **words), f'id,u,t,x\n1,a,2026-11-03,"{text}"\n'.encode())
    return [error.detail for _line, error, _row in found.refused]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("20261131 080000", "there is no such day or time"),
        ("20261103 246000", "there is no such day or time"),
        ("20261103 80000", "where zeros are missing, `pad` puts them back"),
    ],
)
def test_zeros_are_missed_only_where_some_are_missing(understand, text, says):
    started = {"column": "x", "format": "%Y%m%d %H%M%S"}
    assert read(understand, text, started_at=started) == [f"{text!r} is not a time like %Y%m%d %H%M%S; {says}"]


@pytest.mark.parametrize("words", [{"quantity": {"column": "x"}}, {"distance": {"column": "x", "unit": "m"}}])
def test_a_thousand_is_not_taken_for_a_fraction(understand, words):
    """With a decimal comma 3,204 metres would be three."""
    assert read(understand, "3,204", **words) == [
        '\'3,204\' is not a number; is it `thousands: ","`, or `decimal: ","`?'
    ]
    assert read(understand, "3,2", **words) == ["'3,2' is not a number; is it `decimal: \",\"`?"]


def test_the_hours_of_a_profile_may_have_thousands_too(understand):
    names = [f"h{hour}" for hour in range(24)]
    profile = {"columns": names, "thousands": ","}
    body = f'id,u,t,{",".join(names)}\n1,a,2026-11-03,"1,304",7{",0" * 22}\n'
    found = understand(declared({"kind": "csv"}, profile=profile), body.encode())
    assert [draft.quantity for draft, _ in found.drafts] == [1311], found.refused


@pytest.mark.parametrize(
    ("container", "body", "says"),
    [
        (
            {"kind": "json"},
            LINES,
            "the body is no list of rows: say by `path` where they are; JSON lines are `kind: jsonl`",
        ),
        (
            {"kind": "json", "path": "data"},
            '{"data": [{"id": 1}]}\n{"data": [{"id": 2, "name": "secret"}]}',
            "behind the document there is more; JSON lines are `kind: jsonl`",
        ),
        ({"kind": "json"}, "id,u\n1,secret\n", "the body is not JSON: lexical error: invalid char in json text."),
        (
            {"kind": "jsonl"},
            json.dumps(ROWS, indent=1),
            "line 1: here begins a document; it is `kind: json`, and JSON lines have a row each",
        ),
        ({"kind": "jsonl"}, json.dumps(ROWS), "line 1: it is a list of rows; a document is `kind: json`"),
    ],
)
def test_json_of_another_kind_says_which(understand, container, body, says):
    """And nothing of what stands in it, which may be of people who are not ours."""
    with pytest.raises(Refused) as refusal:
        understand(declared(container), body.encode())
    assert str(refusal.value) == says
    assert "secret" not in str(refusal.value)


def test_the_desk_reads_it_in_chinese():
    with translation.override("zh-hans"):
        assert wording.say("behind the document there is more; JSON lines are `kind: jsonl`").startswith("文档")
        assert "没有这样的" in wording.say("'20261131' is not a time like %Y%m%d; there is no such day or time")


def test_a_point_without_its_time_says_so(understand):
    track = {"column": "x", "kind": "geojson", "time": "at", "time_format": "epoch_ms"}
    line = {"type": "LineString", "coordinates": [[121.4, 31.2], [121.5, 31.2]]}
    body = json.dumps({"id": 1, "u": "a", "t": "2026-11-03", "x": line})
    found = understand(declared({"kind": "jsonl"}, track=track), body.encode())
    assert [error.detail for _line, error, _row in found.refused] == [
        "not a track of kind geojson: a point without a time"
    ]


def test_points_with_no_sign_between_them_are_not_one_point(understand):
    track = {"column": "x", "kind": "text", "order": "lat_lon"}
    rows = [{"id": 1, "u": "a", "t": "2026-11-03", "x": "31.2,121.4,31.3,121.5,31.4,121.6"}]
    found = understand(declared({"kind": "jsonl"}, track=track), "\n".join(map(json.dumps, rows)).encode())
    assert [error.detail for _line, error, _row in found.refused] == [
        "not a track of kind text: no ';' stands between its points (`point_separator`)"
    ]
