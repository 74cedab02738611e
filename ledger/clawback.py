"""Taking points back that should not have been given, also when they were spent.

What expired in the wallet since the points were earned comes back first: it was never spent, so nobody is to owe it.
Then the wallet gives what it has; points on hold stay reserved, and the rest becomes a debt in an account of its own,
so that no balance is ever below zero. Repaying needs no call: whatever fills a wallet pays the debt first
(`ledger_collect`, inside `ledger_post`), so nobody has points to spend and a debt at the same time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from config.identifiers import follow
from ledger.models import PROGRAMME, Chart
from ledger.posting import TransferConflict, call_rows, open_account, open_accounts
from ledger.statements import balance


@dataclass(frozen=True, slots=True)
class Clawback:
    """`amount` > 0 points to take from `holder` on account of `reference`, back to what is left of `programme`.

    `earned_at` is when they were earned: with it, what expired of the periods from then on is not taken twice.
    """

    id: UUID
    holder: UUID
    amount: int
    reference: UUID
    programme: UUID = PROGRAMME
    earned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What one draft came to: points taken from the wallet and from what had expired, points owed from then on."""

    id: UUID
    taken: int
    owed: int


def claw_back(drafts: Sequence[Clawback]) -> list[Taken]:
    """Take points back, all or none, in one statement; one answer a draft, in the order of their ids.

    The same draft again takes nothing and answers the same. Raises TransferConflict for an id with other content.
    Who posts awards in the same transaction calls `posting.lock()` before the first of both.
    """
    ordered = sorted(set(drafts), key=lambda draft: draft.id)
    if not ordered:
        return []
    if any(draft.amount <= 0 for draft in ordered):
        raise ValueError("an amount to take back is positive")
    if len({draft.id for draft in ordered}) < len(ordered):
        raise TransferConflict
    holders = [draft.holder for draft in ordered]
    with transaction.atomic():
        wallets, debts = open_accounts(holders, Chart.CITIZEN), open_accounts(holders, Chart.OWED)
        payees = open_accounts((draft.programme for draft in ordered), Chart.ISSUANCE)
        expired = open_account(PROGRAMME, Chart.EXPIRED) if any(draft.earned_at for draft in ordered) else None
        rows = call_rows(
            "SELECT draft, taken, owed FROM ledger_claw_back("
            "%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::uuid[],"
            " %s::timestamptz[], %s)",
            [
                [draft.id for draft in ordered],
                [owed_id(draft.id) for draft in ordered],
                [follow(draft.id, "expired") for draft in ordered],
                [wallets[draft.holder] for draft in ordered],
                [debts[draft.holder] for draft in ordered],
                [payees[draft.programme] for draft in ordered],
                [draft.amount for draft in ordered],
                [draft.reference for draft in ordered],
                [draft.earned_at for draft in ordered],
                expired,
            ],
        )
    return [Taken(*row) for row in rows]


def owed_id(clawback_id: UUID) -> UUID:
    """The id of the transfer that books what the wallet did not have."""
    return follow(clawback_id, "owed")


def owed(holder: UUID) -> int:
    """Points that the holder owes against future points."""
    return balance(holder, Chart.OWED)
