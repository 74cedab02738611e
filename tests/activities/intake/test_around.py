"""What a JSON document says of all its rows: a day, a person, a depot, beside the list of the rows."""

import json

import pytest

from activities.intake import formats, readers
from activities.intake.mapping import Mapping
from tests.activities.intake.test_feeds import at, told

ROWS = [{"id": 1, "n": 5}, {"id": 2, "n": 7}]
DOCUMENTS = {
    "data.list": ("^.", {"user": "a", "meta": {"day": "2026-11-03"}, "data": {"page": 1, "list": ROWS}}),
    "list": ("^.", {"user": "a", "meta": {"day": "2026-11-03", "tags": ["x"]}, "note": None, "list": ROWS}),
    "data.metrics[].list": (
        "^.^.",
        {"user": "a", "meta": {"day": "2026-11-03"}, "data": {"metrics": [{"user": "not a", "list": ROWS}]}},
    ),
    "rows{}": ("^.", {"user": "a", "meta": {"day": "2026-11-03"}, "rows": {"x": ROWS[0], "y": ROWS[1]}}),
}


def declared(path: str, up: str) -> dict:
    return {
        "container": {"kind": "json", "path": path},
        "zone": "Asia/Shanghai",
        "subject": {"column": f"{up}user"},
        "event_id": {"column": "id"},
        "cases": [
            {
                "scenario": "walking",
                "started_at": {"column": f"{up}meta.day"},
                "quantity": {"column": "n"},
            }
        ],
    }


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_file_says_it_of_each_row(understand, path):
    up, document = DOCUMENTS[path]
    found = understand(declared(path, up), json.dumps(document).encode())
    day = at("2026-11-02T16:00:00")
    assert told(found, "external_id", "subject", "started_at", "quantity") == [("1", "a", day, 5), ("2", "a", day, 7)]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_a_webhook_says_the_same(path):
    up, document = DOCUMENTS[path]
    parsed = formats.parse(declared(path, up))
    of_webhook = formats.of_webhook(parsed)
    rows = readers.read_webhook(json.dumps(document).encode(), of_webhook).items
    mapping = Mapping(of_webhook, None)
    assert [mapping.draft(line, row).subject for line, row in rows] == ["a", "a"]


def test_what_comes_late_is_found_as_well(understand):
    """Far behind what is read at once, and after long lists of other things."""
    document = {"user": "a", "others": [{"user": "b"}] * 30_000, "meta": {"day": "2026-11-03"}, "data": {"list": ROWS}}
    found = understand(declared("data.list", "^."), json.dumps(document).encode())
    assert [draft.subject for draft, _ in found.drafts] == ["a", "a"]


def test_what_stands_behind_the_rows_is_not_known_of_them(understand):
    body = json.dumps({"meta": {"day": "2026-11-03"}, "list": ROWS, "user": "a"}).encode()
    found = understand(declared("list", "^."), body)
    assert [(error.code, error.field) for _line, error, _row in found.refused] == [("value_missing", "^.user")] * 2


def test_rows_have_no_more_around_them_than_is_asked_for(understand):
    """Else a page's number would make other rows of the same ones, wherever rows are compared."""
    parsed = formats.parse(declared("list", "^."))
    rows = readers.read(json.dumps({"page": 7, "user": "a", "list": ROWS}).encode(), parsed).items
    assert [row for _line, row in rows] == [{**row, "^": {"user": "a"}} for row in ROWS]
