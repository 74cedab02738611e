"""Points expire by period, oldest first; holds stay reserved; notices go ahead; everything may run twice."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from config import clock
from ledger import audit, clawback, expiry, holds, statements
from ledger.clawback import Clawback
from ledger.expiry import Boundary, Expiring, boundaries
from ledger.models import Chart, Code, ExpiryNotice, ExpiryRule, ExpirySweep, Transfer
from ledger.posting import Draft, issuance_account, open_account, post
from tests.ledger.book import fingerprint, holder, payment

ALICE, BOB, SHOP = holder("alice"), holder("bob"), holder("shop")
FIRST_HALF, SECOND_HALF = date(2026, 3, 5), date(2026, 9, 5)
END_OF_FIRST, END_OF_SECOND = date(2027, 1, 1), date(2027, 7, 1)
"""When points of the first and the second half of 2026 expire: six months after its end."""


def instant(day: date) -> datetime:
    return clock.day_start(day) + timedelta(hours=9)


def earn(day: date, amount: int, name: str = "alice", code: Code = Code.AWARD) -> None:
    """An award as posted on that day; the database would write today's."""
    id = uuid4()
    post([Draft(id, issuance_account(), open_account(holder(name), Chart.CITIZEN), amount, code, id)])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER transfer_is_append_only")
        cursor.execute("UPDATE ledger_transfer SET created_at = %s WHERE id = %s", [instant(day), id])
        cursor.execute("ALTER TABLE ledger_transfer ENABLE TRIGGER transfer_is_append_only")


def hold(amount: int):
    return holds.place(uuid4(), ALICE, amount, timezone.now() + timedelta(days=1))


def balances() -> tuple[int, int]:
    return statements.balance(ALICE), statements.balance(ALICE, Chart.HELD)


def expired() -> int:
    return sum(Transfer.objects.filter(code=Code.EXPIRE).values_list("amount", flat=True))


@pytest.fixture
def half_years(db) -> ExpiryRule:
    return ExpiryRule.objects.create(valid_from=date(2026, 1, 1), period_months=6, life_months=6)


class TestBoundaries:
    def rule(self, begin: date, period: int, life: int) -> ExpiryRule:
        return ExpiryRule(valid_from=begin, period_months=period, life_months=life)

    def test_periods_lie_in_the_calendar(self):
        found = boundaries([self.rule(date(2026, 3, 1), 6, 6)], date(2026, 1, 1), date(2028, 1, 1))
        assert found == [
            Boundary(date(2027, 1, 1), clock.day_start(date(2026, 7, 1))),
            Boundary(date(2027, 7, 1), clock.day_start(date(2027, 1, 1))),
            Boundary(date(2028, 1, 1), clock.day_start(date(2027, 7, 1))),
        ]

    def test_a_later_rule_cuts_the_period_and_nothing_expires_before_what_is_older(self):
        rules = [self.rule(date(2026, 1, 1), 12, 12), self.rule(date(2026, 4, 1), 3, 3)]
        found = boundaries(rules, date(2026, 1, 1), date(2027, 7, 1))
        assert found[0] == Boundary(date(2027, 4, 1), clock.day_start(date(2027, 1, 1)))
        assert found[1] == Boundary(date(2027, 7, 1), clock.day_start(date(2027, 4, 1)))

    def test_without_rules_nothing_expires(self):
        assert boundaries([], date(2026, 1, 1), date(2036, 1, 1)) == []

    @given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([1, 3, 6, 12]), st.integers(1, 30)), max_size=4))
    def test_days_and_instants_both_rise(self, given):
        rules = {start: self.rule(clock.month_later(date(2026, 1, 1), start), *rest) for start, *rest in given}
        found = boundaries(list(rules.values()), date(2026, 1, 1), date(2031, 1, 1))
        for earlier, later in zip(found, found[1:], strict=False):
            assert earlier.expires_on < later.expires_on
            assert earlier.earned_before < later.earned_before


