"""Transfers: what is posted, what is refused, and that a refusal leaves no trace."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from ledger import holds, statements
from ledger.models import PROGRAMME, Account, Chart, Code, Transfer
from ledger.posting import (
    AccountUnknown,
    NotBetweenPeople,
    PointsNotEnough,
    TransferConflict,
    issuance_account,
    open_account,
    open_accounts,
    post,
)
from tests.ledger.book import award, fingerprint, holder, otherwise, payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


def test_an_award_moves_points_from_the_programme_to_the_citizen():
    assert post([award("alice", 7)]) == 1

    assert statements.balance(holder("alice")) == 7
    assert statements.balance(PROGRAMME, Chart.ISSUANCE) == -7


def test_a_batch_nets_each_account_once():
    alice = open_account(holder("alice"), Chart.CITIZEN)
    city = issuance_account()

    taken, given = payment(alice, city, 8, Code.CLAW_BACK), payment(city, alice, 3, Code.AWARD)
    assert post([award("alice", 10), taken, given]) == 3

    assert statements.balance(holder("alice")) == 5
    assert statements.balance(PROGRAMME, Chart.ISSUANCE) == -5


def test_points_never_pass_from_one_person_to_another():
    post([award("alice", 7), award("bob", 7)])
    kinds = [Chart.CITIZEN, Chart.HELD, Chart.OWED]
    alice = [open_account(holder("alice"), kind) for kind in kinds]
    bob = [open_account(holder("bob"), kind) for kind in kinds]
    to_bob = award("bob", 1)
    before = fingerprint()
    for source, target, code in product(alice, bob, Code):
        with pytest.raises(NotBetweenPeople):
            post([to_bob, payment(source, target, 1, code)])
    assert fingerprint() == before


def test_nothing_to_post_is_no_query(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert post([]) == 0


def test_one_posting_is_one_round_trip_in_one_savepoint(django_assert_num_queries):
    drafts = [award("alice", 1) for _ in range(20)]
    with django_assert_num_queries(3):  # savepoint, function, release
        post(drafts)


def test_the_same_transfer_again_posts_nothing():
    first, second = award("alice", 7), award("alice", 5)
    post([first])
    before = fingerprint()

    assert post([first]) == 0
    assert fingerprint() == before
    assert post([first, second]) == 1
    assert statements.balance(holder("alice")) == 12


def test_the_same_transfer_twice_in_one_batch_counts_once():
    draft = award("alice", 7)
    assert post([draft, draft]) == 1
    assert statements.balance(holder("alice")) == 7


@pytest.mark.parametrize("change", range(4))
def test_the_same_id_with_other_content_is_refused_and_nothing_is_written(change):
    first = award("alice", 7)
    post([first])
    before, fresh = fingerprint(), award("alice", 100)

    with pytest.raises(TransferConflict):
        post([fresh, otherwise(first)[change]])
    assert fingerprint() == before


def test_one_id_with_two_contents_in_one_batch_is_refused():
    draft = award("alice", 7)
    before = fingerprint()
    with pytest.raises(TransferConflict):
        post([draft, otherwise(draft)[0]])
    assert fingerprint() == before


def test_too_few_points_leave_no_trace():
    post([award("alice", 7)])
    alice, shop = open_account(holder("alice"), Chart.CITIZEN), open_account(holder("shop"), Chart.MERCHANT)
    to_bob = award("bob", 5)
    before = fingerprint()

    with pytest.raises(PointsNotEnough):
        post([to_bob, payment(alice, shop, 8)])
    assert fingerprint() == before


def test_the_last_point_can_be_spent():
    post([award("alice", 7)])
    post([payment(open_account(holder("alice"), Chart.CITIZEN), issuance_account(), 7, Code.CLAW_BACK)])
    assert statements.balance(holder("alice")) == 0


def test_an_account_that_does_not_exist_is_named():
    draft = replace(award("alice", 7), credit=uuid4())
    before = fingerprint()
    with pytest.raises(AccountUnknown, match=str(draft.credit)):
        post([draft])
    assert fingerprint() == before


@pytest.mark.parametrize("amount", [0, -1, 2**63])
def test_hostile_amounts_are_refused_by_the_database(amount):
    draft = replace(award("alice", 1), amount=amount)
    before = fingerprint()
    with pytest.raises(DatabaseError) as refusal:
        post([draft])
    assert refusal.value.__cause__ is not refusal.value, "the database's own error stays reachable"
    assert fingerprint() == before


def test_a_balance_beyond_the_integer_range_is_refused():
    post([award("alice", 2**63 - 1)])
    one_more = award("alice", 1)
    before = fingerprint()
    with pytest.raises(DatabaseError):
        post([one_more])
    assert fingerprint() == before


INSERT = (
    "INSERT INTO ledger_transfer (id, debit_account_id, credit_account_id, amount, code, reference)"
    " VALUES (%s, %s, %s, %s, 10, %s)"
)


@pytest.mark.parametrize("amount", [0, -7, None])
def test_a_raw_insert_of_such_an_amount_is_refused_too(amount):
    draft = award("alice", 1)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [draft.id, draft.debit, draft.credit, amount, draft.id])
    assert not Transfer.objects.exists()


@pytest.mark.parametrize("sides", ["same", "no debit", "no credit"])
def test_a_transfer_cannot_be_one_sided_even_by_a_raw_insert(sides):
    draft = award("alice", 1)
    debit = None if sides == "no debit" else draft.debit
    credit = None if sides == "no credit" else draft.debit if sides == "same" else draft.credit
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, [draft.id, debit, credit, 5, draft.id])
    assert not Transfer.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        lambda: Transfer.objects.update(amount=1),
        lambda: Transfer.objects.all().delete(),
        lambda: Transfer.objects.get().delete(),
        lambda: connection.cursor().execute("UPDATE ledger_transfer SET created_at = now()"),
        lambda: connection.cursor().execute("DELETE FROM ledger_transfer"),
    ],
)
def test_a_transfer_is_never_changed_and_never_deleted(change):
    post([award("alice", 7)])
    before = fingerprint()
    with pytest.raises(IntegrityError, match=r"ledger_transfer\w* is append-only"), transaction.atomic():
        change()
    assert fingerprint() == before


@pytest.mark.parametrize("command", ["TRUNCATE ledger_transfer", "TRUNCATE ledger_transfer, ledger_account CASCADE"])
def test_the_transfers_are_never_truncated(command):
    post([award("alice", 7)])
    before = fingerprint()
    refused = pytest.raises(IntegrityError, match="ledger_transfer is append-only: TRUNCATE refused")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(command)
    assert fingerprint() == before


def test_a_carried_balance_below_zero_is_refused_by_the_database():
    post([award("alice", 7)])
    with pytest.raises(IntegrityError, match="account_balance_not_negative"), transaction.atomic():
        Account.objects.filter(code=Chart.CITIZEN).update(balance=-1)


def test_an_account_carries_a_balance_by_its_code_only():
    issuance_account()
    with pytest.raises(IntegrityError, match="account_carries_balance_by_code"), transaction.atomic():
        Account.objects.filter(code=Chart.ISSUANCE).update(balance=0)


def test_an_account_is_opened_once():
    names = [holder("alice"), holder("bob"), holder("alice")]
    first = open_accounts(names, Chart.CITIZEN)
    assert open_accounts(names, Chart.CITIZEN) == first
    assert Account.objects.count() == 2
    assert open_account(holder("alice"), Chart.HELD) not in first.values()


def test_lines_are_signed_and_newest_first():
    post([award("alice", 7)])
    hold = holds.place(uuid4(), holder("alice"), 3, timezone.now() + timedelta(days=1))
    holds.settle(hold.id, holder("shop"))
    assert [(line.code, line.delta) for line in statements.lines(holder("alice"))] == [
        (Code.HOLD, -3),
        (Code.AWARD, 7),
    ]
    assert [line.delta for line in statements.lines(holder("alice"), Chart.HELD)] == [-3, 3]
    assert [line.delta for line in statements.lines(holder("shop"), Chart.MERCHANT)] == [3]
    assert list(statements.lines(holder("nobody"))) == []


def test_a_holder_without_an_account_has_no_points(django_assert_num_queries):
    with django_assert_num_queries(1):
        assert statements.balance(holder("nobody")) == 0


def test_a_derived_balance_equals_the_carried_one():
    for amount in (5, 1, 9):
        post([award("alice", amount)])
    account = open_account(holder("alice"), Chart.CITIZEN)
    assert statements.derived_balance(account) == statements.balance(holder("alice")) == 15
