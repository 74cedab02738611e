"""A merchant's statement: city days, whole amounts, and the ledger's word on it."""

import csv
import io
from datetime import date, datetime
from uuid import uuid4

import pytest
from django.utils import translation

from config import clock
from ledger.models import Account, Chart
from rewards import closing, redemption, settlement
from rewards.console import books
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


def sums(statement: settlement.Statement) -> tuple[int, ...]:
    """Points, value, fee, what is paid, and the ledger's points."""
    amounts = statement.points, statement.value_fen, statement.fee_fen, statement.paid_fen
    return *amounts, statement.ledger_points


def test_a_statement_has_the_confirmed_vouchers_of_its_city_days(confirm_at, cafe, coffee, rich):
    confirm_at(2026, 10, 31, 23, 59, 59)
    first = confirm_at(2026, 11, 1, 0, 0, 0)
    last = confirm_at(2026, 11, 30, 23, 59, 59)
    confirm_at(2026, 12, 1, 0, 0, 0)
    redemption.redeem(uuid4(), rich, coffee.id)  # not confirmed

    statement = settlement.state(cafe, *NOVEMBER)

    assert [(line.kind, line.voucher_tail, line.points, line.value_fen) for line in statement.lines] == [
        ("voucher", first.voucher_code[-4:], 10, 1550),
        ("voucher", last.voucher_code[-4:], 10, 1550),
    ]
    assert sums(statement) == (20, 3100, 0, 3100, 20)
    assert statement.agrees_with_ledger


def test_an_empty_statement_is_zero(cafe):
    statement = settlement.state(cafe, *NOVEMBER)
    assert (list(statement.lines), sums(statement)) == ([], (0, 0, 0, 0, 0))
    assert statement.agrees_with_ledger


def test_another_merchants_vouchers_are_not_in_it(confirm_at, make_merchant):
    confirm_at(2026, 11, 5)
    assert list(settlement.state(make_merchant("bakery"), *NOVEMBER).lines) == []


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
            assert len(list(settlement.state(cafe, *NOVEMBER).lines)) == count
        if count == 1:
            confirm_at(2026, 11, 6)
            confirm_at(2026, 11, 7)


class TestRefunds:
    """A refund is a negative line of its own day; the voucher stays what it was on its day."""

    @pytest.fixture
    def refund_at(self, owner):
        def refund(made: Redemption, *moment: int) -> None:
            redemption.refund(made.id, owner, "spoilt")
            Redemption.objects.filter(id=made.id).update(refunded_at=datetime(*moment, tzinfo=clock.city_zone()))

        return refund

    def test_in_the_same_month_both_lines_stand_and_cancel_out(self, confirm_at, refund_at, cafe, contract):
        confirm_at(2026, 11, 3)
        refund_at(confirm_at(2026, 11, 5), 2026, 11, 9)
        statement = settlement.state(cafe, *NOVEMBER)
        assert [(line.kind, line.points, line.value_fen, line.fee_fen, line.paid_fen) for line in statement.lines] == [
            ("voucher", 10, 1550, 39, 1511),
            ("voucher", 10, 1550, 39, 1511),
            ("refund", -10, -1550, -39, -1511),
        ]
        assert sums(statement) == (10, 1550, 39, 1511, 10)
        assert statement.agrees_with_ledger

    def test_in_a_later_month_each_has_its_line_and_both_agree_with_the_ledger(self, confirm_at, refund_at, cafe):
        refund_at(confirm_at(2026, 10, 31, 23), 2026, 11, 1)
        october = settlement.state(cafe, date(2026, 10, 1), date(2026, 10, 31))
        november = settlement.state(cafe, *NOVEMBER)
        assert (sums(october), sums(november)) == ((10, 1550, 0, 1550, 10), (-10, -1550, 0, -1550, -10))
        assert october.agrees_with_ledger and november.agrees_with_ledger
        assert settlement.months(cafe) == [date(2026, 11, 1), date(2026, 10, 1)]

    def test_a_month_in_which_all_was_refunded_is_still_there(self, confirm_at, refund_at, cafe):
        refund_at(confirm_at(2026, 10, 5), 2026, 10, 6)
        assert settlement.months(cafe) == [date(2026, 10, 1)]

    def test_a_refund_that_the_ledger_does_not_know_is_seen(self, confirm_at, cafe):
        made = confirm_at(2026, 11, 5)
        moment = datetime(2026, 11, 6, tzinfo=clock.city_zone())
        Redemption.objects.filter(id=made.id).update(state="refunded", refunded_at=moment)
        statement = settlement.state(cafe, *NOVEMBER)
        assert (statement.points, statement.ledger_points) == (0, 10)
        assert not statement.agrees_with_ledger

    def test_what_was_settled_keeps_its_fee_whatever_is_agreed_later(
        self, confirm_at, refund_at, cafe, contract, make_contract
    ):
        made = confirm_at(2026, 10, 5)
        closing.close(cafe, date(2026, 10, 31))
        make_contract(cafe, valid_from=date(2026, 11, 1), fee_bp=1000)
        confirm_at(2026, 11, 5)
        refund_at(made, 2026, 11, 6)
        assert [(line.kind, line.fee_fen) for line in settlement.state(cafe, *NOVEMBER).lines] == [
            ("voucher", 155),
            ("refund", -39),
        ]

    def test_what_the_merchant_gives_itself_is_worth_something_and_not_paid(
        self, confirm_at, cafe, make_offer, contract
    ):
        confirm_at(2026, 11, 5, offer=make_offer(funder="merchant"))
        assert sums(settlement.state(cafe, *NOVEMBER)) == (10, 1550, 0, 0, 10)