@pytest.mark.django_db
@pytest.mark.usefixtures("sound", "half_years")
class TestExpiry:
    def test_what_was_earned_in_a_period_expires_and_later_points_stay(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        assert expiry.sweep(END_OF_FIRST - timedelta(days=1)) == 2  # the notices
        assert balances() == (42, 0)
        assert expiry.sweep(END_OF_FIRST) == 1
        assert balances() == (12, 0)
        assert statements.balance(expiry.PROGRAMME, Chart.EXPIRED) == 30
        assert expiry.sweep(END_OF_SECOND) == 1
        assert balances() == (0, 0)

    def test_a_second_run_changes_nothing(self):
        earn(FIRST_HALF, 30)
        expiry.sweep(END_OF_FIRST)
        before = fingerprint()
        assert expiry.sweep(END_OF_FIRST) == 0
        ExpirySweep.objects.update(done_at=None, after=expiry.PROGRAMME)
        assert expiry.sweep(END_OF_FIRST) == 0
        assert fingerprint() == before

    def test_a_run_that_died_goes_on_where_it_stopped(self, monkeypatch):
        monkeypatch.setattr(expiry, "BATCH", 1)
        for name in ("alice", "bob", "carol"):
            earn(FIRST_HALF, 5, name)
        real, calls = expiry._expire, []

        def die(*args):
            calls.append(args)
            if len(calls) == 2:
                raise OSError
            return real(*args)

        monkeypatch.setattr(expiry, "_expire", die)
        with pytest.raises(OSError):
            expiry.sweep(END_OF_FIRST)
        assert expired() == 5
        monkeypatch.setattr(expiry, "_expire", real)
        assert expiry.sweep(END_OF_FIRST) == 2
        assert expired() == 15

    def test_the_oldest_points_are_spent_first(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        holds.settle(hold(25).id, SHOP)
        expiry.sweep(END_OF_FIRST)
        assert (balances(), expired()) == ((12, 0), 5)

    def test_points_on_hold_are_the_oldest_and_stay_reserved_until_they_are_settled(self):
        earn(FIRST_HALF, 30)
        reserved = hold(25)
        expiry.sweep(END_OF_FIRST)
        assert (balances(), expired()) == ((0, 25), 5)
        holds.settle(reserved.id, SHOP)
        assert (balances(), expired()) == ((0, 0), 5)

    def test_what_a_hold_gives_back_after_its_time_expires_at_once(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        reserved = hold(35)  # the thirty and five of the later ones
        expiry.sweep(END_OF_FIRST)
        assert (balances(), expired()) == ((7, 35), 0)
        holds.release(reserved.id)
        assert (balances(), expired()) == ((12, 0), 30)

    def test_a_refund_counts_as_earned_on_its_day(self):
        earn(FIRST_HALF, 30)
        holds.settle(hold(30).id, SHOP)
        expiry.sweep(END_OF_FIRST)
        post([payment(open_account(SHOP, Chart.MERCHANT), open_account(ALICE, Chart.CITIZEN), 30)])
        assert expiry.expire_returned(ALICE) == 0
        assert balances() == (30, 0)

    def test_a_clawback_makes_nothing_expire_earlier(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        clawback.claw_back([Clawback(uuid4(), ALICE, 12, uuid4())])
        expiry.sweep(END_OF_FIRST)
        assert (balances(), expired()) == ((12, 0), 18)

    def test_what_expires_when_is_seen_ahead_and_is_what_then_expires(self, django_assert_num_queries):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12)
        earn(SECOND_HALF, 1, "bob")
        hold(4)
        at = END_OF_FIRST - timedelta(days=60)
        with django_assert_num_queries(4):  # the rules, the function in a savepoint
            assert expiry.expiring([ALICE, BOB], at) == {ALICE: [Expiring(END_OF_FIRST, 26)]}
        assert expiry.expiring([ALICE], at, 365)[ALICE] == [Expiring(END_OF_FIRST, 26), Expiring(END_OF_SECOND, 12)]
        assert expiry.expiring([ALICE], at - timedelta(days=1)) == {}
        expiry.sweep(END_OF_FIRST)
        assert expired() == 26

    def test_notices_go_out_once_sixty_and_fourteen_days_ahead(self):
        earn(FIRST_HALF, 30)
        earn(SECOND_HALF, 12, "bob")
        for days in (61, 60, 60, 15, 14, 14, 0):
            expiry.sweep(END_OF_FIRST - timedelta(days=days))
        told = ExpiryNotice.objects.order_by("-days_before").values_list(
            "holder", "days_before", "points", "expires_on"
        )
        assert list(told) == [(ALICE, 60, 30, END_OF_FIRST), (ALICE, 14, 30, END_OF_FIRST)]

    def test_a_rule_is_append_only_and_begins_a_month(self, half_years):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            ExpiryRule.objects.update(life_months=1)
        with pytest.raises(IntegrityError, match="expiry_rule_begins_a_month"), transaction.atomic():
            ExpiryRule.objects.create(valid_from=date(2026, 2, 2), period_months=6, life_months=6)


@pytest.mark.django_db
@pytest.mark.usefixtures("half_years")
@pytest.mark.parametrize("seed", range(5))
def test_the_formula_equals_lots_spent_oldest_first(seed):
    """An oracle with lots, against the sums."""
    import random

    chance, lots = random.Random(seed), []
    for month in range(1, 13):
        day, amount = date(2026, month, 10), chance.randint(1, 30)
        earn(day, amount)
        lots.append([day, amount])
        if chance.random() < 0.6:
            spent = chance.randint(1, sum(left for _day, left in lots))
            holds.settle(hold(spent).id, SHOP)
            for lot in lots:
                taken = min(lot[1], spent)
                lot[1], spent = lot[1] - taken, spent - taken
    old = sum(left for day, left in lots if day < date(2026, 7, 1))
    expiry.sweep(END_OF_FIRST)
    assert expired() == old
    assert set(audit.run().values()) == {0}
