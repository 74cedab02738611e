"""The city while it is shown: what happens now is posted as signed webhooks every few seconds."""

import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from random import Random

from django.db import connection
from django.utils import timezone

from accounts.linking.models import Link
from config import clock
from sandbox import webhooks
from sandbox.city import passing, people, purchases, reports, rides, taps
from sandbox.city.people import Person
from sandbox.city.records import Record
from sandbox.city.reports import City, Reports
from sandbox.demo import recent

TICK_SECONDS = 4
REST = timedelta(hours=2)
"""How long somebody who did something stays quiet, so that trips never overlap."""
GUEST_PAUSE = timedelta(minutes=4)
FEEDS = (rides.PARTNER, taps.PARTNER, purchases.PARTNER)


class Trickle(threading.Thread):
    """Posts until it is stopped. Tells when a guest's first activity was reported."""

    def __init__(self, city: City, site_url: str, since: datetime, say: Callable[[str], None]) -> None:
        super().__init__(daemon=True)
        self.city, self.site_url, self.say = city, site_url, say
        self.started, self.reported_until = timezone.now(), since
        self.rng = Random(city.seed ^ int(since.timestamp()))
        self.day: date | None = None
        self.today: Reports = {}
        self.quiet: list[Person] = []
        self.seen_at: dict[tuple[str, int], datetime] = {}
        self.stopped = threading.Event()

    def run(self) -> None:
        try:
            while not self.stopped.wait(TICK_SECONDS):
                try:
                    self.tick(timezone.now())
                except webhooks.NotTaken as problem:
                    self.say(f"A webhook was not taken: {problem}")
        finally:
            connection.close()

    def stop(self) -> None:
        self.stopped.set()
        self.join()

    def tick(self, now: datetime) -> int:
        """Post everything that became known since the last tick; return how many rows."""
        self._begin_day(clock.city_day(now))
        happened = self._planned(now)
        for feed, record in [*self._guests(now), *self._passers_by(now)]:
            happened.setdefault(feed, []).append(record)
        self.reported_until = now
        for feed, records in happened.items():
            for bunch in webhooks.in_bodies(records):
                recent.post(self.site_url, feed, bunch)
        return sum(map(len, happened.values()))

    def _begin_day(self, day: date) -> None:
        if day == self.day:
            return
        if self.day is not None:  # what the old day still holds becomes known at midnight
            self._post_rest()
        self.day, self.today = day, reports.of_day(self.city, day)
        busy = {record.subject[-6:] for feed in (rides.PARTNER, taps.PARTNER) for record in self.today[feed]}
        self.quiet = [
            person
            for person in self.city.people
            if f"{person.number:06d}" not in busy and person.joined(self.city.opened) <= day
        ]

    def _post_rest(self) -> None:
        for feed, records in self._planned(clock.day_end(self.day or clock.city_today())).items():
            for bunch in webhooks.in_bodies(records):
                recent.post(self.site_url, feed, bunch)

    def _planned(self, now: datetime) -> Reports:
        """Today's records that became known since the last tick."""
        day = self.day or clock.city_day(now)
        due = {
            feed: [
                record
                for record in records
                if recent.is_known(record, day, now) and not recent.is_known(record, day, self.reported_until)
            ]
            for feed, records in self.today.items()
        }
        return {feed: records for feed, records in due.items() if records}

    def _passers_by(self, now: datetime) -> list[tuple[str, Record]]:
        """One or two people of those who have no plans today."""
        found = []
        for person in self.rng.sample(self.quiet, min(len(self.quiet), self.rng.choice((1, 1, 2)))):
            feeds = [feed for feed in FEEDS if feed in person.partners]
            if feeds:
                found += self._happen(person, self.rng.choice(feeds), now, REST)
        return found

    def _guests(self, now: datetime) -> list[tuple[str, Record]]:
        """People who linked an account while the city is shown: their partners report something soon."""
        found = []
        for link in Link.objects.filter(ended_at=None, linked_at__gt=self.started).select_related("partner"):
            if link.partner.code in FEEDS:
                guest = people.person(self.city.seed, int(link.subject[-6:]))
                first = (link.partner.code, guest.number) not in self.seen_at
                happened = self._happen(guest, link.partner.code, now, GUEST_PAUSE)
                if first and happened:
                    self.say(f"{link.partner.name_en} reports an activity of {link.subject}.")
                found += happened
        return found

    def _happen(self, person: Person, feed: str, now: datetime, pause: timedelta) -> list[tuple[str, Record]]:
        last = self.seen_at.get((feed, person.number))
        if last is not None and now - last < pause:
            return []
        second = int((now - clock.day_start(clock.city_day(now))).total_seconds())
        record = passing.by(person, feed, clock.city_day(now), second, self.rng)
        if record is None:
            return []
        self.seen_at[feed, person.number] = now
        return [(feed, record)]
