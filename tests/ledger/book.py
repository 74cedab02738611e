"""A book for tests: holders by name, and a fingerprint by which "nothing was written" is told."""

from dataclasses import replace
from uuid import UUID, uuid4, uuid5

from django.db import connection

from ledger.models import Chart, Code
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
            "UNION ALL SELECT h::text FROM ledger_hold h ORDER BY 1"
        )
        return cursor.fetchall()
