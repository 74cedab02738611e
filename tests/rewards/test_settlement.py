"""A merchant's statement: city days, whole amounts, and the ledger's word on it."""

import csv
import io
from datetime import date, datetime
from uuid import uuid4

import pytest
from django.utils import translation

from config import clock
from ledger.models import Account, Chart
from rewards import redemption, settlement
from rewards.models import Redemption

pytestmark = pytest.mark.django_db

NOVEMBER = (date(2026, 11, 1), date(2026, 11, 30))


@pytest.fixture
def confirm_at(rich, coffee, clerk):
    """A coffee, confirmed at a moment in the city."""

    def confirm(*moment: int, offer=coffee) -> Redemption:
        made, _new = redemption.redeem(uuid4(), rich, offer.id)
        redemption.confirm(made.voucher_code, clerk)
        Redemption.objects.filter(id=made.id).update(closed_at=datetime(*moment, tzinfo=clock.city_zone()))
        made.refresh_from_db()
        return made

    return confirm


def test_a_statement_has_the_confirmed_vouchers_of_its_city_days(confirm_at, cafe, coffee, rich):
    confirm_at(2026, 10, 31, 23, 59, 59)
    first = confirm_at(2026, 11, 1, 0, 0, 0)
    last = confirm_at(2026, 11, 30, 23, 59, 59)
    confirm_at(2026, 12, 1, 0, 0, 0)
    redemption.redeem(uuid4(), rich, coffee.id)  # not confirmed

    statement = settlement.state(cafe, *NOVEMBER)

    assert [(line.voucher_tail, line.points, line.value_fen) for line in statement.lines] == [
        (first.voucher_code[-4:], 10, 1550),
        (last.voucher_code[-4:], 10, 1550),
    ]
    assert (statement.points, statement.value_fen, statement.ledger_points) == (20, 3100, 20)
    assert statement.agrees_with_ledger


def test_an_empty_statement_is_zero(cafe):
    statement = settlement.state(cafe, *NOVEMBER)
    assert (statement.lines, statement.points, statement.value_fen, statement.ledger_points) == ([], 0, 0, 0)
    assert statement.agrees_with_ledger


def test_another_merchants_vouchers_are_not_in_it(confirm_at, make_merchant):
    confirm_at(2026, 11, 5)
    assert settlement.state(make_merchant("bakery"), *NOVEMBER).lines == []


def test_a_line_that_the_ledger_does_not_know_is_seen(confirm_at, cafe):
    made = confirm_at(2026, 11, 5)
    Redemption.objects.filter(id=made.id).update(points=11)
    assert not settlement.state(cafe, *NOVEMBER).agrees_with_ledger


def test_a_missing_account_in_the_ledger_is_seen(confirm_at, cafe):
    confirm_at(2026, 11, 5)
    Account.objects.filter(code=Chart.MERCHANT).delete()
    assert settlement.state(cafe, *NOVEMBER).ledger_points == 0


def test_the_months_are_the_citys(confirm_at, cafe):
    confirm_at(2026, 10, 31, 23, 59, 59)
    confirm_at(2026, 11, 1, 0, 0, 0)
    confirm_at(2026, 11, 30, 23, 59, 59)
    assert settlement.months(cafe) == [date(2026, 11, 1), date(2026, 10, 1)]


def test_a_statement_takes_two_queries_however_long(confirm_at, cafe, django_assert_num_queries):
    confirm_at(2026, 11, 5)
    for count in (1, 3):
        with django_assert_num_queries(2):
            settlement.state(cafe, *NOVEMBER)
        if count == 1:
            confirm_at(2026, 11, 6)
            confirm_at(2026, 11, 7)


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (1550, "15.50"), (100_000_001, "1000000.01")])
def test_fen_are_written_as_yuan(fen, text):
    assert settlement.yuan(fen) == text


def test_the_csv_is_readable_by_spreadsheets(confirm_at, cafe):
    made = confirm_at(2026, 11, 5, 8, 15, 42)
    with translation.override("en"):
        text = settlement.write_csv(settlement.state(cafe, *NOVEMBER))
    assert text[0] == "\ufeff"
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert rows[0] == ["confirmed at", "offer", "points", "value (yuan)", "end of the code"]
    assert rows[1][:4] == ["2026-11-05 08:15:42", "An Americano", "10", "15.50"]
    assert rows[1][4].lstrip("'") == made.voucher_code[-4:]
    assert rows[2] == ["total", "1", "10", "15.50", ""]


@pytest.mark.parametrize("title", ["=1+1", "+86", "-1", "@cmd"])
def test_the_csv_holds_no_formulas(confirm_at, cafe, make_offer, title):
    confirm_at(2026, 11, 5, offer=make_offer(title_zh=title, title_en=title))
    rows = list(csv.reader(io.StringIO(settlement.write_csv(settlement.state(cafe, *NOVEMBER)))))
    assert rows[1][1] == f"'{title}"
