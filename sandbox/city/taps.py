"""metro-card: one row a tap, fares in fen, no number of its own; in and out of the metro are two rows."""

from collections.abc import Iterator
from datetime import date
from random import Random

from sandbox.city import metro
from sandbox.city.diary import Trip
from sandbox.city.people import Person
from sandbox.city.records import Flaw, Record, clock

PARTNER = "metro-card"
IN, OUT, BUS = "地铁入站", "地铁出站", "巴士"
COLUMNS = ("card_no", "deal_date", "deal_type", "deal_value", "deal_money", "company_name", "station", "car_no")
BUS_COMPANIES = ("示范公交", "东湖巴士")
LOST_SHARE = 0.006
"""Taps that never reach the clearing house; the other half of the journey stays alone."""
REPEATED_SHARE = 0.0006
UNREADABLE_SHARE = 0.0003


def report(person: Person, day: date, trips: list[Trip], rng: Random) -> Iterator[Record]:
    for trip in trips:
        if trip.mode == "bus":
            yield from _deliver(bus(person, day, trip.start_s, rng), rng)
        elif trip.mode == "metro":
            yield from _journey(person, day, trip, rng)


def bus(person: Person, day: date, second: int, rng: Random) -> Record:
    route = f"{rng.randrange(1, 320)}路"
    company = BUS_COMPANIES[rng.randrange(2)]
    plate = f"示A{rng.randrange(10_000, 99_999)}"
    return _tap(person, day, second, BUS, 200, 160 if rng.random() < 0.8 else 80, company, route, plate)


def _journey(person: Person, day: date, trip: Trip, rng: Random) -> Iterator[Record]:
    fare = metro.fare_fen(trip.distance_m)
    origin, destination = trip.origin, trip.destination
    gate = f"{rng.randrange(101, 148)}"
    into = _tap(person, day, trip.start_s, IN, 0, 0, origin.line, origin.name, f"IGT-{gate}")
    paid = fare * 95 // 100
    out = _tap(person, day, trip.end_s, OUT, fare, paid, destination.line, destination.name, f"OGT-{gate}")
    chance = rng.random()
    if chance < LOST_SHARE:
        yield into.spoiled(Flaw.UNMATCHED)
    elif chance < 2 * LOST_SHARE:
        yield out.spoiled(Flaw.UNMATCHED)
    else:
        yield from _deliver(into, rng, spoil=False)
        yield from _deliver(out, rng, spoil=False)


def _tap(
    person: Person,
    day: date,
    second: int,
    kind: str,
    value_fen: int,
    money_fen: int,
    company: str,
    place: str,
    device: str,
) -> Record:
    number = person.subject(PARTNER)
    row = {
        "card_no": number,
        "deal_date": clock(day, second),
        "deal_type": kind,
        "deal_value": str(value_fen),
        "deal_money": str(money_fen),
        "company_name": company,
        "station": place,
        "car_no": device,
    }
    return Record(number, second, row)


def _deliver(record: Record, rng: Random, *, spoil: bool = True) -> Iterator[Record]:
    chance = rng.random()
    if spoil and chance < UNREADABLE_SHARE:
        yield record.spoiled(Flaw.UNREADABLE, deal_date="")
        return
    yield record
    if chance > 1 - REPEATED_SHARE:
        yield record.spoiled(Flaw.REPEATED)
