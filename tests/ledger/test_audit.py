"""The audit finds what went around the code."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from ledger import audit, holds
from ledger.models import PROGRAMME, Account, Chart, Code, Hold, Transfer
from ledger.posting import issuance_account, open_account, post
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


CHART = Path(__file__).parents[2] / "ledger" / "README.md"


def test_the_sides_of_each_code_are_those_of_the_chart():
    section = CHART.read_text().split("## Transfer codes")[1].split("\n## ")[0]
    found = re.findall(r"^\| (\d+) [^|]*\|[^|]*\| (\d+) [^|]*\| (\d+) ", section, re.MULTILINE)
    told = {int(code): (int(debit), int(credit)) for code, debit, credit in found}
    assert told == {code.value: (pairs[0][0].value, pairs[0][1].value) for code, pairs in audit.SIDES.items()}
    assert set(Code) - set(audit.SIDES) == {Code.REVERSE}


def write(debit: UUID, credit: UUID, code: int, reference: UUID | None = None) -> None:
    """A transfer past `ledger_post`, with the balances moved as if all were well."""
    Transfer.objects.create(
        id=uuid4(),
        debit_account_id=debit,
        credit_account_id=credit,
        amount=1,
        code=code,
        reference=reference or uuid4(),
    )
    for account, delta in ((debit, -1), (credit, 1)):
        Account.objects.filter(id=account, balance__isnull=False).update(balance=F("balance") + delta)


def test_a_transfer_between_other_accounts_than_its_code_says_is_found():
    write(open_account(holder("shop"), Chart.MERCHANT), open_account(holder("alice"), Chart.CITIZEN), Code.AWARD)
    assert breaches() == {"codes_move_points_as_the_chart_says": 1}


def test_points_that_somebody_passed_on_past_the_functions_are_found():
    write(open_account(holder("alice"), Chart.CITIZEN), open_account(holder("bob"), Chart.CITIZEN), Code.REFUND)
    assert breaches() == {"codes_move_points_as_the_chart_says": 1, "nothing_passed_between_people": 1}


def test_a_reversal_of_something_else_is_found():
    alice, city = open_account(holder("alice"), Chart.CITIZEN), issuance_account()
    write(alice, city, Code.REVERSE, Transfer.objects.filter(code=Code.AWARD).get().id)  # of another amount
    assert breaches() == {"reversals_mirror_their_transfers": 1}


def test_points_that_come_back_without_having_expired_are_found():
    write(open_account(PROGRAMME, Chart.EXPIRED), open_account(holder("alice"), Chart.CITIZEN), Code.UNEXPIRE)
    assert breaches() == {"nothing_unexpired_that_had_not_expired": 1}


@pytest.mark.parametrize("code", [0, 12, 61])
def test_the_database_knows_the_codes_of_transfers(code):
    with pytest.raises(IntegrityError, match="transfer_code_is_known"), transaction.atomic():
        write(issuance_account(), open_account(holder("alice"), Chart.CITIZEN), code)


def test_the_database_knows_the_codes_of_accounts():
    with pytest.raises(IntegrityError, match="account_code_is_in_the_chart"), transaction.atomic():
        Account.objects.create(holder=uuid4(), code=120)
