"""All books of a city, by natural keys, so that two runs of the same deliveries can be compared row by row."""

from collections import Counter
from typing import Any

from django.db import connection

Books = Counter[tuple[Any, ...]]

TABLES = {
    "deliveries": "SELECT door, external_id, size_bytes, state, rows_done FROM activities_delivery",
    "quarantine": "SELECT d.external_id, q.line, q.code, q.field, q.detail FROM activities_quarantinedrow q"
    " JOIN activities_delivery d ON d.id = q.delivery_id",
    "events": "SELECT citizen_id, key, content_digest, revision, line, half, cancelled FROM activities_event",
    "activities": "SELECT citizen_id, key, scenario_id, started_at, ended_at, distance_m, quantity, status, reason,"
    " decision FROM activities_activity",
    "findings": "SELECT f.citizen_id, a.key, f.rule, f.verdict FROM activities_finding f JOIN activities_activity a"
    " ON a.id = f.activity_id AND a.citizen_id = f.citizen_id",
    "reductions": "SELECT r.citizen_id, a.key, r.methodology_id, r.city_day, sum(r.reduction_mg) AS mg"
    " FROM activities_reduction r JOIN activities_activity a"
    " ON a.id = r.activity_id AND a.citizen_id = r.citizen_id GROUP BY 1, 2, 3, 4 HAVING sum(r.reduction_mg) <> 0",
    "daily_totals": "SELECT citizen_id, city_day, scenario_id, activities, distance_m, reduction_mg"
    " FROM activities_dailytotal WHERE activities <> 0",
    "tallies": "SELECT citizen_id, reduction_mg, points, remainder_mg FROM activities_tally",
    "wallets": "SELECT holder, code, balance FROM ledger_account"
    " WHERE holder IN (SELECT id FROM accounts_citizen) AND balance <> 0",
    "transfers": "SELECT holder, sum(amount) FROM (SELECT c.holder, t.amount FROM ledger_transfer t"
    " JOIN ledger_account c ON c.id = t.credit_account_id UNION ALL SELECT d.holder, -t.amount"
    " FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_account_id) AS moved"
    " WHERE holder IN (SELECT id FROM accounts_citizen) GROUP BY 1",
}
"""What must be the same whatever the order of the deliveries was: a correction that came first leaves no trace of the
row it corrects, so of reversed and replaced rows the sums count, and an empty account (of debts, which a correction
that came second opened) is none."""


def read() -> Books:
    """Every row of the books with the name of its book before it."""
    rows: Books = Counter()
    with connection.cursor() as cursor:
        for name, statement in TABLES.items():
            cursor.execute(statement)
            rows.update((name, *map(_plain, row)) for row in cursor.fetchall())
    return rows


def count_by_name(rows: Books) -> dict[str, int]:
    """How many rows of each book."""
    counts: Counter[str] = Counter()
    for (name, *_row), count in rows.items():
        counts[name] += count
    return dict(counts)


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value
