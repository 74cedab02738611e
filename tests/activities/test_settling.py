"""Months that are over for a while are read from an index that holds the sums."""

from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from activities import settling
from activities.models import DailyTotal, Scenario
from config import partitions

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("parts_go")]

TODAY = date(2026, 11, 18)
OLD, RECENT = date(2026, 3, 5), date(2026, 11, 17)


def query(statement: str, *parameters: object) -> list:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()


def indexes() -> list[str]:
    return [name for (name,) in query("SELECT indexname FROM pg_indexes WHERE indexname LIKE %s ORDER BY 1", "%_sums")]


def total(citizen_id: UUID, day: date) -> DailyTotal:
    return DailyTotal.objects.create(
        citizen_id=citizen_id,
        city_day=day,
        scenario=Scenario.objects.get(code="shared-bike"),
        activities=1,
        distance_m=1000,
        reduction_mg=50_000,
        points=5,
    )


@pytest.fixture
def months() -> None:
    partitions.ensure(first=date(2026, 3, 1), only="activities_dailytotal")


def test_months_that_ended_14_days_ago_are_indexed_once(months):
    made = settling.settle(TODAY)
    assert made == [
        f"activities_dailytotal_2026_{month:02}_sums" for month in range(3, 11)
    ]  # October ended 17 days ago
    assert (settling.settle(TODAY), indexes()) == ([], made)
    assert settling.settle(date(2026, 12, 15)) == ["activities_dailytotal_2026_11_sums"]


def test_a_settled_month_is_read_from_the_index_alone_and_still_takes_corrections(months):
    citizen_id = uuid4()
    for day in (OLD, RECENT):
        total(citizen_id, day)
    settling.settle(TODAY)
    found = DailyTotal.objects.filter(citizen_id=citizen_id).order_by("city_day")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plan = found.filter(city_day=OLD).values_list("scenario_id", "activities", "reduction_mg", "points").explain()
    assert "Index Only Scan using activities_dailytotal_2026_03_sums" in plan
    found.filter(city_day=OLD).update(reduction_mg=40_000)
    assert list(found.values_list("city_day", "reduction_mg")) == [(OLD, 40_000), (RECENT, 50_000)]


def test_an_index_that_was_not_finished_is_made_anew(months):
    settling.settle(TODAY)
    name = "activities_dailytotal_2026_05_sums"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [name])
    assert settling.settle(TODAY) == [name]
    assert query("SELECT indisvalid FROM pg_index WHERE indexrelid = %s::regclass", name) == [(True,)]
