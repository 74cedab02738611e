"""swift-bike: one row a ride, local times, the distance in km as the lock's receiver measured it.

The company lends electric bikes too, and brings together people who share a car.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from sandbox.city import cheats
from sandbox.city.diary import LATEST_S, Trip
from sandbox.city.people import Cheat, Person
from sandbox.city.records import Flaw, Record, clock

PARTNER = "swift-bike"
COLUMNS = ("order_no", "user", "bike_no", "unlocked_at", "locked_at", "distance_km", "status", "product", "people")
BIKE, EBIKE, CARPOOL = "bike", "ebike", "carpool"
EBIKE_FROM_M, EBIKE_SHARE, EBIKE_HASTE = 3000, 0.35, 0.6
"""Longer ways are now and then taken electrically, in a part of the time."""
CANCELLED_SHARE = 0.012
REPEATED_SHARE = 0.001
UNREADABLE_SHARE = 0.0006
SECOND_BIKE = {Cheat.COMPANION: 0.06, Cheat.TWO_BIKES: 0.4}
"""How often a ride is accompanied by one on a second bike, against the rules."""
PLAYED, PLAYED_SHARE = ("threshold", "duration_too_long", "daily_cap"), 0.4
"""What players repeat (see `cheats`), and on how many days, instead of riding."""


def report(person: Person, day: date, trips: list[Trip], rng: Random) -> Iterator[Record]:
    yield from _carpools(person, day, trips, rng)
    if person.takes_own_bike(day):
        return
    if person.cheat is Cheat.PLAYER and rng.random() < PLAYED_SHARE:
        yield from _play(person, day, rng)
        return
    rides = [trip for trip in trips if trip.mode == "bike"]
    for index, ride in enumerate(rides):
        product = EBIKE if ride.distance_m >= EBIKE_FROM_M and rng.random() < EBIKE_SHARE else BIKE
        end_s = ride.end_s if product == BIKE else ride.start_s + int((ride.end_s - ride.start_s) * EBIKE_HASTE)
        record = make(person, day, index, ride.start_s, end_s, ride.distance_m, rng, product=product)
        yield from _deliver(record, rng) if person.cheat is Cheat.NONE else [record]
        if rng.random() < SECOND_BIKE.get(person.cheat, 0):
            start = ride.start_s + (ride.end_s - ride.start_s) // 3
            yield make(person, day, 50 + index, start, ride.end_s + 90, ride.distance_m, rng, Flaw.OVERLAP)
    if person.cheat is Cheat.VAN and rides and rng.random() < 0.3:
        start = rides[-1].end_s + 600
        took, metres = rng.randrange(1200, 2000), rng.randrange(20_000, 33_000)
        if start + took < 86_000:
            yield make(person, day, 90, start, start + took, metres, rng, Flaw.TOO_FAST)


def _carpools(person: Person, day: date, trips: list[Trip], rng: Random) -> Iterator[Record]:
    for index, trip in enumerate(trip for trip in trips if trip.mode == "carpool"):
        yield make(
            person, day, 30 + index, trip.start_s, trip.end_s, trip.distance_m, rng,
            product=CARPOOL, people=rng.choice((2, 2, 2, 3, 3, 4)),
        )  # fmt: skip


def _play(person: Person, day: date, rng: Random) -> Iterator[Record]:
    """Rides that a lock would report of a fraud; those that reach into the next day are not made."""
    midnight = datetime.combine(day, time())
    scene = cheats.Scene(person.subject(PARTNER), midnight, rng)
    cheats.KINDS[rng.choice(PLAYED)](scene, False)
    for index, row in enumerate(scene.rows):
        start_s, end_s = (
            (datetime.fromisoformat(row[part]) - midnight) // timedelta(seconds=1) for part in ("begin", "end")
        )
        if end_s < LATEST_S:
            yield make(person, day, 60 + index, start_s, end_s, row["metres"], rng, Flaw.PLAYED)


def make(
    person: Person,
    day: date,
    index: int,
    start_s: int,
    end_s: int,
    distance_m: int,
    rng: Random,
    flaw: Flaw = Flaw.NONE,
    *,
    product: str = BIKE,
    people: int = 1,
) -> Record:
    """One ride. `index` numbers the person's rides of the day, `people` those in a shared car with the driver."""
    number = person.subject(PARTNER)
    row = {
        "order_no": f"SB{day:%y%m%d}{person.number:06d}{index:02d}",
        "user": number,
        "bike_no": f"{rng.randrange(1_000_000, 9_999_999)}",
        "unlocked_at": clock(day, start_s),
        "locked_at": clock(day, end_s),
        "distance_km": f"{distance_m / 1000:.2f}",
        "status": "completed",
        "product": product,
        "people": people,
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
