"""green-bank: card payments that carry a green mark, and no others. The bank keeps the rest to itself."""

from collections.abc import Iterator
from datetime import date
from random import Random

from sandbox.city.people import Person
from sandbox.city.records import Flaw, Record, clock

PARTNER = "green-bank"
NO_CUTLERY, SECOND_HAND = "no_cutlery", "second_hand_phone"
SECOND_HAND_PER_DAY = 0.0006
REFUNDED_SHARE = 0.015
REPEATED_SHARE = 0.001
UNREADABLE_SHARE = 0.0005


def report(person: Person, day: date, rng: Random) -> Iterator[Record]:
    weekend = 1.25 if day.weekday() >= 5 else 1.0
    if rng.random() < person.orders_per_day * weekend:
        noon = rng.random() < 0.55
        second = int((rng.gauss(12.0, 0.45) if noon else rng.gauss(18.7, 0.8)) * 3600)
        yield from _deliver(make(person, day, 0, second, NO_CUTLERY, rng), rng)
    if rng.random() < SECOND_HAND_PER_DAY:
        yield make(person, day, 1, rng.randrange(9 * 3600, 22 * 3600), SECOND_HAND, rng)


def make(person: Person, day: date, index: int, second: int, tag: str, rng: Random) -> Record:
    """One marked payment. `index` numbers the person's payments of the day."""
    number = person.subject(PARTNER)
    food = tag == NO_CUTLERY
    yuan = 26 * rng.lognormvariate(0, 0.4) if food else rng.uniform(600, 3600)
    row = {
        "id": f"GB-{day:%Y%m%d}-{person.number:06d}-{index}",
        "holder": {"id": number},
        "time": clock(day, second).replace(" ", "T") + "+08:00",
        "amount": round(yuan, 2),
        "mcc": "5814" if food else "5931",
        "green": {"tag": tag, "items": 1},
        "status": "refunded" if rng.random() < REFUNDED_SHARE else "settled",
    }
    return Record(number, second, row)


def _deliver(record: Record, rng: Random) -> Iterator[Record]:
    chance = rng.random()
    if chance < UNREADABLE_SHARE:
        yield record.spoiled(Flaw.UNREADABLE, time="昨天中午")
        return
    yield record
    if chance > 1 - REPEATED_SHARE:
        yield record.spoiled(Flaw.REPEATED)
