"""Brings yesterday and today in as partners do while things happen: by signed webhooks over HTTP."""

import hashlib
import time
from datetime import date, datetime, timedelta

from activities.models import Delivery, Feed
from config import clock
from sandbox import webhooks
from sandbox.city import reports
from sandbox.city.records import Record
from sandbox.city.reports import City

DIGEST_SECONDS = 120


def bring(city: City, site_url: str, now: datetime) -> int:
    """Post what the partners know of yesterday and of today until `now`; return how many rows were posted."""
    today = clock.city_day(now)
    posted = 0
    for day in (today - timedelta(days=1), today):
        for feed, records in reports.of_day(city, day).items():
            known = [record for record in records if is_known(record, day, now)]
            for bunch in webhooks.in_bodies(known):
                post(site_url, feed, bunch)
                posted += len(bunch)
    return posted


def is_known(record: Record, day: date, now: datetime) -> bool:
    return clock.day_start(day) + timedelta(seconds=record.known_s) <= now


def post(site_url: str, feed: str, records: list[Record]) -> None:
    """Post one body. Its id says what is in it, so that the same body counts once. Raises NotTaken."""
    body = webhooks.encode(records)
    secret = Feed.objects.get(code=feed).secrets.split()[0]
    webhooks.post(site_url, feed, secret, f"{feed}-{hashlib.sha256(body.encode()).hexdigest()[:24]}", body)


def await_digestion() -> int:
    """Wait until the worker has taken in what was posted; return how many deliveries are still waiting."""
    deadline = time.monotonic() + DIGEST_SECONDS
    waiting = Delivery.objects.filter(door=Delivery.Door.WEBHOOK, state=Delivery.State.RECEIVED)
    while (left := waiting.count()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return left
