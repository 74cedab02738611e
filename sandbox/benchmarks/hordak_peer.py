"""django-hordak doing what our ledger does: awards from one account to many, one at a time and in bulk.

Importable only where hordak is an installed app.
"""

from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction
from hordak.models import Account, AccountType, Leg, Transaction
from moneyed import Money

FIVE = Money(Decimal(5), "CNY")


def open_accounts(count: int) -> tuple[Account, list[Account]]:
    """The issuing account and the accounts of so many citizens."""
    source = Account.objects.create(name="issued", type=AccountType.equity, currencies=["CNY"])
    targets = [
        Account.objects.create(name=f"citizen {number}", type=AccountType.liability, currencies=["CNY"])
        for number in range(count)
    ]
    return source, targets


def one_by_one(source: Account, targets: Sequence[Account], count: int) -> None:
    for turn in range(count):
        with transaction.atomic():
            source.transfer_to(targets[turn % len(targets)], FIVE)


def in_batches(source: Account, targets: Sequence[Account], batches: int, size: int) -> None:
    for number in range(batches):
        with transaction.atomic():
            entries = Transaction.objects.bulk_create([Transaction() for _ in range(size)])
            Leg.objects.bulk_create(
                leg
                for turn, entry in enumerate(entries)
                for leg in (
                    Leg(transaction=entry, account=source, debit=FIVE, currency="CNY"),
                    Leg(
                        transaction=entry,
                        account=targets[(number * size + turn) % len(targets)],
                        credit=FIVE,
                        currency="CNY",
                    ),
                )
            )
