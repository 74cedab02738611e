"""The book's invariants, each counted by one query: 0 means that it holds. Numbers are those of Chart and Code."""

from django.db import connection, transaction

from ledger.models import Chart, Code

MEMORY = "256MB"
"""For a sort or a hash table: whole tables are joined, and what does not fit goes to the disk."""

SIDES = {
    Code.FUND: [(Chart.FUNDING, Chart.ISSUANCE), (Chart.ISSUANCE, Chart.FUNDING)],
    Code.AWARD: [(Chart.ISSUANCE, Chart.CITIZEN)],
    Code.BONUS: [(Chart.ISSUANCE, Chart.CITIZEN)],
    Code.HOLD: [(Chart.CITIZEN, Chart.HELD)],
    Code.REDEEM: [(Chart.HELD, Chart.MERCHANT)],
    Code.RELEASE: [(Chart.HELD, Chart.CITIZEN)],
    Code.REFUND: [(Chart.MERCHANT, Chart.CITIZEN)],
    Code.CLAW_BACK: [(Chart.CITIZEN, Chart.ISSUANCE)],
    Code.OWE: [(Chart.OWED, Chart.ISSUANCE)],
    Code.REPAY: [(Chart.CITIZEN, Chart.OWED)],
    Code.EXPIRE: [(Chart.CITIZEN, Chart.EXPIRED)],
    Code.UNEXPIRE: [(Chart.EXPIRED, Chart.CITIZEN)],
    Code.SETTLE: [(Chart.MERCHANT, Chart.SETTLED), (Chart.SETTLED, Chart.MERCHANT)],
}
"""From which account to which each code moves points: the chart of README.md. A reversal goes the other way of its
transfer."""
_SIDES = ", ".join(f"({code:d}, {debit:d}, {credit:d})" for code, pairs in SIDES.items() for debit, credit in pairs)

