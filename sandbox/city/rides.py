"""swift-bike: one row a ride, local times, the distance in km as the lock's receiver measured it."""

from collections.abc import Iterator
from datetime import date
from random import Random

from sandbox.city.diary import Trip
from sandbox.city.people import Cheat, Person
from sandbox.city.records import Flaw, Record, clock

PARTNER = "swift-bike"
COLUMNS = ("order_no", "user", "bike_no", "unlocked_at", "locked_at", "distance_km", "status")
CANCELLED_SHARE = 0.012
REPEATED_SHARE = 0.001
UNREADABLE_SHARE = 0.0006
SECOND_BIKE = {Cheat.COMPANION: 0.06, Cheat.TWO_BIKES: 0.4}
"""How often a ride is accompanied by one on a second bike, against the rules."""


def report(person: Person, day: date, trips: list[Trip], rng: Random) -> Iterator[Record]:
    rides = [trip for trip in trips if trip.mode == "bike"]
    for index, ride in enumerate(rides):
        record = make(person, day, index, ride.start_s, ride.end_s, ride.distance_m, rng)
        yield from _deliver(record, rng) if person.cheat is Cheat.NONE else [record]
        if rng.random() < SECOND_BIKE.get(person.cheat, 0):
            start = ride.start_s + (ride.end_s - ride.start_s) // 3
            yield make(person, day, 50 + index, start, ride.end_s + 90, ride.distance_m, rng, Flaw.OVERLAP)
    if person.cheat is Cheat.VAN and rides and rng.random() < 0.3:
        start = rides[-1].end_s + 600
        took, metres = rng.randrange(1200, 2000), rng.randrange(20_000, 33_000)
        if start + took < 86_000:
            yield make(person, day, 90, start, start + took, metres, rng, Flaw.TOO_FAST)


def make(
    person: Person,
    day: date,
    index: int,
    start_s: int,
    end_s: int,
    distance_m: int,
    rng: Random,
    flaw: Flaw = Flaw.NONE,
) -> Record:
    """One ride. `index` numbers the person's rides of the day."""
    number = person.subject(PARTNER)
    row = {
        "order_no": f"SB{day:%y%m%d}{person.number:06d}{index:02d}",
        "user": number,
        "bike_no": f"{rng.randrange(1_000_000, 9_999_999)}",
        "unlocked_at": clock(day, start_s),
        "locked_at": clock(day, end_s),
        "distance_km": f"{distance_m / 1000:.2f}",
        "status": "completed",
    }
    return Record(number, end_s, row, flaw)


def _deliver(record: Record, rng: Random) -> Iterator[Record]:
    chance = rng.random()
    if chance < UNREADABLE_SHARE:
        changes = rng.choice([{"distance_km": "-0.41"}, {"locked_at": ""}, {"unlocked_at": "20261301 0800"}])
        yield record.spoiled(Flaw.UNREADABLE, **changes)
        return
    if chance > 1 - CANCELLED_SHARE:
        record.row["status"] = "cancelled"
    yield record
    if chance < UNREADABLE_SHARE + REPEATED_SHARE:
        yield record.spoiled(Flaw.REPEATED)
