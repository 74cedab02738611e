"""The book's invariants, each counted by one query: 0 means that it holds."""

from django.db import connection

CHECKS = {
    "accounts_sum_to_zero": """
        WITH side AS (
            SELECT credit_account_id AS account, amount FROM ledger_transfer
            UNION ALL SELECT debit_account_id, -amount FROM ledger_transfer)
        SELECT abs(coalesce(sum(coalesce(a.balance, side.total)), 0))
        FROM (SELECT account, sum(amount) AS total FROM side GROUP BY account) AS side
        JOIN ledger_account a ON a.id = side.account""",
    "balances_equal_transfers": """
        WITH side AS (
            SELECT credit_account_id AS account, amount FROM ledger_transfer
            UNION ALL SELECT debit_account_id, -amount FROM ledger_transfer)
        SELECT count(*) FROM ledger_account a
        LEFT JOIN (SELECT account, sum(amount) AS total FROM side GROUP BY account) AS side ON side.account = a.id
        WHERE a.balance IS NOT NULL AND a.balance <> coalesce(side.total, 0)""",
    "transfers_have_accounts": """
        SELECT count(*) FROM ledger_transfer t
        WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.id = t.debit_account_id)
           OR NOT EXISTS (SELECT FROM ledger_account a WHERE a.id = t.credit_account_id)""",
    "held_points_equal_open_holds": """
        SELECT count(*) FROM (
            SELECT a.holder FROM ledger_account a
            LEFT JOIN (SELECT holder, sum(amount) AS total FROM ledger_hold WHERE state = 'placed' GROUP BY holder) h
                ON h.holder = a.holder
            WHERE a.code = 210 AND a.balance <> coalesce(h.total, 0)
            UNION SELECT h.holder FROM ledger_hold h WHERE h.state = 'placed'
                AND NOT EXISTS (SELECT FROM ledger_account a WHERE a.holder = h.holder AND a.code = 210)) AS broken""",
}


def run() -> dict[str, int]:
    """The number of breaches of each invariant."""
    return count_breaches(CHECKS)


def count_breaches(checks: dict[str, str]) -> dict[str, int]:
    breaches = {}
    with connection.cursor() as cursor:
        for name, query in checks.items():
            cursor.execute(query)
            breaches[name] = int(cursor.fetchone()[0])
    return breaches
