"""Plausible bike rides of many citizens, as the file of a partner."""

import gzip
import random
from collections.abc import Iterator
from datetime import timedelta

from accounts.linking import links
from accounts.models import Citizen, Consent
from activities.models import Feed
from config import clock

HEADER = "orderid,userid,start_time,end_time,crow_distance_km_derived"
FIRST_DAY = clock.day_start(clock.city_today() - timedelta(days=300))
"""Rides are on the days after this one: recent, and of enough days that none is still to come."""


def open_city(feed: Feed, citizens: int) -> list[str]:
    """Open citizens with a link each; return their subjects."""
    return open_people(feed, [str(number) for number in range(citizens)])


def open_people(feed: Feed, subjects: list[str]) -> list[str]:
    """The same for these subjects."""
    people = Citizen.objects.bulk_create([Citizen() for _subject in subjects], batch_size=5000)
    pairs = list(zip(people, subjects, strict=True))
    links.open_many(feed.partner, pairs, reads_from=FIRST_DAY, channel=Consent.Channel.SANDBOX)
    return subjects


def write_file(subjects: list[str], rows: int, day: int, pace: float = 1) -> bytes:
    """A gzipped CSV of `rows` rides on one day, three a citizen at most, none overlapping.

    With another `pace` they are the same rides over other distances.
    """
    return gzip.compress("\n".join(lines(subjects, rows, day, pace)).encode())


def lines(subjects: list[str], rows: int, day: int, pace: float = 1) -> Iterator[str]:
    """The same without the packing, line by line."""
    yield HEADER
    chance = random.Random(day)
    for number in range(rows):
        subject = subjects[number % len(subjects)]
        hour = 7 + 5 * (number // len(subjects) % 3)
        start = FIRST_DAY + timedelta(days=day, hours=hour, minutes=chance.randrange(180))
        minutes = chance.randrange(4, 40)
        end = start + timedelta(minutes=minutes)
        distance_km = minutes * chance.uniform(0.08, 0.2) * pace
        yield f"{day}-{subject}-{number},{subject},{start:%Y-%m-%d %H:%M},{end:%Y-%m-%d %H:%M},{distance_km:.3f}"