def test_the_page_shows_a_part_and_the_csv_all(confirm_at, client, owner, monkeypatch, make_offer):
    monkeypatch.setattr(books, "PAGE_SIZE", 2)
    offer = make_offer()
    for day in range(1, 6):
        confirm_at(2026, 11, day, offer=offer)
    client.force_login(owner.user)
    seen = []
    for page in (1, 2, 3):
        answer = client.get(f"/merchant/statement/?month=2026-11&page={page}")
        seen += [line.at.day for line in answer.context["page"]]
        assert answer.context["statement"].points == 50
    assert len(seen) == 5
    assert "?month=2026-11&amp;page=2" in answer.content.decode()
    answer = client.get("/merchant/statement.csv?month=2026-11")
    assert answer.streaming
    assert len(b"".join(answer.streaming_content).splitlines()) == 7


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (1550, "15.50"), (100_000_001, "1000000.01")])
def test_fen_are_written_as_yuan(fen, text):
    assert settlement.yuan(fen) == text


@pytest.mark.parametrize(("fen", "text"), [(0, "¥0.00"), (1550, "¥15.50"), (-5, "-¥0.05")])
def test_money_has_its_sign_before_the_currency(fen, text):
    assert settlement.money(fen) == text


def test_the_csv_is_readable_by_spreadsheets(confirm_at, cafe, contract):
    made = confirm_at(2026, 11, 5, 8, 15, 42)
    with translation.override("en"):
        text = "".join(settlement.write_csv(settlement.state(cafe, *NOVEMBER)))
    assert text[0] == "\ufeff"
    rows = list(csv.reader(io.StringIO(text[1:])))
    amounts = ["value (yuan)", "fee (yuan)", "paid (yuan)"]
    assert rows == [
        ["when", "kind", "offer", "points", *amounts, "end of the code"],
        ["2026-11-05 08:15:42", "voucher", "An Americano", "10", "15.50", "0.39", "15.11", made.voucher_code[-4:]],
        ["total", "1", "", "10", "15.50", "0.39", "15.11", ""],
    ]


@pytest.mark.parametrize("title", ["=1+1", "+86", "-1", "@cmd"])
def test_the_csv_holds_no_formulas(confirm_at, cafe, make_offer, title):
    confirm_at(2026, 11, 5, offer=make_offer(title_zh=title, title_en=title))
    rows = list(csv.reader(io.StringIO("".join(settlement.write_csv(settlement.state(cafe, *NOVEMBER))))))
    assert rows[1][2] == f"'{title}"
