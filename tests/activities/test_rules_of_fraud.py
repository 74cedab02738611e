"""Rules against the fraud that was seen, on facts alone: what each finds, and what it leaves alone."""

import json
from dataclasses import replace
from datetime import date
from uuid import UUID

import numpy as np
import pytest

from activities.integrity import registry, teleport
from activities.integrity.facts import Facts

BIKE = 1
DAY = date(2026, 6, 1).toordinal()
MORNING_S = 1_780_270_000.0


def facts(count: int, **columns) -> Facts:
    """Rides of one citizen on one day, an hour apart, 3 km in 15 minutes; columns are replaced by name."""
    numbers = {name: np.full(count, -1, np.int64) for name in (
        "quantity", "displacement_m", "origin", "destination", "amount_fen", "payer", "device", "opened_day",
        "payer_accounts", "device_accounts",
    )}  # fmt: skip
    zeros = {name: np.zeros(count, np.int64) for name in (
        "citizen", "basis", "evidence", "partner", "feed", "link",
    )}  # fmt: skip
    start_s = MORNING_S + np.arange(count) * 3600.0
    plain = Facts(
        ids=tuple(UUID(int=place + 1) for place in range(count)),
        day=np.full(count, DAY, np.int64),
        scenario=np.full(count, BIKE, np.int64),
        start_s=start_s,
        until_s=start_s + 900,
        has_end=np.ones(count, np.bool_),
        distance_m=np.full(count, 3000, np.int64),
        occupies_body=np.ones(count, np.bool_),
        settled=np.zeros(count, np.bool_),
        traits=(None,) * count,
        **numbers,
        **zeros,
    )
    arrays = {
        name: tuple(value) if name == "traits" else np.array(value, getattr(plain, name).dtype)
        for name, value in columns.items()
    }
    return replace(plain, **arrays)


def found(code: str, judged: Facts, **settings) -> list[int]:
    rule = registry.BY_CODE[code]
    parsed = {BIKE: registry.parse(code, settings)}
    result = rule.judge(judged, np.ones(len(judged), np.bool_), parsed)
    places = np.flatnonzero(result.mask).tolist()
    assert all(result.evidence(place) and json.dumps(result.evidence(place)) for place in places)
    nobody = rule.judge(judged, np.zeros(len(judged), np.bool_), parsed)
    assert not nobody.mask.any()
    assert not rule.judge(judged, np.ones(len(judged), np.bool_), {}).mask.any()
    return places


def track(**measures) -> dict:
    usual = {
        "points": 180, "distance_m": 3000, "displacement_m": 2400, "extent_m": 2500, "returns": 0, "repeated_pct": 5,
        "gap_max_s": 20, "speed_p95_m_per_h": 19_000, "acceleration_p95_mm_per_s2": 400,
    }  # fmt: skip
    return {"track": usual | measures}


@pytest.mark.parametrize(
    ("measures", "is_found"),
    [
        ({}, False),
        ({"speed_p95_m_per_h": 28_000}, False),
        ({"speed_p95_m_per_h": 28_001}, True),
        ({"speed_p95_m_per_h": 60_000}, True),
        ({"acceleration_p95_mm_per_s2": 2_600}, True),
    ],
)
def test_a_bike_that_moves_as_a_car_is_one(measures, is_found):
    judged = facts(2, traits=[None, track(**measures)])
    assert found("mode_implausible", judged, speed_p95_max_m_per_h=28_000) == ([1] if is_found else [])


@pytest.mark.parametrize(
    ("measures", "is_found"),
    [({}, False), ({"points": 11}, True), ({"points": 12}, False), ({"gap_max_s": 301}, True)],
)
def test_a_track_of_few_points_proves_nothing(measures, is_found):
    assert found("thin_track", facts(1, traits=[track(**measures)])) == ([0] if is_found else [])


@pytest.mark.parametrize(
    ("measures", "distance_m", "displacement_m", "is_found"),
    [
        ({}, 3000, 2400, False),
        ({"returns": 3}, 3000, 2400, True),
        ({"extent_m": 149}, 450, 28, True),
        ({"repeated_pct": 80}, 6000, 100, True),
        ({"repeated_pct": 40}, 6000, 100, False),  # a round trip for pleasure, seen once
        ({"repeated_pct": 80}, 2900, 100, False),  # to the shop and back
    ],
)
def test_circles_are_held_and_round_trips_are_not(measures, distance_m, displacement_m, is_found):
    judged = facts(1, traits=[track(**measures)], distance_m=[distance_m], displacement_m=[displacement_m])
    assert found("circling", judged) == ([0] if is_found else [])


