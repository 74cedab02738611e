"""Writing the book: open accounts, post transfers. Amounts are whole points."""

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from operator import attrgetter
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.utils.translation import gettext_lazy as _

from config.copying import array
from config.problems import Problem
from ledger.models import CARRIED, PROGRAMME, Account, Chart, Code


class PointsNotEnough(Problem):
    status, code, title = 409, "points_not_enough", _("You do not have enough points for this.")


class TransferConflict(Problem):
    status, code, title = 409, "transfer_conflict", _("This id was used before with other content.")


class NotBetweenPeople(Problem):
    status, code, title = 409, "points_not_transferable", _("Points cannot be passed from one person to another.")


class AccountUnknown(Problem):
    status, code, title = 500, "account_unknown", _("A ledger account is missing.")


@dataclass(frozen=True, slots=True)
class Draft:
    """A transfer to be posted: `amount` points from `debit` to `credit`, for `reference`."""

    id: UUID
    debit: UUID
    credit: UUID
    amount: int
    code: Code
    reference: UUID


def open_account(holder: UUID, code: Chart) -> UUID:
    """The id of the holder's account, opened if need be."""
    return open_accounts([holder], code)[holder]


def open_accounts(holders: Iterable[UUID], code: Chart) -> dict[UUID, UUID]:
    """Account ids by holder; missing accounts are opened. Safe to call from many clients at once."""
    wanted = sorted(set(holders), key=attrgetter("int"))
    balance = 0 if code in CARRIED else None
    found = _find_accounts(wanted, code)
    missing = [Account(holder=holder, code=code, balance=balance) for holder in wanted if holder not in found]
    if missing:
        Account.objects.bulk_create(missing, ignore_conflicts=True)
        found = _find_accounts(wanted, code)
    return found


def _find_accounts(holders: Iterable[UUID], code: Chart) -> dict[UUID, UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT holder, id FROM ledger_account WHERE holder = ANY(%s::uuid[]) AND code = %s",
            [array(holder.hex for holder in holders), int(code)],
        )
        return dict(cursor.fetchall())


def issuance_account() -> UUID:
    return open_account(PROGRAMME, Chart.ISSUANCE)


def post(drafts: Sequence[Draft]) -> int:
    """Post all or none; return how many were new. The same draft again posts nothing.

    Raises PointsNotEnough, TransferConflict, NotBetweenPeople or AccountUnknown, and then nothing was written.
    """
    if not drafts:
        return 0
    # in the order of their ids, so that the same transfers sent twice at once wait for each other and never deadlock
    ordered = sorted(drafts, key=lambda draft: draft.id.int)
    columns = [
        array(draft.id.hex for draft in ordered),
        array(draft.debit.hex for draft in ordered),
        array(draft.credit.hex for draft in ordered),
        array(str(draft.amount) for draft in ordered),
        array(str(int(draft.code)) for draft in ordered),
        array(draft.reference.hex for draft in ordered),
    ]
    return int(
        call(
            "SELECT ledger_post(%s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::smallint[], %s::uuid[])",
            columns,
        )
    )


def lock(holders: Iterable[UUID]) -> None:
    """Lock the accounts of these people in one order, for who posts more than once in a transaction."""
    call("SELECT ledger_lock(%s::uuid[])", [array(sorted(holder.hex for holder in set(holders)))])


def call(function: str, arguments: Sequence[Any]) -> Any:
    """What a function of the book answers. Raises the problem that its refusal stands for; nothing was written then."""
    return call_rows(function, arguments)[0][0]


def call_rows(function: str, arguments: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The same for a function that answers with a table."""
    # alone, a function is a transaction and one round trip; inside one, a savepoint undoes a refusal
    savepoint = transaction.atomic() if connection.in_atomic_block else nullcontext()
    try:
        with savepoint, connection.cursor() as cursor:
            cursor.execute(function, arguments)
            return list(cursor.fetchall())
    except DatabaseError as error:
        if problem := _explain(error):
            raise problem from error
        raise


def _explain(error: DatabaseError) -> Problem | None:
    """The refusal that a database error stands for, or None where it is something else."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.Error):
        return None
    if cause.sqlstate == "TL001":
        return TransferConflict()
    if cause.sqlstate == "TL002":
        return AccountUnknown(str(cause.diag.message_primary))
    if cause.sqlstate == "TL004":
        return NotBetweenPeople()
    if cause.sqlstate == "TL003" or cause.diag.constraint_name == "account_balance_not_negative":
        return PointsNotEnough()
    return None
