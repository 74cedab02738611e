"""Taking points back: from the wallet as far as it reaches, the rest is owed and paid from what comes next."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from ledger import audit, clawback, holds, posting, statements
from ledger.clawback import Clawback, Taken, claw_back
from ledger.models import PROGRAMME, Chart, Code, Transfer
from ledger.posting import TransferConflict, post
from tests.ledger.book import award, fingerprint, holder, payment
from tests.races import at_once

ALICE, BOB, SHOP = holder("alice"), holder("bob"), holder("shop")


def draft(amount: int, name: str = "alice") -> Clawback:
    return Clawback(uuid4(), holder(name), amount, uuid4())


def balances(person=ALICE) -> tuple[int, int, int]:
    """To spend, on hold, owed."""
    return statements.balance(person), statements.balance(person, Chart.HELD), clawback.owed(person)


def hold(amount: int):
    return holds.place(uuid4(), ALICE, amount, timezone.now() + timedelta(days=1))


@pytest.mark.django_db
@pytest.mark.usefixtures("sound")
class TestOne:
    def test_a_wallet_that_has_enough_gives_it_and_nothing_is_owed(self):
        post([award("alice", 10)])
        wanted = draft(4)
        assert claw_back([wanted]) == [Taken(wanted.id, 4, 0)]
        assert balances() == (6, 0, 0)
        assert statements.balance(PROGRAMME, Chart.ISSUANCE) == -6
        taken = Transfer.objects.get(id=wanted.id)
        assert (taken.code, taken.reference) == (Code.CLAW_BACK, wanted.reference)

    def test_what_was_spent_is_owed_and_no_balance_is_below_zero(self):
        post([award("alice", 10)])
        holds.settle(hold(7).id, SHOP)
        wanted = draft(10)
        assert claw_back([wanted]) == [Taken(wanted.id, 3, 7)]
        assert balances() == (0, 0, 7)
        assert statements.balance(PROGRAMME, Chart.ISSUANCE) == 0
        assert Transfer.objects.get(code=Code.OWE).reference == wanted.reference

    def test_points_on_hold_stay_reserved_and_the_voucher_can_be_used(self):
        post([award("alice", 10)])
        reserved = hold(8)
        claw_back([draft(10)])
        assert balances() == (0, 8, 8)
        holds.settle(reserved.id, SHOP)
        assert balances() == (0, 0, 8)

    def test_a_released_hold_pays_what_is_owed_first(self):
        post([award("alice", 10)])
        reserved = hold(8)
        claw_back([draft(5)])
        assert balances() == (0, 8, 3)
        holds.release(reserved.id)
        assert balances() == (5, 0, 0)

    def test_later_awards_repay_what_is_owed_before_anything_can_be_spent(self):
        claw_back([draft(9)])
        assert balances() == (0, 0, 9)
        post([award("alice", 4)])
        assert balances() == (0, 0, 5)
        post([award("alice", 4), award("alice", 4), award("bob", 2)])
        assert balances() == (3, 0, 0)
        assert balances(BOB) == (2, 0, 0)
        assert (Code.REPAY, -5) in [(line.code, line.delta) for line in statements.lines(ALICE)]

    def test_the_same_again_takes_nothing_and_answers_the_same_also_after_the_wallet_filled(self):
        post([award("alice", 3)])
        wanted = draft(5)
        first = claw_back([wanted])
        post([award("alice", 50)])
        before = fingerprint()
        assert claw_back([wanted]) == first == [Taken(wanted.id, 3, 2)]
        assert claw_back([wanted, wanted]) == first
        assert fingerprint() == before

    @pytest.mark.parametrize("change", [{"amount": 6}, {"amount": 4}, {"holder": BOB}, {"reference": uuid4()}])
    @pytest.mark.parametrize("had", [0, 3, 10])
    def test_the_same_id_with_other_content_is_refused_and_nothing_is_written(self, change, had):
        post([award("bob", 3)] + ([award("alice", had)] if had else []))
        wanted = draft(5)
        claw_back([wanted, draft(1, "bob")])
        before = fingerprint()
        with pytest.raises(TransferConflict), transaction.atomic():
            claw_back([draft(1), replace(wanted, **change)])
        assert fingerprint() == before
        with pytest.raises(TransferConflict):
            claw_back([wanted, replace(wanted, **change)])

    @pytest.mark.parametrize("amount", [0, -3])
    def test_an_amount_that_takes_nothing_is_refused(self, amount):
        post([award("alice", 3)])
        before = fingerprint()
        with pytest.raises(ValueError, match="positive"):
            claw_back([draft(amount)])
        assert fingerprint() == before

    def test_a_batch_shares_one_wallet_in_the_order_of_ids_and_is_one_statement(self, django_assert_num_queries):
        post([award("alice", 10), award("bob", 1)])
        first, second, third = sorted([draft(6), draft(6), draft(6)], key=lambda wanted: wanted.id)
        other = draft(1, "bob")
        drafts = [third, other, first, second]
        posting.open_accounts([ALICE, BOB], Chart.OWED)
        with django_assert_num_queries(8):  # two savepoints, three looks for accounts, the function
            found = {taken.id: (taken.taken, taken.owed) for taken in claw_back(drafts)}
        assert found == {first.id: (6, 0), second.id: (4, 2), third.id: (0, 6), other.id: (1, 0)}
        assert balances() == (0, 0, 8)

    def test_nothing_to_take_is_no_query(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert claw_back([]) == []

    def test_points_go_back_to_the_programme_that_gave_them(self):
        post([award("alice", 2)])
        claw_back([replace(draft(5), programme=SHOP)])
        assert statements.balance(SHOP, Chart.ISSUANCE) == 5
        assert statements.balance(PROGRAMME, Chart.ISSUANCE) == -2


@pytest.mark.django_db
def test_a_debt_beside_points_to_spend_is_found_by_the_audit():
    post([award("alice", 5)])
    claw_back([draft(9, "bob")])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET holder = %s WHERE code = 220 AND holder = %s", [ALICE, BOB])
    assert audit.run()["nobody_owes_with_points_to_spend"] == 1


@pytest.mark.django_db(transaction=True)
class TestRaces:
    def test_one_clawback_sent_by_twenty_at_once_takes_once(self):
        post([award("alice", 4)])
        wanted = draft(6)
        outcomes = at_once([lambda: claw_back([wanted])] * 20)
        assert outcomes == [[Taken(wanted.id, 4, 2)]] * 20
        assert balances() == (0, 0, 2)

    def test_taking_awarding_and_spending_at_once_conserves_and_never_deadlocks(self):
        names = ["alice", "bob", "carol", "dave"]
        post([award(name, 20) for name in names])

        def batch(shift: int):
            def run():
                for turn in range(6):
                    with transaction.atomic():
                        posting.lock(map(holder, names))
                        post([award(names[(shift + turn) % 4], 3)])
                        claw_back([draft(5, names[(shift + turn + 1) % 4]), draft(2, names[(shift + turn + 2) % 4])])

            return run

        def spend(name: str):
            def run():
                for _ in range(6):
                    try:
                        reserved = holds.place(uuid4(), holder(name), 2, timezone.now() + timedelta(days=1))
                    except posting.PointsNotEnough:
                        continue
                    holds.release(reserved.id)

            return run

        assert at_once([batch(shift) for shift in range(4)] + [spend(name) for name in names]) == [None] * 8
        assert set(audit.run().values()) == {0}
        assert sum(balances(holder(name))[0] - balances(holder(name))[2] for name in names) == 80 + 24 * (3 - 7)


def test_refunds_reach_the_wallet_through_the_debt(db):
    claw_back([draft(3)])
    shop = posting.open_account(SHOP, Chart.MERCHANT)
    post([payment(shop, posting.open_account(ALICE, Chart.CITIZEN), 10)])
    assert balances() == (7, 0, 0)
