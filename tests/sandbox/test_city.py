"""The city repeats itself exactly, and its people are never in two places unless they cheat."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median

import pytest

from sandbox.city import files, metro, people, reports, taps
from sandbox.city.people import Cheat
from sandbox.city.records import Flaw
from tests.sandbox.conftest import OPENED


def at(text):
    return datetime.fromisoformat(text)


def rides_of(records):
    return [
        (at(record.row["unlocked_at"]), at(record.row["locked_at"]), record)
        for record in records
        if record.flaw not in (Flaw.UNREADABLE, Flaw.REPEATED, Flaw.PLAYED)
    ]


def trips_of(month):
    """(person's number, start, end) of every honest ride and journey; a bus counts as its tap."""
    for start, end, record in rides_of(month["swift-bike"]):
        if record.flaw in (Flaw.NONE, Flaw.STRANGER):
            yield record.subject[-6:], start, end
    inside = {}
    for record in month["metro-card"]:
        if record.flaw not in (Flaw.NONE, Flaw.STRANGER):
            continue
        number, moment = record.subject[-6:], at(record.row["deal_date"])
        if record.row["deal_type"] == taps.IN:
            assert number not in inside
            inside[number] = moment
        elif record.row["deal_type"] == taps.OUT:
            yield number, inside.pop(number), moment
        else:
            yield number, moment, moment
    assert not inside


def test_same_seed_and_day_give_the_same_bytes():
    day = OPENED + timedelta(days=30)
    first, second = (reports.of_day(reports.found(7, 120, OPENED), day) for _ in range(2))
    for feed in people.PARTNERS:
        assert files.encode(feed, first[feed]) == files.encode(feed, second[feed])


def test_a_day_alone_is_the_day_after_another(city):
    day = city.opened + timedelta(days=9)
    alone = reports.of_day(city, day)
    reports.of_day(city, day - timedelta(days=1))
    assert reports.of_day(city, day) == alone


def test_another_seed_gives_another_city(city):
    other = reports.found(8, 1200, city.opened)
    assert [person.nickname for person in other.people[1:]] != [person.nickname for person in city.people[1:]]


def test_a_person_does_not_depend_on_the_size_of_the_city(city):
    assert reports.found(7, 50, city.opened).people == city.people[:50]


def test_nobody_is_in_two_places_at_once(month):
    start_of_time = at("2026-08-01")
    trips = sorted(trips_of(month))
    assert len(trips) > 5000
    for _number, own in groupby(trips, key=lambda trip: trip[0]):
        ends = start_of_time
        for _same, start, end in own:
            assert start > ends
            assert end >= start
            ends = end


def test_cheats_do_what_their_label_says(city, month):
    honest = {}
    for start, end, record in rides_of(month["swift-bike"]):
        if record.flaw is Flaw.NONE:
            honest.setdefault(record.subject, []).append((start, end))
    spoiled = [ride for ride in rides_of(month["swift-bike"]) if ride[2].flaw in (Flaw.OVERLAP, Flaw.TOO_FAST)]
    assert {record.flaw for _s, _e, record in spoiled} == {Flaw.OVERLAP, Flaw.TOO_FAST}
    for start, end, record in spoiled:
        km_per_h = float(record.row["distance_km"]) / ((end - start).total_seconds() / 31200)
        overlaps = any(begin < start < stop < end for begin, stop in honest[record.subject])
        assert km_per_h > 35 if record.flaw is Flaw.TOO_FAST else overlaps
    for record in month["step-health"]:
        steps = record.row.get("steps")
        assert (record.flaw is Flaw.SHAKEN) == (isinstance(steps, int) and steps >= 58_000)
    assert 0 < sum(person.cheat is not Cheat.NONE for person in city.people) < 0.04 * len(city.people)


def test_flaws_are_few_and_of_every_kind(month):
    found = Counter(record.flaw for records in month.values() for record in records)
    assert set(found) == set(Flaw)
    assert found[Flaw.NONE] > 0.97 * found.total()


def test_a_repeated_row_is_the_same_row(month):
    for records in month.values():
        rows = Counter(str(record.row) for record in records if record.flaw in (Flaw.NONE, Flaw.REPEATED))
        repeated = {str(record.row) for record in records if record.flaw is Flaw.REPEATED}
        assert {row for row, times in rows.items() if times > 1} == repeated


def test_strangers_are_nobody_of_the_city(city, month):
    numbers = {f"{person.number:06d}" for person in city.people}
    for records in month.values():
        for record in records:
            assert (record.flaw is Flaw.STRANGER) == (record.subject[-6:] not in numbers)


def test_nobody_is_reported_before_joining(city, month):
    joined = {person.subject("step-health"): person.joined(city.opened) for person in city.people}
    for record in month["step-health"]:
        if record.flaw is Flaw.NONE:
            assert record.row["date"] >= joined[record.subject].isoformat()


def test_the_demo_citizen_has_every_partner_and_a_full_month(city, month):
    assert city.people[0].number == people.DEMO_CITIZEN
    for feed, least in {"swift-bike": 8, "metro-card": 40, "green-bank": 8, "step-health": 28}.items():
        assert sum(record.subject == people.subject(feed, people.DEMO_CITIZEN) for record in month[feed]) >= least


def test_nicknames_fit(city):
    assert all(0 < len(person.nickname) <= 20 for person in city.people)


@pytest.mark.parametrize(
    ("_case", "distance_m", "fare_fen"),
    [
        ("shortest", 1350, 200),
        ("end of the first band", 4000, 200),
        ("second band", 4001, 300),
        ("end of the bands of 4 km", 12_000, 400),
        ("first band of 6 km", 12_001, 500),
        ("end of the bands of 6 km", 24_000, 600),
        ("first band of 8 km", 24_001, 700),
        ("second band of 8 km", 32_001, 800),
    ],
)
def test_fares_follow_the_ladder(_case, distance_m, fare_fen):
    assert metro.fare_fen(distance_m) == fare_fen


def test_rides_peak_at_rush_hours(month):
    hours = Counter(
        start.hour for start, _end, record in rides_of(month["swift-bike"]) if start.weekday() < 5 and not record.flaw
    )
    share = {hour: hours[hour] / hours.total() for hour in range(24)}
    assert sum(share[hour] for hour in (7, 8)) > 0.15
    assert sum(share[hour] for hour in (17, 18, 19)) > 0.2
    assert sum(share[hour] for hour in (0, 1, 2, 3, 4)) < 0.02


def test_people_walk_about_7400_steps_a_day(month):
    steps = [
        record.row["steps"] for record in month["step-health"] if record.flaw is Flaw.NONE and "steps" in record.row
    ]
    assert 6500 < median(steps) < 8200