def test_without_a_track_the_straight_line_decides():
    judged = facts(3, distance_m=[6000, 6000, 6000], displacement_m=[599, 600, -1])
    assert found("circling", judged) == [0]


@pytest.mark.parametrize(("traits", "is_found"), [(None, True), (track(extent_m=299), True), (track(), False)])
def test_a_round_trip_is_a_trip_and_standing_still_is_none(traits, is_found):
    judged = facts(1, origin=[5], destination=[5], displacement_m=[20], traits=[traits])
    assert found("same_place", judged) == ([0] if is_found else [])


@pytest.mark.parametrize(
    ("displacement_m", "origin", "destination", "is_found"),
    [
        (0, 5, 6, True),  # ten metres apart, but across the edge of a cell
        (49, 5, 6, True),
        (50, 5, 6, False),
        (50, 5, 5, False),  # within one cell one can travel
        (-1, 5, 5, True),  # a station that was left where it was entered
        (-1, 5, 6, False),
        (-1, -1, -1, False),
    ],
)
def test_nowhere_is_told_by_the_line_and_without_it_by_the_place(displacement_m, origin, destination, is_found):
    judged = facts(1, origin=[origin], destination=[destination], displacement_m=[displacement_m])
    assert found("same_place", judged) == ([0] if is_found else [])


@pytest.mark.parametrize(
    ("measures", "is_found"),
    [
        ({"starts": 5, "start_p50_mm_per_s2": 1_251}, True),
        ({"starts": 5, "start_p50_mm_per_s2": 1_250}, False),
        ({"starts": 4, "start_p50_mm_per_s2": 3_000}, False),  # a leap of the receiver or two
        ({}, False),  # kept before starts were measured, or of points too far apart
    ],
)
def test_who_starts_like_a_motor_at_each_light_is_held(measures, is_found):
    judged = facts(2, traits=[None, track(**measures)])
    assert found("hard_starts", judged) == ([1] if is_found else [])


def test_what_was_too_hard_is_the_evidence():
    judged = facts(2, traits=[track(speed_p95_m_per_h=60_000), track(acceleration_p95_mm_per_s2=2_600)])
    settings = {BIKE: registry.parse("mode_implausible", {"speed_p95_max_m_per_h": 28_000})}
    result = registry.BY_CODE["mode_implausible"].judge(judged, np.ones(2, np.bool_), settings)
    assert [result.evidence(place) for place in (0, 1)] == [
        {"speed_p95_m_per_h": 60_000, "speed_p95_max_m_per_h": 28_000},
        {"acceleration_p95_mm_per_s2": 2_600, "acceleration_p95_max_mm_per_s2": 2_500},
    ]


def test_nobody_leaps_across_the_city():
    near, far = [2430, 624], [2438, 624]  # 8 areas east at 31 degrees north: 33 km between their edges
    judged = facts(3, start_s=MORNING_S + np.array([0, 960, 9600.0]), until_s=MORNING_S + np.array([900, 1860, 9900.0]),
                   traits=[{"from_area": near, "to_area": near}, {"from_area": far, "to_area": far},
                           {"from_area": near, "to_area": near}])  # fmt: skip
    assert found("teleport", judged) == [1]
    apart = (
        registry.BY_CODE["teleport"]
        .judge(judged, np.ones(3, np.bool_), {BIKE: registry.parse("teleport", {})})
        .evidence(1)["apart_m"]
    )
    assert 33_000 < apart < 34_000


@pytest.mark.parametrize(
    ("apart_m", "gap_s", "is_found"),
    [
        (30_000, 599, True),  # a quarter of an hour at 120 km/h, less five minutes for the clocks
        (30_000, 601, False),
        (100_000, 1_499, True),  # ten minutes to board a train, and twenty in it
        (100_000, 1_501, False),
        (1_200_000, 8_699, True),  # an hour to board a plane, and an hour and a half in it
        (1_200_000, 8_701, False),
        (5_000, 0, False),
    ],
)
def test_by_road_train_or_plane_one_gets_there_in_time(monkeypatch, apart_m, gap_s, is_found):
    monkeypatch.setattr(teleport, "_apart_m", lambda one, _other: np.full(one.shape[1], float(apart_m)))
    area = {"from_area": [2430, 624], "to_area": [2430, 624]}
    start_s = MORNING_S + np.array([0.0, 900 + gap_s])
    judged = facts(2, start_s=start_s, until_s=start_s + 900, traits=[area, area])
    assert found("teleport", judged) == ([1] if is_found else [])


def test_an_hour_is_enough_to_cross_the_city():
    near, far = [2430, 624], [2438, 624]
    judged = facts(2, traits=[{"from_area": near, "to_area": near}, {"from_area": far, "to_area": far}])
    assert found("teleport", judged) == []