CHECKS = {
    # The trial balance of the book as it is read: carried balances where they are carried, transfers elsewhere.
    # Two wrong balances that cancel out pass here and are found by the next check.
    "accounts_sum_to_zero": """
        WITH side AS (
            SELECT account, sum(amount) AS total FROM (
                SELECT credit_account_id AS account, amount FROM ledger_transfer
                UNION ALL SELECT debit_account_id, -amount FROM ledger_transfer) AS legs GROUP BY account)
        SELECT count(*) FROM (
            SELECT sum(coalesce(CASE account.code WHEN 220 THEN -account.balance ELSE account.balance END,
                side.total, 0)) AS total
            FROM ledger_account account LEFT JOIN side ON side.account = account.id) AS trial
        WHERE total <> 0""",
    "balances_equal_transfers": """
        WITH side AS (
            SELECT account, sum(amount) AS total FROM (
                SELECT credit_account_id AS account, amount FROM ledger_transfer
                UNION ALL SELECT debit_account_id, -amount FROM ledger_transfer) AS legs GROUP BY account)
        SELECT count(*) FROM ledger_account account LEFT JOIN side ON side.account = account.id
        WHERE account.balance IS NOT NULL
          AND CASE account.code WHEN 220 THEN -account.balance ELSE account.balance END <> coalesce(side.total, 0)""",
    "transfers_have_accounts": """
        SELECT count(*) FROM ledger_transfer transfer
        WHERE NOT EXISTS (SELECT FROM ledger_account account WHERE account.id = transfer.debit_account_id)
           OR NOT EXISTS (SELECT FROM ledger_account account WHERE account.id = transfer.credit_account_id)""",
    "codes_move_points_as_the_chart_says": f"""
        SELECT count(*) FROM ledger_transfer transfer
        JOIN ledger_account source ON source.id = transfer.debit_account_id
        JOIN ledger_account target ON target.id = transfer.credit_account_id
        WHERE transfer.code <> 60
          AND (transfer.code, source.code, target.code) NOT IN (VALUES {_SIDES})""",  # noqa: S608  our own numbers
    "reversals_mirror_their_transfers": """
        SELECT count(*) FROM ledger_transfer reversal
        WHERE code = 60 AND NOT EXISTS (
            SELECT FROM ledger_transfer wrong WHERE wrong.id = reversal.reference
              AND (wrong.debit_account_id, wrong.credit_account_id, wrong.amount)
                = (reversal.credit_account_id, reversal.debit_account_id, reversal.amount))""",
    # What came back to a wallet after it had expired had expired there.
    "nothing_unexpired_that_had_not_expired": """
        SELECT count(*) FROM (
            SELECT credit_account_id AS wallet, sum(amount) AS points FROM ledger_transfer
            WHERE code = 41 GROUP BY credit_account_id) AS back
        WHERE points > (SELECT coalesce(sum(amount), 0) FROM ledger_transfer
                        WHERE debit_account_id = back.wallet AND code = 40)""",
    "nobody_owes_with_points_to_spend": """
        SELECT count(*) FROM ledger_account debt
        JOIN ledger_account wallet ON wallet.holder = debt.holder AND wallet.code = 200
        WHERE debt.code = 220 AND debt.balance > 0 AND wallet.balance > 0""",
    "nothing_passed_between_people": """
        SELECT count(*) FROM ledger_transfer transfer
        JOIN ledger_account source ON source.id = transfer.debit_account_id AND source.code BETWEEN 200 AND 299
        JOIN ledger_account target ON target.id = transfer.credit_account_id AND target.code BETWEEN 200 AND 299
        WHERE source.holder <> target.holder""",
    "held_points_equal_open_holds": """
        SELECT count(*) FROM (SELECT holder, balance FROM ledger_account WHERE code = 210) AS account
        FULL JOIN (SELECT holder, sum(amount) AS total FROM ledger_hold WHERE state = 'placed' GROUP BY holder) AS held
            ON held.holder = account.holder
        WHERE coalesce(account.balance, 0) <> coalesce(held.total, 0)""",
    # What a hold says, its transfers through the holder's account say too: set aside once, then paid or returned once.
    "holds_equal_their_transfers": """
        SELECT count(*) FROM ledger_hold hold
        LEFT JOIN ledger_account account ON account.holder = hold.holder AND account.code = 210
        LEFT JOIN LATERAL (
            SELECT array_agg((code, amount)::text ORDER BY code) AS found FROM ledger_transfer
            WHERE reference = hold.id AND code IN (20, 21, 22)
              AND CASE code WHEN 20 THEN credit_account_id ELSE debit_account_id END = account.id) AS steps ON true
        WHERE steps.found IS DISTINCT FROM CASE hold.state
            WHEN 'placed' THEN ARRAY[(20, hold.amount)::text]
            WHEN 'settled' THEN ARRAY[(20, hold.amount)::text, (21, hold.amount)::text]
            ELSE ARRAY[(20, hold.amount)::text, (22, hold.amount)::text] END""",
    "transfers_of_holds_have_one": """
        SELECT count(*) FROM ledger_transfer transfer
        WHERE code IN (20, 21, 22)
          AND NOT EXISTS (SELECT FROM ledger_hold hold WHERE hold.id = transfer.reference)""",
    # What is left by the slices is what was funded less what was issued; it is never below zero (a CHECK).
    "budgets_equal_the_book": """
        SELECT count(*) FROM ledger_programme programme
        LEFT JOIN ledger_account account ON account.holder = programme.id AND account.code = 100
        WHERE limited
          AND (SELECT coalesce(sum(left_points), 0) FROM ledger_budgetslice WHERE programme_id = programme.id)
            <> opening_points
             + (SELECT coalesce(sum(amount), 0) FROM ledger_transfer WHERE credit_account_id = account.id)
             - (SELECT coalesce(sum(amount), 0) FROM ledger_transfer WHERE debit_account_id = account.id)""",
    "fundings_equal_transfers": """
        SELECT count(*) FROM ledger_programme programme
        LEFT JOIN ledger_account account ON account.holder = programme.id AND account.code = 105
        WHERE funded_points <> (SELECT coalesce(sum(points), 0) FROM ledger_funding WHERE programme_id = programme.id)
           OR funded_points <> (SELECT coalesce(sum(amount), 0) FROM ledger_transfer
                WHERE debit_account_id = account.id AND code = 1)
             - (SELECT coalesce(sum(amount), 0) FROM ledger_transfer WHERE credit_account_id = account.id AND code = 1)
        """,
}


def run() -> dict[str, int]:
    """The number of breaches of each invariant."""
    return count_breaches(CHECKS)


def count_breaches(checks: dict[str, str]) -> dict[str, int]:
    """Run queries that each answer one number; the numbers by the queries' names."""
    return {name: _count(query) for name, query in checks.items()}


def _count(query: str) -> int:
    """Each in a transaction of its own, so that no snapshot is held for as long as the whole audit takes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
        cursor.execute(query)
        return int(cursor.fetchone()[0])
