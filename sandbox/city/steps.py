"""step-health: one row a person and day, known only after the day is over; and rides on one's own bike, as they end."""

from collections.abc import Iterator
from datetime import date
from random import Random

from sandbox.city.diary import DAY_S, Trip
from sandbox.city.people import Cheat, Person
from sandbox.city.records import Flaw, Record, clock
from sandbox.city.weather import Weather

PARTNER = "step-health"
NOT_WORN_SHARE = 0.07
UNREADABLE_SHARE = 0.0002
TRIP_STEPS = 380
"""Steps to and from a trip, at the median."""


def report(person: Person, day: date, trips: list[Trip], weather: Weather, rng: Random) -> Iterator[Record]:
    if person.takes_own_bike(day):
        yield from (ride(person, day, trip) for trip in trips if trip.mode == "bike")
    if person.cheat is Cheat.SHAKER and rng.random() < 0.5:
        yield make(person, day, rng.randrange(58_000, 99_000), Flaw.SHAKEN)
        return
    record = make(person, day, walked(person, day, len(trips), weather, rng))
    if rng.random() < UNREADABLE_SHARE:
        record = record.spoiled(Flaw.UNREADABLE, steps="n/a")
    yield record


def walked(person: Person, day: date, trips: int, weather: Weather, rng: Random) -> int:
    if rng.random() < NOT_WORN_SHARE:
        return 0
    usual = person.steps * weather.walking * (1.0 if day.weekday() < 5 else 0.94)
    return int(usual * max(0.06, rng.gauss(0.98, 0.40))) + trips * rng.randrange(TRIP_STEPS // 2, TRIP_STEPS * 2)


def ride(person: Person, day: date, trip: Trip) -> Record:
    number = person.subject(PARTNER)
    row = {
        "user": {"openid": number, "device": "watch"},
        "kind": "cycling",
        "date": clock(day, trip.start_s),
        "until": clock(day, trip.end_s),
        "km": round(trip.distance_m / 1000, 2),
    }
    return Record(number, trip.end_s, row)


def make(person: Person, day: date, steps: int, flaw: Flaw = Flaw.NONE) -> Record:
    number = person.subject(PARTNER)
    device = "band" if person.number % 3 == 0 else "phone"
    row = {"user": {"openid": number, "device": device}, "date": day.isoformat(), "steps": steps}
    return Record(number, DAY_S, row, flaw)
