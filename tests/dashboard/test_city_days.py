"""What Welcome says of the city: a day moves with ten people more or not at all, the rest is what is published."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from dashboard.city import days, publication
from dashboard.models import CityDay
from tests.dashboard.conftest import TODAY

OCTOBER = date(2026, 10, 1)


@pytest.fixture
def ride(make_citizen, total):
    """So many people more bring 1.234 kg each on a day."""

    def bring(people: int, day: date = TODAY) -> list:
        riders = [make_citizen() for _number in range(people)]
        for citizen in riders:
            total(citizen, day, 1_234_000)
        return riders

    return bring


def shown() -> list[tuple[int, int]]:
    return list(CityDay.objects.order_by("day").values_list("citizens", "reduction_mg"))


def test_a_day_of_nine_is_not_shown(ride, client):
    ride(9)
    days.count(TODAY)
    assert shown() == []
    assert days.latest(TODAY) is None
    assert "11.1" not in client.get("/").text


def test_a_day_moves_with_ten_people_more_and_no_sooner(ride, total):
    riders = ride(10)
    days.count(TODAY)
    assert shown() == [(10, 12_000_000)]
    total(ride(9)[0], TODAY - timedelta(days=3), 1)
    days.count(TODAY)
    days.count(TODAY)
    assert shown() == [(10, 12_000_000)]
    ride(1)
    days.count(TODAY)
    assert shown() == [(20, 24_000_000)]
    assert len(riders) == 10


def test_what_the_same_people_bring_more_waits_for_others(ride, total, metro):
    for citizen in ride(10):
        days.count(TODAY)
        total(citizen, TODAY, 5_000_000, scenario=metro)
    days.count(TODAY)
    assert shown() == [(10, 12_000_000)]


def test_who_brought_no_grams_is_not_counted(ride, make_citizen, total):
    ride(9)
    total(make_citizen(), TODAY, 0, 1)
    days.count(TODAY)
    assert shown() == []


def test_yesterday_is_counted_on_and_shown_until_today_is(ride):
    ride(12, TODAY - timedelta(days=1))
    ride(30, TODAY - timedelta(days=2))
    days.count(TODAY)
    assert shown() == [(12, 14_000_000)]
    assert days.latest(TODAY).day == TODAY - timedelta(days=1)
    assert days.latest(TODAY + timedelta(days=1)) is None


@given(st.integers(0, 10**16))
def test_rounding_never_adds_and_keeps_two_digits(amount_mg):
    rounded = days.round_down(amount_mg)
    assert 0 <= amount_mg - rounded <= amount_mg // 10
    assert str(rounded).rstrip("0") == str(amount_mg)[:2].rstrip("0")


def test_the_database_refuses_a_day_of_few_and_a_small_step(db):
    for citizens in (9, 0):
        with pytest.raises(IntegrityError), transaction.atomic():
            CityDay.objects.create(day=TODAY, citizens=citizens, reduction_mg=1)
    CityDay.objects.create(day=TODAY, citizens=15, reduction_mg=1)
    for citizens in (14, 15, 24):
        with pytest.raises(IntegrityError, match="ten people"), transaction.atomic():
            CityDay.objects.update(citizens=citizens, reduction_mg=2)
    CityDay.objects.update(citizens=25, reduction_mg=2)


def test_all_months_together_are_those_that_are_published(ride, total):
    assert publication.so_far() is None
    riders = ride(12, OCTOBER)
    ride(12, date(2026, 9, 30))
    publication.publish(OCTOBER)
    total(riders[0], OCTOBER + timedelta(days=1), 9_000_000)
    found = publication.so_far()
    assert (found.last_day, found.reduction_mg) == (date(2026, 10, 31), 12 * 1_234_000)
    publication.publish(date(2026, 9, 1))
    assert publication.so_far().reduction_mg == 24 * 1_234_000


def test_a_month_of_few_adds_nothing_to_what_everybody_sees(ride):
    ride(3, OCTOBER)
    publication.publish(OCTOBER)
    assert publication.so_far() is None


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Shown once at least 10 people are behind it"), ("zh-hans", "满 10 人后显示")],
)
def test_welcome_says_why_today_has_no_number(ride, client, language, says):
    client.cookies["tanpuhui_language"] = language
    ride(12, OCTOBER)
    publication.publish(OCTOBER)
    ride(9)
    days.count(TODAY)
    page = client.get("/").text
    assert says in page
    assert "14.8" in page  # kg of October


def test_welcome_of_a_new_city_says_when_its_numbers_come(ride, client):
    client.cookies["tanpuhui_language"] = "en"
    later = "The first month is added up here a week after it has ended"
    page = client.get("/").text
    assert "Shown once at least 10 people are behind it" in page
    assert later in page
    assert "Base Empreinte" not in page  # no number, no source
    ride(12)
    days.count(TODAY)
    page = client.get("/").text
    assert later in page
    assert "Base Empreinte" in page
    ride(12, OCTOBER)
    publication.publish(OCTOBER)
    assert later not in client.get("/").text


def test_welcome_shows_the_rounded_day(ride, client):
    client.cookies["tanpuhui_language"] = "en"
    ride(11)
    days.count(TODAY)
    page = client.get("/").text
    assert '13 <span class="unit">kg</span>' in page
    assert "59" in page  # km by car
    assert "13.5" not in page
