"""The book as a beancount journal, so that another program can check the sums.

Debits are positive there: a balance of ours (credits less debits) has the opposite sign, save what is owed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from django.db.models import QuerySet, Sum

from config import clock
from ledger.models import Account, Chart, Code, Transfer

COMMODITY = "POINTS"
CHUNK = 2_000


def write(first_day: date | None = None, last_day: date | None = None) -> Iterator[str]:
    """Lines of the transfers from `first_day` to `last_day` (city days, both included); what was before is one
    opening entry."""
    yield f'option "operating_currency" "{COMMODITY}"\n\n'
    transfers = Transfer.objects.all()
    if last_day:
        transfers = transfers.filter(created_at__lt=clock.day_end(last_day))
    for account in Account.objects.order_by("id").iterator(CHUNK):
        yield f"1970-01-01 open {name(account.code, account.holder.hex)} {COMMODITY}\n"
    if first_day:
        start = clock.day_start(first_day)
        yield from _opening(first_day, transfers.filter(created_at__lt=start))
        transfers = transfers.filter(created_at__gte=start)
    rows = transfers.order_by("created_at", "id").values_list(
        "id",
        "created_at",
        "code",
        "amount",
        "reference",
        "debit_account__code",
        "debit_account__holder",
        "credit_account__code",
        "credit_account__holder",
    )
    for id, moment, code, amount, reference, debit, debtor, credit, creditor in rows.iterator(CHUNK):
        yield (
            f'\n{clock.city_day(moment)} * "{Code(code).name.lower()}"\n'
            f'  id: "{id}"\n  reference: "{reference}"\n'
            f"  {name(debit, debtor.hex)}  {amount} {COMMODITY}\n"
            f"  {name(credit, creditor.hex)}  -{amount} {COMMODITY}\n"
        )


def name(code: int, holder: str) -> str:
    """An account as beancount wants it named, by its number in the chart and its holder."""
    if code == Chart.OWED:
        return f"Assets:C{code}:H{holder}"
    return f"{'Equity' if code < Chart.CITIZEN else 'Liabilities'}:C{code}:H{holder}"


def _opening(day: date, earlier: QuerySet[Transfer]) -> Iterator[str]:
    sums: Counter[UUID] = Counter()
    for side, sign in (("debit_account", 1), ("credit_account", -1)):
        for account_id, amount in earlier.values_list(side).annotate(Sum("amount")).order_by():
            sums[account_id] += sign * amount
    lines = [
        f"  {name(account.code, account.holder.hex)}  {sums[account.id]} {COMMODITY}\n"
        for account in Account.objects.order_by("id").iterator(CHUNK)
        if sums[account.id]
    ]
    if lines:
        yield f'\n{day} * "opening balances"\n'
        yield from lines
