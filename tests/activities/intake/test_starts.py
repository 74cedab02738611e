"""How hard a track starts: motors are told from legs where points are dense, and nothing is said where they are not."""

import random
import time

import numpy as np
import pytest

from activities.intake import starts
from activities.intake.tracks import Fix, measure

LEGS, STRONG_LEGS, SCOOTER = 0.9, 1.2, 3.0
LIMIT_MM_PER_S2 = 1_250


def ride(gain: float, *, every_s: float = 1.0, lights: int = 8, top: float = 5.8, green_s: int = 32):
    """Seconds and metres of a ride that starts at `gain` m/s² after each light: 8 s of red, then green."""
    at, metres, gone, speed = [], [], 0.0, 0.0
    for tenth in range(lights * (8 + green_s) * 10):
        now = tenth / 10
        if tenth % round(every_s * 10) == 0:
            at.append(now)
            metres.append(gone)
        before, red = speed, now % (8 + green_s) < 8
        speed = max(speed - 0.25, 0.0) if red else min(speed + gain / 10, top)
        gone += (before + speed) / 20
    return np.array(at), np.array(metres)


def told(at, east, north=None) -> dict[str, int]:
    return starts.measure(at, east, np.zeros(len(at)) if north is None else north)


def wander(metres, seed: int, spread_m: float, keeps: float = 0.9):
    """As a receiver is astray: mostly where it was before."""
    chance, astray, found = random.Random(seed), 0.0, []
    for each in metres:
        astray = keeps * astray + chance.gauss(0, spread_m * (1 - keeps**2) ** 0.5)
        found.append(each + astray)
    return np.array(found)


@pytest.mark.parametrize("every_s", [1, 2, 3])
@pytest.mark.parametrize(("gain", "is_hard"), [(LEGS, False), (STRONG_LEGS, False), (SCOOTER, True)])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_scooter_starts_harder_than_legs(every_s, gain, is_hard, seed):
    at, metres = ride(gain, every_s=every_s, top=6.0)
    found = told(at, wander(metres, seed, 1.5, 0.9**every_s), wander(metres * 0, seed + 100, 1.5, 0.9**every_s))
    assert found["starts"] >= 6
    assert (found["start_p50_mm_per_s2"] > LIMIT_MM_PER_S2) == is_hard


def test_the_gain_from_stretch_to_stretch_is_what_is_told():
    at, metres = ride(1.0, top=6.0)
    metres += np.arange(len(at)) * 0.01  # a receiver that never says the very same place
    assert told(at, metres) == {"starts": 8, "start_p50_mm_per_s2": 1000}


@pytest.mark.parametrize("every_s", [4, 5, 10])
def test_points_that_are_too_far_apart_tell_no_starts(every_s):
    assert told(*ride(SCOOTER, every_s=every_s)) == {}


@pytest.mark.parametrize("hold_m", [2, 5])
@pytest.mark.parametrize("every_s", [1, 2, 3])
def test_a_receiver_that_stays_put_and_leaps_makes_no_motor_of_legs(hold_m, every_s):
    at, metres = ride(LEGS, every_s=every_s)
    astray, said = wander(metres, 5, 1.5, 0.9**every_s), []
    for each in astray:
        said.append(said[-1] if said and abs(each - said[-1]) < hold_m else each)
    found = told(at, np.array(said))
    assert found.get("start_p50_mm_per_s2", 0) < LIMIT_MM_PER_S2


def test_a_leap_of_the_receiver_is_no_hard_start():
    at = np.arange(0, 120.0, 3)
    metres = np.where(at < 60, 0.0, 60 + (at - 60) * 4.0)  # 60 m at once, then a bike
    assert told(at, metres) == {"starts": 1, "start_p50_mm_per_s2": 0}


def test_the_middle_start_counts_not_the_hardest():
    (_at, soft), (_at, hard) = ride(LEGS, lights=5), ride(SCOOTER, lights=3)
    both = np.concatenate([soft, hard + soft[-1]]) + np.arange(len(soft) + len(hard)) * 0.01
    found = told(np.arange(len(both), dtype=float), both)
    assert found["starts"] == 8
    assert 800 < found["start_p50_mm_per_s2"] < 1000


def test_white_noise_of_three_metres_makes_no_motor_of_legs():
    at, metres = ride(LEGS)
    found = told(at, wander(metres, 1, 3.0, 0.0), wander(metres * 0, 2, 3.0, 0.0))
    assert found.get("start_p50_mm_per_s2", 0) < LIMIT_MM_PER_S2


@pytest.mark.parametrize("at", [[0.0], [0.0, 1.0], [0.0, 4e9], [0.0, 1.0, 2.0, 3e9, 3e9 + 1]])
def test_few_points_or_years_between_them_cost_nothing_and_say_nothing(at):
    began = time.perf_counter()
    assert told(np.array(at), np.arange(len(at)) * 5.0) == {}
    assert time.perf_counter() - began < 1


def test_points_of_one_instant_do_not_break_it():
    at, metres = ride(LEGS)
    assert told(np.repeat(at, 2) + np.tile([0.0, 1e-9], len(at)), np.repeat(metres, 2))["starts"] > 0


def test_a_track_tells_its_starts_and_an_untimed_one_none():
    at, metres = ride(SCOOTER)
    fixes = [Fix((121.47 + east / 95_000, 31.23), float(now)) for now, east in zip(at, metres, strict=True)]
    found = measure(fixes)
    assert found["starts"] == 8
    assert "starts" not in measure([Fix(fix.place) for fix in fixes])
    assert "starts" not in measure(fixes[::6])
