"""The audit finds what went around the code."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from ledger import audit, holds
from ledger.models import Account, Chart, Hold
from ledger.posting import open_account, post
from tests.ledger.book import award, holder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def book(db):
    """Alice has 6 points to spend, 4 on hold, and 3 went to the shop."""
    post([award("alice", 13)])
    later = timezone.now() + timedelta(days=1)
    holds.place(uuid4(), holder("alice"), 4, later)
    holds.settle(holds.place(uuid4(), holder("alice"), 3, later).id, holder("shop"))
    holds.release(holds.place(uuid4(), holder("alice"), 2, later).id)


def breaches() -> dict[str, int]:
    return {name: count for name, count in audit.run().items() if count}


def test_a_sound_book_has_no_breaches():
    assert audit.run() == dict.fromkeys(audit.CHECKS, 0)


def test_an_empty_book_has_none():
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # or the guard refuses
        cursor.execute("TRUNCATE ledger_account, ledger_transfer, ledger_hold")
    assert breaches() == {}


def test_a_tampered_balance_is_found():
    Account.objects.filter(code=Chart.CITIZEN).update(balance=1_000_000)
    assert breaches() == {"accounts_sum_to_zero": 1, "balances_equal_transfers": 1}


def test_a_balance_without_any_transfer_is_found():
    open_account(holder("bob"), Chart.CITIZEN)
    Account.objects.filter(holder=holder("bob")).update(balance=5)
    assert breaches() == {"accounts_sum_to_zero": 1, "balances_equal_transfers": 1}


def test_two_tampered_balances_that_cancel_out_are_found():
    Account.objects.filter(code=Chart.CITIZEN).update(balance=7)
    Account.objects.filter(code=Chart.HELD).update(balance=3)
    assert breaches() == {"balances_equal_transfers": 2, "held_points_equal_open_holds": 1}


def test_a_vanished_account_is_found():
    Account.objects.filter(code=Chart.MERCHANT).delete()
    assert breaches() == {"accounts_sum_to_zero": 1, "transfers_have_accounts": 1}


def test_a_hold_whose_state_was_edited_is_found():
    Hold.objects.filter(state="placed").update(state="released", closed_at=timezone.now())
    assert breaches() == {"held_points_equal_open_holds": 1, "holds_equal_their_transfers": 1}


def test_a_hold_whose_amount_was_edited_is_found():
    Hold.objects.filter(state="settled").update(amount=1)
    assert breaches() == {"holds_equal_their_transfers": 1}


def test_a_hold_without_transfers_is_found():
    Hold.objects.create(id=uuid4(), holder=holder("bob"), amount=3, expires_at=timezone.now())
    assert breaches() == {"held_points_equal_open_holds": 1, "holds_equal_their_transfers": 1}


def test_transfers_whose_hold_vanished_are_found():
    Hold.objects.filter(state="settled").delete()
    assert breaches() == {"transfers_of_holds_have_one": 2}
