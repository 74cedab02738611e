"""green-bank: card payments that carry a green mark, and no others. The bank keeps the rest to itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from random import Random

from sandbox.city.diary import DAY_S
from sandbox.city.people import DEMO_CITIZEN, Person
from sandbox.city.records import Flaw, Record, clock

PARTNER = "green-bank"
NO_CUTLERY, SECOND_HAND, BILL, INVOICE, CHARGE = (
    "no_cutlery", "second_hand_phone", "online_bill", "e_invoice", "ev_charging",
)  # fmt: skip
TICKET, CLOTHES, GREEN_CARD, PARKED = "e_ticket", "clothes_recycling", "green_card", "parked_day"
KINDS = {
    NO_CUTLERY: ("5814", 16, 40),
    SECOND_HAND: ("5931", 600, 3600),
    BILL: ("4900", 40, 260),
    INVOICE: ("5812", 30, 300),
    CHARGE: ("5552", 8, 45),
    TICKET: ("7832", 20, 180),
    CLOTHES: ("5931", 1.5, 12),
    GREEN_CARD: ("5411", 15, 320),
    PARKED: ("6300", 4, 8),
}
"""Merchant category, and between how many yuan (kWh of a charge, kg of clothes) a payment usually is."""
PER_DAY = {SECOND_HAND: 0.0006, BILL: 0.07, INVOICE: 0.05, TICKET: 0.02, CLOTHES: 0.003, GREEN_CARD: 0.03}
SHOWN, SHOWN_TIMES = {TICKET, CLOTHES}, 5
"""What the demo citizen does so many times as often, to be seen."""
DRIVERS_EVERY, CHARGES_PER_DAY, PARKED_PER_DAY = 12, 0.3, 0.1
MEASURED = {CHARGE: ("kwh", 1.4), CLOTHES: ("kg", 0.6)}
"""What is told instead of a number of items, and the yuan for one of it."""
REFUNDED_SHARE = 0.015
REPEATED_SHARE = 0.001
UNREADABLE_SHARE = 0.0005


def report(person: Person, day: date, rng: Random) -> Iterator[Record]:
    weekend = 1.25 if day.weekday() >= 5 else 1.0
    if rng.random() < person.orders_per_day * weekend:
        noon = rng.random() < 0.55
        second = int((rng.gauss(12.0, 0.45) if noon else rng.gauss(18.7, 0.8)) * 3600)
        yield from _deliver(make(person, day, 0, second, NO_CUTLERY, rng), rng)
    for index, (tag, chance) in enumerate(PER_DAY.items(), 1):
        shown = person.number == DEMO_CITIZEN and tag in SHOWN
        if rng.random() < chance * (SHOWN_TIMES if shown else 1):
            yield make(person, day, index, rng.randrange(9 * 3600, 22 * 3600), tag, rng)
    if person.number % DRIVERS_EVERY == 0:
        chance = rng.random()
        if chance < CHARGES_PER_DAY:
            yield make(person, day, 1 + len(PER_DAY), rng.randrange(6 * 3600, 23 * 3600), CHARGE, rng)
        elif chance > 1 - PARKED_PER_DAY:  # the insurer pays for a day without a kilometre, once it is over
            yield _parked(person, day, rng)


def _parked(person: Person, day: date, rng: Random) -> Record:
    record = make(person, day, 2 + len(PER_DAY), 0, PARKED, rng)
    next_day = clock(day + timedelta(days=1), 0).replace(" ", "T") + "+08:00"
    stood = {"tag": PARKED, "until": next_day, "km": 0, "car": "electric"}
    return replace(record, row={**record.row, "green": stood}, known_s=DAY_S)


def make(person: Person, day: date, index: int, second: int, tag: str, rng: Random) -> Record:
    """One marked payment. `index` numbers the person's payments of the day."""
    number = person.subject(PARTNER)
    category, least, most = KINDS[tag]
    size = round(26 * rng.lognormvariate(0, 0.4) if tag == NO_CUTLERY else rng.uniform(least, most), 2)
    unit, yuan = MEASURED.get(tag, ("items", 1))
    row = {
        "id": f"GB-{day:%Y%m%d}-{person.number:06d}-{index}",
        "holder": {"id": number},
        "time": clock(day, second).replace(" ", "T") + "+08:00",
        "amount": round(size * yuan, 2),
        "mcc": category,
        "green": {"tag": tag, unit: size if tag in MEASURED else 1},
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
