"""What a person does on a day: trips one after the other, never two at a time."""

from datetime import date
from random import Random
from typing import NamedTuple

from sandbox.city import metro
from sandbox.city.people import Habit, Person
from sandbox.city.weather import Weather

DAY_S = 86_400
LATEST_S = DAY_S - 300
CARPOOL_SHARE = 0.12
"""Ways by bus on which somebody takes one along."""
SLOW_SHARE = 0.10
"""Rides with a stop on the way."""


class Trip(NamedTuple):
    mode: str
    """`bike`, `metro`, `bus` or `carpool`."""
    start_s: int
    end_s: int
    distance_m: int
    origin: metro.Stop
    destination: metro.Stop


class _Day:
    """Appends trips in order; a trip that would not end today is not made."""

    def __init__(self, person: Person, rng: Random) -> None:
        self.person, self.rng = person, rng
        self.trips: list[Trip] = []
        self.free_s = 0

    def go(self, mode: str, start_s: float, distance_m: int = 0, *, back: bool = False) -> None:
        person, rng = self.person, self.rng
        origin, destination = (person.work, person.home) if back else (person.home, person.work)
        start = max(int(start_s), self.free_s, 0)
        if mode == "metro":
            distance_m = metro.distance_m(origin, destination)
            took = metro.duration_s(origin, destination, rng)
        elif mode == "bus":
            distance_m = int(5200 * rng.lognormvariate(0, 0.5))
            took = int(distance_m / 4.6 + rng.uniform(60, 400))
        else:
            took = ride_s(distance_m, rng)
        if start + took > LATEST_S:
            return
        if mode == "bus" and "swift-bike" in person.partners and rng.random() < CARPOOL_SHARE:
            mode = "carpool"
        self.trips.append(Trip(mode, start, start + took, distance_m, origin, destination))
        self.free_s = start + took + rng.randrange(120, 420)


def ride_s(distance_m: int, rng: Random) -> int:
    """How long a ride takes from unlocking to locking: 8.5 km/h at the median, more slowly with a stop."""
    km_per_h = rng.uniform(1.6, 5.5) if rng.random() < SLOW_SHARE else min(max(rng.gauss(8.9, 2.4), 4.2), 18.5)
    return max(150, int(distance_m / km_per_h * 3.6))


def errand_m(rng: Random) -> int:
    return min(max(250, int(1480 * rng.lognormvariate(0, 0.84))), 22_000)


def _usual_m(person: Person, rng: Random) -> int:
    return max(250, int(person.ride_m * rng.uniform(0.93, 1.12)))


def write(person: Person, day: date, weather: Weather, rng: Random) -> list[Trip]:
    """The person's trips of the day in the order of time."""
    entry = _Day(person, rng)
    workday = day.weekday() < 5
    if person.habit is Habit.COMMUTER and workday and rng.random() < 0.86:
        _commute(entry, weather)
    elif person.habit is Habit.CYCLIST and rng.random() < (0.85 if workday else 0.55) * weather.cycling:
        _cycle(entry, workday)
    elif rng.random() < _outing_chance(person.habit, workday):
        _outing(entry, weather)
    return entry.trips


def _commute(entry: _Day, weather: Weather) -> None:
    person, rng = entry.person, entry.rng
    mode = person.commute if person.commute != "bike" or rng.random() < weather.cycling else "bus"
    feeder = mode == "metro" and "swift-bike" in person.partners and rng.random() < 0.55 * weather.cycling
    leaves = person.leaves_s + rng.gauss(0, 900)
    if feeder:
        entry.go("bike", leaves, _usual_m(person, rng))
    entry.go(mode, leaves, _usual_m(person, rng))
    if rng.random() < 0.07 * weather.cycling:
        entry.go("bike", rng.gauss(12.3, 0.5) * 3600, errand_m(rng))
    returns = leaves + rng.gauss(9.9, 0.9) * 3600
    entry.go(mode, returns, _usual_m(person, rng), back=True)
    if feeder and rng.random() < 0.8:
        entry.go("bike", returns, _usual_m(person, rng), back=True)
    if rng.random() < 0.10 * weather.cycling:
        entry.go("bike", rng.gauss(20.0, 1.0) * 3600, errand_m(rng))


def _cycle(entry: _Day, workday: bool) -> None:
    person, rng = entry.person, entry.rng
    if workday:
        leaves = person.leaves_s + rng.gauss(0, 1100)
        entry.go("bike", leaves, _usual_m(person, rng))
        if rng.random() < 0.25:
            entry.go("bike", rng.gauss(12.4, 0.7) * 3600, errand_m(rng))
        entry.go("bike", leaves + rng.gauss(9.9, 1.2) * 3600, _usual_m(person, rng), back=True)
    else:
        leaves = rng.uniform(9, 17) * 3600
        entry.go("bike", leaves, errand_m(rng))
        entry.go("bike", leaves + rng.uniform(1, 3) * 3600, errand_m(rng), back=True)
    if rng.random() < 0.35:
        entry.go("bike", rng.gauss(20.2, 1.1) * 3600, errand_m(rng))


def _outing_chance(habit: Habit, workday: bool) -> float:
    if habit is Habit.IDLE:
        return 0.04
    if habit is Habit.OCCASIONAL:
        return 0.20 if workday else 0.34
    return 0.12 if workday else 0.40


def _outing(entry: _Day, weather: Weather) -> None:
    rng = entry.rng
    mode = rng.choices(["bike", "metro", "bus"], [48 * weather.cycling, 30, 22])[0]
    leaves = rng.choice([rng.uniform(8.5, 17), rng.gauss(18.6, 1.4)]) * 3600
    entry.go(mode, leaves, errand_m(rng))
    if rng.random() < 0.62:
        entry.go(mode, leaves + rng.uniform(1, 3.5) * 3600, errand_m(rng), back=True)