def test_the_same_way_is_farmed_in_both_directions():
    judged = facts(7, origin=[5, 9, 5, 9, 5, 5, -1], destination=[9, 5, 9, 5, 9, 7, 9])
    assert found("farming", judged, max_count=4) == [4]


def test_rides_that_end_as_soon_as_they_count():
    short_s = MORNING_S + np.arange(5) * 3600.0
    judged = facts(5, start_s=short_s, until_s=short_s + np.array([121, 149, 150, 130, 140.0]))
    assert found("threshold", judged, begins_s=120, band_percent=25, max_count=3) == [4]
    assert found("threshold", judged, begins_s=120, band_percent=25, max_count=4) == []


EVEN = [0] * 8 + [6900, 7000, 7100] + [0] * 13
HIKED = [0] * 8 + [4000, 4300, 4500] + [0] * 13
HIKED_ON = [0] * 8 + [4000, 4300, 4500, 4100, 4600] + [0] * 11
WALKED = [0] * 7 + [900, 3100, 1200, 300, 2800, 5200, 4100, 800] + [200] * 9


@pytest.mark.parametrize(
    ("steps", "hours", "is_found"),
    [
        (14_000, WALKED, False),
        (21_000, EVEN, True),
        (21_000, [0] * 22 + [6900, 7000], False),
        (12_800, HIKED, False),  # within 7 %, as three hours of a walk are by chance
        (13_000, [0] * 8 + [4200, 4300, 4400] + [0] * 13, True),  # within 3 %
        (17_000, [0] * 8 + [4000, 4300, 4500, 4200] + [0] * 12, True),
        (21_500, HIKED_ON, True),  # five hours of it are no chance
        (16_000, [0] * 8 + [5000, 5500, 5500] + [0] * 13, False),
        (17_000, [0] * 8 + [5200, 5800, 6000] + [0] * 13, True),  # nobody walks so fast for so long
        (30_000, [0] * 8 + [5000, 2999, 5000, 5000] + [0] * 12, False),
        (14_000, [0] * 12 + [12_001] + [0] * 11, True),
        (60_001, [], True),
        (60_000, [], False),
    ],
)
def test_a_machine_steps_more_evenly_than_a_person(steps, hours, is_found):
    judged = facts(1, quantity=[steps], traits=[{"steps_by_hour": hours}])
    assert found("cadence", judged) == ([0] if is_found else [])


@pytest.mark.parametrize(
    ("paid_s", "is_found"),
    [(-181, False), (-180, True), (0, True), (450, True), (900, True), (1080, True), (1081, False)],
)
def test_a_payment_anywhere_in_a_trip_is_of_it(paid_s, is_found):
    starts = sorted([(0.0, True), (float(paid_s), False)])
    judged = facts(
        2,
        start_s=[MORNING_S + at for at, _trip in starts],
        until_s=[MORNING_S + at + (900 if trip else 60) for at, trip in starts],
        has_end=[trip for _at, trip in starts],
        partner=[1 if trip else 2 for _at, trip in starts],
        evidence=[0 if trip else 1 for _at, trip in starts],
        distance_m=[3000 if trip else -1 for _at, trip in starts],
    )
    payment = next(place for place, (_at, trip) in enumerate(starts) if not trip)
    assert found("duplicate", judged) == ([payment] if is_found else [])


def test_of_three_reports_of_a_trip_the_operators_stands():
    """In the order of their starts: a phone's, the operator's, and the card that was held out at the exit."""
    judged = facts(
        3,
        start_s=[MORNING_S - 60, MORNING_S, MORNING_S + 890],
        until_s=[MORNING_S + 880, MORNING_S + 900, MORNING_S + 950],
        has_end=[True, True, False],
        partner=[1, 2, 3],
        evidence=[2, 0, 1],
        distance_m=[2800, 3000, -1],
    )
    assert found("duplicate", judged) == [0, 2]
    without_order = facts(
        2, start_s=[MORNING_S - 60, MORNING_S + 890], until_s=[MORNING_S + 880, MORNING_S + 950],
        has_end=[True, False], partner=[1, 3], evidence=[2, 1], distance_m=[2800, -1],
    )  # fmt: skip
    assert found("duplicate", without_order) == [0]


def test_trips_of_two_partners_one_after_the_other_are_two():
    judged = facts(2, start_s=[MORNING_S, MORNING_S + 900], until_s=[MORNING_S + 900, MORNING_S + 1800], partner=[1, 2])
    assert found("duplicate", judged) == []


