"""People who do something right now, beside what their diary says: for a demo that is alive at any hour."""

from datetime import date
from random import Random

from sandbox.city import diary, purchases, rides, taps
from sandbox.city.people import Person
from sandbox.city.records import Record

INDEX_FROM = 100_000
"""The numbers of such events of a person's day begin here; the second of the day is added."""


def by(person: Person, feed: str, day: date, second: int, rng: Random) -> Record | None:
    """What the partner of the feed knows of a person at this second: a ride that ends, a tap, an order.

    None for feeds that report by the day, and for a ride that would have begun yesterday.
    """
    index = INDEX_FROM + second
    if feed == rides.PARTNER:
        metres = diary.errand_m(rng)
        start = second - min(diary.ride_s(metres, rng), 5400)
        return rides.make(person, day, index, start, second, metres, rng) if start >= 0 else None
    if feed == taps.PARTNER:
        return taps.bus(person, day, second, rng)
    if feed == purchases.PARTNER:
        return purchases.make(person, day, index, second, purchases.NO_CUTLERY, rng)
    return None
