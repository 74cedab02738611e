"""Nearly all rows of an operator's file are of people without an account: counted as ever, and nothing made of them."""

import json

import pytest

from activities import pipeline
from activities.intake import mapping, quarantine
from activities.models import Activity, Cancellation, Delivery, Event, QuarantinedRow
from config import secrecy
from sandbox.loading import load_feed
from tests.activities.conftest import rides, take_in

HERE, THERE = {"lon": "121.47", "lat": "31.23"}, {"lon": "121.48", "lat": "31.24"}
TRACK = [[121.47, 31.23], [121.48, 31.24]]
FORMAT = {
    "container": {"kind": "jsonl"},
    "zone": "Asia/Shanghai",
    "subject": {"column": "who"},
    "event_id": {"column": "id"},
    "cases": [
        {"when": {"state": "test"}, "skip": True},
        {"when": {"state": "void"}, "refuse": "void tickets are not reported"},
        {"when": {"state": "back"}, "action": "cancel"},
        {
            "when": {"state": ""},
            "scenario": {"column": "kind", "map": {"bike": "shared-bike", "rocket": "rocket"}},
            "started_at": {"column": "from"},
            "ended_at": {"column": "to"},
            "origin": {"column": "a"},
            "destination": {"column": "b"},
            "track": {"column": "track", "kind": "points"},
            "distance": [{"computed": "track"}, {"computed": "crow_fly"}, {"column": "m", "unit": "m"}],
            "payer": {"column": "card"},
        },
    ],
}
GOOD = {"kind": "bike", "from": "2026-08-01 08:00", "to": "2026-08-01 08:20", "a": HERE, "b": THERE, "card": "62"}
ROWS = [
    GOOD,
    {**GOOD, "track": TRACK, "m": "x"},  # a distance is there before the column is read
    {**GOOD, "m": "x"},
    {**GOOD, "a": None, "m": "x"},  # and here it is not
    {**GOOD, "a": None, "track": TRACK[:1], "m": "-5"},
    {**GOOD, "from": "yesterday"},
    {**GOOD, "to": "2026-08-01 07:00"},
    {**GOOD, "from": "2096-08-01 08:00", "to": None},
    {**GOOD, "kind": "rocket"},
    {**GOOD, "kind": "sled"},
    {**GOOD, "a": {"lon": "200", "lat": "31"}},
    {**GOOD, "track": "nothing"},
    {**GOOD, "id": ""},
    {**GOOD, "id": "7.12E+17"},
    {**GOOD, "state": "test"},
    {**GOOD, "state": "void"},
    {**GOOD, "state": "odd"},
    {**GOOD, "state": "back"},
]


def body(who: str) -> bytes:
    rows = [{"id": f"{who}{number}", "who": who, "state": "", **row} for number, row in enumerate(ROWS)]
    return "\n".join(json.dumps(row) for row in rows).encode()


@pytest.fixture
def feed(db):
    return load_feed({"code": "told", "partner": "mobike", "format": FORMAT})


def test_rows_of_strangers_are_counted_as_if_they_were_read_for_somebody(feed, monkeypatch):
    def told(outcome) -> tuple:
        rows = QuarantinedRow.objects.filter(delivery=Delivery.objects.latest("id")).order_by("line")
        return outcome.as_json(), list(rows.values_list("line", "code", "field"))

    found = told(take_in(feed, body("s")))
    assert (found[0]["rows"], found[0]["unlinked"], found[0]["skipped"], found[0]["quarantined"]) == (18, 5, 1, 12)
    monkeypatch.setattr(pipeline, "find_linked", lambda partner, subjects: subjects)
    assert told(take_in(feed, body("t"))) == found
    for model in (Activity, Event, Cancellation):
        assert not model.objects.exists()


def test_nothing_is_measured_or_digested_of_strangers_but_whose_it_is(alice, link, feed, monkeypatch):
    link(alice, feed, "7")
    digested: list[str] = []
    digest = secrecy.digest

    def note(*parts: str) -> bytes:
        digested.append(parts[0])
        return digest(*parts)

    def refuse(*about: object, **more: object) -> None:
        raise AssertionError("measured")

    with monkeypatch.context() as patch:
        patch.setattr(secrecy, "digest", note)
        patch.setattr(mapping.geodesy, "crow_fly_m", refuse)
        patch.setattr(mapping.tracks, "measure", refuse)
        good = json.dumps({"id": "1", "who": "s", "state": "", **GOOD, "track": TRACK})
        assert take_in(feed, good.encode()).unlinked == 1
        assert digested == ["subject"]
    take_in(feed, good.replace('"who": "s"', '"who": "7"').encode())
    assert Activity.objects.get().distance_m == 1463


def test_of_a_mixed_batch_each_row_is_seen_for_whom_it_is(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    one = ("2016-08-01 09:00", "2016-08-01 09:10", "1.5")
    outcome = take_in(
        bike_feed, rides(("1", "7", *one), ("2", "s", *one), ("3", "s", *one[:2], "-1"), ("4", "7", *one[:2], "-1"))
    )
    assert (outcome.rows, outcome.accepted, outcome.unlinked, outcome.quarantined) == (4, 1, 1, 2)
    kept = QuarantinedRow.objects.order_by("line").values_list("line", "field", "detail")
    said = "-1 is negative; at least 0 is expected"
    column = "crow_distance_km_derived"
    assert list(kept) == [(4, column, ""), (5, column, said)]
    assert quarantine.forget_unlinked() == 0