@pytest.mark.parametrize(
    ("distance_m", "is_found"), [(60_000, True), (1_667, True), (1_666, False), (0, False), (-1, False)]
)
def test_a_trip_without_time_goes_no_further_than_in_a_minute(distance_m, is_found):
    judged = facts(1, until_s=[MORNING_S], distance_m=[distance_m])
    assert found("speed_implausible", judged, max_m_per_h=100_000) == ([0] if is_found else [])


def test_one_card_serves_a_family_not_a_dormitory():
    judged = facts(4, payer_accounts=[4, 5, -1, 3], device_accounts=[9, 9, 9, 9])
    assert found("shared_means", judged, max_accounts=4) == [1]
    assert found("shared_means", judged, means="device", max_accounts=4) == [0, 1, 2, 3]


def test_a_new_account_begins_slowly():
    opened = facts(4, opened_day=[DAY - 6] * 4)
    assert found("new_account", opened, days=7, max_count=2) == [2, 3]
    assert found("new_account", facts(4, opened_day=[DAY - 7] * 4), days=7, max_count=2) == []
    assert found("new_account", facts(4, opened_day=[DAY + 1] * 4), days=7, max_count=2) == []


def test_a_month_has_its_limit():
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 6, 2), date(2026, 6, 30), date(2026, 7, 1)]
    judged = facts(5, day=[day.toordinal() for day in days])
    assert found("monthly_cap", judged, max_count=2) == [3]


def test_what_a_person_settled_stands_in_the_month_first():
    judged = facts(3, settled=[False, False, True])
    assert found("monthly_cap", judged, max_count=1) == [0, 1]


def test_one_trip_told_twice_by_one_partner_is_no_duplicate_but_overlaps():
    judged = facts(2, start_s=[MORNING_S, MORNING_S + 30], until_s=[MORNING_S + 900, MORNING_S + 930])
    assert found("duplicate", judged) == []
    assert found("overlap", judged) == [1]


def test_a_ride_that_phone_and_operator_tell_as_other_things_is_still_of_one_body():
    """The phone calls it one's own bike and begins earlier: the operator's order stands."""
    own_bike = BIKE + 1
    judged = facts(
        2, scenario=[own_bike, BIKE], partner=[1, 2], evidence=[2, 0],
        start_s=[MORNING_S - 120, MORNING_S], until_s=[MORNING_S + 960, MORNING_S + 900],
    )  # fmt: skip
    settings = {BIKE: registry.parse("overlap", {}), own_bike: registry.parse("overlap", {})}
    result = registry.BY_CODE["overlap"].judge(judged, np.ones(2, np.bool_), settings)
    assert np.flatnonzero(result.mask).tolist() == [0]
    assert result.evidence(0) == {"other_id": str(judged.ids[1])}


def test_of_overlaps_in_a_row_every_second_trip_stands():
    """Each overlaps the next, so that the first and the third can both have been made."""
    judged = facts(3, start_s=MORNING_S + np.array([0, 600, 1200.0]), until_s=MORNING_S + np.array([900, 1500, 2100.0]))
    assert found("overlap", judged) == [1]


def test_trips_that_meet_do_not_overlap():
    judged = facts(2, start_s=[MORNING_S, MORNING_S + 900], until_s=[MORNING_S + 900, MORNING_S + 1800])
    assert found("overlap", judged) == []


def test_a_shaker_that_rests_every_third_hour_still_walks_more_than_a_person():
    pauses = [7000, 7100, 0] * 8
    assert found("cadence", facts(1, quantity=[sum(pauses)], traits=[{"steps_by_hour": pauses}])) == [0]


def test_what_a_person_settled_takes_a_place_of_the_day_and_is_never_over_the_limit():
    judged = facts(4, settled=[False, False, True, True])
    assert found("daily_cap", judged, max_count=3) == [1]
    assert found("daily_cap", judged, max_count=1) == [0, 1]


def test_each_scenario_and_day_has_its_own_limit():
    judged = facts(4, scenario=[BIKE, BIKE, BIKE + 1, BIKE], day=[DAY, DAY, DAY, DAY + 1])
    assert found("daily_cap", judged, max_count=1) == [1]


def test_a_short_ride_or_two_among_long_ones_is_no_farm():
    """In a band of half of two minutes above two minutes, the fourth of a day is held."""
    lasts = np.array([121, 179, 180, 119, 150, 130.0])
    start_s = MORNING_S + np.arange(6) * 3600.0
    judged = facts(6, start_s=start_s, until_s=start_s + lasts)
    assert found("threshold", judged, begins_s=120, band_percent=50, max_count=3) == [5]
    other_day = facts(6, start_s=start_s, until_s=start_s + lasts, day=[DAY] * 5 + [DAY + 1])
    assert found("threshold", other_day, begins_s=120, band_percent=50, max_count=3) == []
