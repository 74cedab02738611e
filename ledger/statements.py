"""Reading the book: balances and the lines of an account."""

from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from ledger.models import CARRIED, Account, Chart, Transfer


def balance(holder: UUID, code: Chart = Chart.CITIZEN) -> int:
    """Points on the holder's account; 0 where none was opened yet."""
    found = Account.objects.filter(holder=holder, code=code).values_list("id", "balance")[:1]
    for account_id, carried in found:
        return int(carried or 0) if code in CARRIED else derived_balance(account_id)
    return 0


def personal_balances(holder: UUID) -> dict[Chart, int]:
    """What a person has to spend, has on hold and owes. One query."""
    with connection.cursor() as cursor:  # on every look at Home
        cursor.execute(
            "SELECT code, balance FROM ledger_account WHERE holder = %s AND code = ANY(%s)",
            [holder, [int(code) for code in CARRIED]],
        )
        found = dict(cursor.fetchall())
    return {code: int(found.get(code) or 0) for code in CARRIED}


def derived_balance(account_id: UUID) -> int:
    """Credits less debits, from the transfers; what is owed is below zero here."""
    credit = Coalesce(Sum("amount", filter=Q(credit_account=account_id)), Value(0), output_field=BigIntegerField())
    debit = Coalesce(Sum("amount", filter=Q(debit_account=account_id)), Value(0), output_field=BigIntegerField())
    touching = Transfer.objects.filter(Q(credit_account=account_id) | Q(debit_account=account_id))
    return int(touching.aggregate(balance=credit - debit)["balance"])


def lines(holder: UUID, code: Chart = Chart.CITIZEN) -> QuerySet[Transfer]:
    """The holder's transfers, newest first, each with its signed `delta`.

    Of one moment what followed from the award (a repayment) stands above it: codes are in that order.
    """
    account = Account.objects.filter(holder=holder, code=code).values("id")[:1]
    touching = Transfer.objects.filter(Q(credit_account=account) | Q(debit_account=account))
    delta = Case(When(credit_account=account, then=F("amount")), default=-F("amount"))
    return touching.annotate(delta=delta).order_by("-created_at", "-code", "-id")
