"""What all partners know of a day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from random import Random

from sandbox.city import diary, purchases, rides, steps, taps, weather
from sandbox.city.people import FIRST_CITIZEN, PARTNERS, Cheat, Person, population
from sandbox.city.records import Flaw, Record

STRANGERS_FROM = 900_001
PEOPLE_PER_STRANGER = 300

Reports = dict[str, list[Record]]
"""Feed -> its records in the order in which the partner knew them."""


@dataclass(frozen=True, slots=True)
class City:
    seed: int
    opened: date
    """The first day that anybody has an account."""
    people: tuple[Person, ...]
    strangers: tuple[Person, ...]
    """People whom the partners know and the platform does not."""


def found(seed: int, citizens: int, opened: date) -> City:
    strangers = population(seed, range(STRANGERS_FROM, STRANGERS_FROM + citizens // PEOPLE_PER_STRANGER))
    people = population(seed, range(FIRST_CITIZEN, FIRST_CITIZEN + citizens))
    known = tuple(replace(stranger, joined_after_days=0, cheat=Cheat.NONE) for stranger in strangers)
    return City(seed, opened, people, known)


def of_person(city: City, person: Person, day: date, sky: weather.Weather) -> Iterator[tuple[str, Record]]:
    """(feed, record) of one person's day, from the day on which the person joined."""
    if day < person.joined(city.opened):
        return
    rng = Random((city.seed * 1_000_003 + person.number) * 1_000_003 + day.toordinal())
    trips = diary.write(person, day, sky, rng)
    made: dict[str, Iterable[Record]] = {
        rides.PARTNER: rides.report(person, day, trips, rng),
        taps.PARTNER: taps.report(person, day, trips, rng),
        steps.PARTNER: steps.report(person, day, trips, sky, rng),
        purchases.PARTNER: purchases.report(person, day, rng),
    }
    for feed, records in made.items():
        if feed in person.partners:
            for record in records:
                yield feed, record


def of_day(city: City, day: date) -> Reports:
    reports: Reports = {feed: [] for feed in PARTNERS}
    sky = weather.of(city.seed, day)
    for person in city.people:
        for feed, record in of_person(city, person, day, sky):
            reports[feed].append(record)
    for person in city.strangers:
        for feed, record in of_person(city, person, day, sky):
            reports[feed].append(replace(record, flaw=Flaw.STRANGER))
    for records in reports.values():
        records.sort(key=lambda record: record.known_s)
    return reports
