"""Batches open only the parts of the months that can matter, and the books are the same whatever part a row lies in."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activities.models import Activity, Event, QuarantinedRow, Reduction
from config import clock, partitions
from tests.activities.conftest import rides, take_in

pytestmark = pytest.mark.django_db


def ride(number: int, start, minutes: int = 15, km: float = 2.0) -> tuple:
    end = start + timedelta(minutes=minutes)
    return (f"r{number}", "7", f"{start:%Y-%m-%d %H:%M}", f"{end:%Y-%m-%d %H:%M}", km)


def morning(days_ago: int = 0):
    return clock.day_start(clock.city_today() - timedelta(days=days_ago)) - timedelta(hours=16)


@pytest.fixture
def rider(bike_feed, link, alice):
    link(alice, bike_feed, "7")
    return alice


def opened(statement: str) -> set[str]:
    """The parts that a statement, run for real, looked into."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT TEXT, COSTS OFF) {statement}")
        lines = [line for (line,) in cursor.fetchall()]
    scans = [line for line in lines if " on activities_" in line and "never executed" not in line]
    return {line.split(" on activities_")[1].split()[0] for line in scans}


def statements(queries: CaptureQueriesContext, words: str) -> list[str]:
    return [query["sql"] for query in queries.captured_queries if words in query["sql"]]


def test_a_batch_of_these_days_opens_no_part_of_older_months(bike_feed, rider):
    past = clock.city_today().replace(day=1) - timedelta(days=100)
    partitions.ensure(first=past)
    take_in(bike_feed, rides(ride(1, morning(1))))
    with CaptureQueriesContext(connection) as queries:
        take_in(bike_feed, rides(ride(1, morning(1), km=2.5), ride(2, morning(2))))
    (load, *_others) = statements(queries, "LATERAL")
    oldest = (morning(2) - timedelta(days=4)).date().replace(day=1)
    months = {part.name for part in partitions.parts("activities_activity") if part.first and part.first < oldest}
    assert len(months) >= 3
    looked = opened(load)
    assert looked
    assert not {f"activities_{name}" for name in looked} & months


def test_the_reductions_of_an_activity_are_looked_for_in_one_part(bike_feed, rider):
    partitions.ensure(first=clock.city_today() - timedelta(days=100))
    take_in(bike_feed, rides(ride(1, morning(1))))
    with CaptureQueriesContext(connection) as queries:
        take_in(bike_feed, rides(ride(1, morning(1), km=2.5)))
    (probe,) = statements(queries, "JOIN activities_reduction r ON r.citizen_id = own.citizen_id")
    assert opened(probe) == {f"reduction_{clock.city_today():%Y_%m}"}


def test_a_start_more_than_a_day_ahead_is_quarantined_and_one_of_a_wrong_clock_is_not(bike_feed, rider):
    ahead, soon = clock.day_start(clock.city_today() + timedelta(days=2)), timezone.now() + timedelta(hours=20)
    outcome = take_in(bike_feed, rides(ride(1, ahead), ride(2, soon.astimezone(clock.city_zone()))))
    assert (outcome.quarantined, outcome.reasons["in_the_future"]) == (1, 1)
    assert QuarantinedRow.objects.get().code == "in_the_future"
    assert Activity.objects.count() == 1


def test_a_correction_does_not_move_an_event_behind_its_first_telling(bike_feed, rider, monkeypatch):
    take_in(bike_feed, rides(ride(1, morning(1))))
    before = [list(model.objects.values()) for model in (Event, Activity, Reduction)]
    late = timezone.now() + timedelta(days=3)
    monkeypatch.setattr(timezone, "now", lambda: late)
    outcome = take_in(bike_feed, rides(ride(1, late.astimezone(clock.city_zone()) - timedelta(hours=1))))
    assert (outcome.duplicates, outcome.corrected) == (1, 0)
    assert [list(model.objects.values()) for model in (Event, Activity, Reduction)] == before


def test_books_are_the_same_while_their_month_has_no_part(bike_feed, rider):
    with connection.cursor() as cursor:
        for table in partitions.tables():
            cursor.execute(f"DROP TABLE {table.part(clock.city_today().replace(day=1))}")
    assert take_in(bike_feed, rides(ride(1, morning(1)), ride(2, morning(2)))).accepted == 2
    booked = list(Reduction.objects.order_by("id").values())
    partitions.ensure(first=clock.city_today())
    assert partitions.strays() == {}
    assert list(Reduction.objects.order_by("id").values()) == booked
    assert take_in(bike_feed, rides(ride(1, morning(1)), ride(2, morning(2)))).duplicates == 2
    assert take_in(bike_feed, rides(ride(1, morning(1), km=2.5))).corrected == 1
    assert Reduction.objects.count() == 4
