"""A book for tests: holders by name, and a fingerprint by which "nothing was written" is told."""

from dataclasses import replace
from datetime import date, timedelta
from unittest.mock import patch
from uuid import UUID, uuid4, uuid5

from django.db import connection

from config import clock
from ledger import expiry
from ledger.models import Chart, Code, ExpiryRule
from ledger.posting import Draft, issuance_account, open_account

NAMES = UUID("00000000-0000-4000-8000-000000000001")


def holder(name: str) -> UUID:
    return uuid5(NAMES, name)


def award(name: str, amount: int) -> Draft:
    """A draft that gives a citizen points from the programme."""
    id = uuid4()
    return Draft(id, issuance_account(), open_account(holder(name), Chart.CITIZEN), amount, Code.AWARD, id)


def payment(source: UUID, target: UUID, amount: int, code: Code = Code.REFUND) -> Draft:
    id = uuid4()
    return Draft(id, source, target, amount, code, id)


def otherwise(draft: Draft) -> list[Draft]:
    """The same id with other content, one change each."""
    return [
        replace(draft, amount=draft.amount + 1),
        replace(draft, debit=draft.credit, credit=draft.debit),
        replace(draft, code=Code.REFUND if draft.code != Code.REFUND else Code.AWARD),
        replace(draft, reference=uuid4()),
    ]


def fingerprint() -> list[tuple]:
    """Every row of the book, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a::text FROM ledger_account a UNION ALL SELECT t::text FROM ledger_transfer t "
            "UNION ALL SELECT h::text FROM ledger_hold h UNION ALL SELECT b::text FROM ledger_budgetslice b "
            "UNION ALL SELECT f::text FROM ledger_funding f ORDER BY 1"
        )
        return cursor.fetchall()


def rule_of_before(valid_from: date, period_months: int, life_months: int) -> ExpiryRule:
    """A rule as if it had been written long ago; the database takes none that begins in the past."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_expiryrule DISABLE TRIGGER expiry_rule_is_told_ahead")
        made = ExpiryRule.objects.create(valid_from=valid_from, period_months=period_months, life_months=life_months)
        cursor.execute("ALTER TABLE ledger_expiryrule ENABLE TRIGGER expiry_rule_is_told_ahead")
    return made


def sweep(day: date) -> int:
    """A night's sweep, on a day of the test's choice."""
    with patch("ledger.expiry.timezone.now", return_value=clock.day_start(day) + timedelta(hours=3)):
        return expiry.sweep(day)


def let_expire(day: date) -> int:
    """What a sweep of the day touches, after everybody was told 14 days before."""
    sweep(day - expiry.LATE)
    return sweep(day)
