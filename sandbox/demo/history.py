"""Brings past days of the city in through the file door: files per partner and month, in two parts each.

The parts hold different people, so that two processes can take them in at the same time and never wait for
each other.
"""

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from django.db import connections

from activities.intake import files as file_door
from activities.models import Feed
from activities.outcome import Outcome
from config import partitions
from sandbox.city import files, reports
from sandbox.city.people import PARTNERS
from sandbox.city.reports import City, Reports
from sandbox.demo import plan as plans
from sandbox.demo.plan import Plan

PARTS = 2
Span = tuple[date, date]
"""The first and the last day."""


def bring(city: City, plan: Plan, last: date, say: Callable[[str], None], *, processes: int = PARTS) -> Outcome:
    """Deliver what was not delivered yet, up to and including the day `last`. Returns the counts of this run.

    With one process nothing is forked, as tests need it.
    """
    brought = Outcome()
    partitions.ensure(first=plan.next_day, only="activities_dailytotal")
    with _pool(processes) as pool:
        for span in spans(plan.next_day, last):
            jobs = [(_part(city, number), span, number) for number in range(PARTS)]
            of_span = Outcome()
            for outcome in pool.map(deliver, *zip(*jobs, strict=True)) if pool else [deliver(*job) for job in jobs]:
                of_span.add(outcome)
            plan = plan.delivered(span[1])
            brought.add(of_span)
            say(f"  {span[0]} to {span[1]}: {of_span.rows:,} rows, {of_span.accepted:,} accepted")
    return brought


def spans(first: date, last: date) -> Iterator[Span]:
    """The days from `first` to `last`, cut where months end."""
    while first <= last:
        next_month = (first.replace(day=1) + timedelta(days=32)).replace(day=1)
        end = min(last, next_month - timedelta(days=1))
        yield first, end
        first = end + timedelta(days=1)


def deliver(city: City, span: Span, part: int) -> Outcome:
    """Write the partners' files of a span and hand them over."""
    feeds = Feed.objects.select_related("partner").in_bulk(PARTNERS, field_name="code")
    brought = Outcome()
    for code, records in _gather(city, span).items():
        if records:
            path = _folder() / f"{code}_{span[0]}_{span[1]}_{part + 1}of{PARTS}.{files.SUFFIXES[code]}"
            path.write_bytes(files.encode(code, records))
            brought.add(file_door.take_in(path, feeds[code]))
    return brought


class _Here:
    """Stands where the pool would be: the work is done in this process."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: object) -> None:
        return None


def _pool(processes: int) -> Executor | _Here:
    if processes == 1:
        return _Here()
    connections.close_all()  # a connection must not be shared with a fork
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("fork"))


def _part(city: City, number: int) -> City:
    return replace(
        city,
        people=tuple(person for person in city.people if person.number % PARTS == number),
        strangers=tuple(person for person in city.strangers if person.number % PARTS == number),
    )


def _gather(city: City, span: Span) -> Reports:
    gathered: Reports = {feed: [] for feed in PARTNERS}
    for offset in range((span[1] - span[0]).days + 1):
        for feed, records in reports.of_day(city, span[0] + timedelta(days=offset)).items():
            gathered[feed].extend(records)
    return gathered


def _folder() -> Path:
    path = plans.folder() / "deliveries"
    path.mkdir(exist_ok=True)
    return path
