"""The rounds of the ledger benchmark; importable only where hordak is an installed app."""

import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from django.db import connection

from config.identifiers import new_id
from ledger import audit, statements
from ledger.models import Chart, Code
from ledger.posting import Draft, issuance_account, open_account, open_accounts, post
from sandbox.benchmarks import hordak_peer

BATCH = 5_000
ROUNDS = 3


def measure(citizens: int, singles: int, batches: int, grown: int) -> dict[str, Any]:
    """Transfers a second, medians of rounds that take turns, and what reading a balance costs as the book grows."""
    holders = [uuid4() for _ in range(citizens)]
    issuance, wallets = issuance_account(), list(open_accounts(holders, Chart.CITIZEN).values())
    source, targets = hordak_peer.open_accounts(citizens)
    single = {"ours": list[float](), "hordak": list[float]()}
    batch = {"ours": list[float](), "hordak": list[float]()}
    for _ in range(ROUNDS):
        single["ours"].append(singles / _timed(lambda: _one_by_one(issuance, wallets, singles)))
        single["hordak"].append(singles / _timed(lambda: hordak_peer.one_by_one(source, targets, singles)))
        rows = batches * BATCH
        batch["ours"].append(rows / _timed(lambda: _in_batches(issuance, wallets, batches)))
        batch["hordak"].append(rows / _timed(lambda: hordak_peer.in_batches(source, targets, batches, BATCH)))
    growth = _balance_growth(grown)
    per_s = {
        f"{name}_{side}_per_s": round(median(found))
        for name, sides in (("single", single), ("batch", batch))
        for side, found in sides.items()
    }
    return {
        **per_s,
        "vs_hordak_single": round(median(single["ours"]) / median(single["hordak"]), 2),
        "vs_hordak_batch": round(median(batch["ours"]) / median(batch["hordak"]), 2),
        **growth,
        "breaches": sum(audit.run().values()),
    }


def _one_by_one(issuance: UUID, wallets: Sequence[UUID], count: int) -> None:
    for turn in range(count):
        id = new_id()
        post([Draft(id, issuance, wallets[turn % len(wallets)], 5, Code.AWARD, id)])


def _in_batches(issuance: UUID, wallets: Sequence[UUID], batches: int) -> None:
    for number in range(batches):
        ids = [new_id() for _ in range(BATCH)]
        post(
            [
                Draft(id, issuance, wallets[(number * BATCH + turn) % len(wallets)], 5, Code.AWARD, id)
                for turn, id in enumerate(ids)
            ]
        )


def _balance_growth(grown: int) -> dict[str, Any]:
    """Seconds to read the balance of one wallet with a thousand transfers and with `grown` of them."""
    holder = uuid4()
    wallet = open_account(holder, Chart.CITIZEN)
    _fill(wallet, 1_000)
    few_us = _read_us(holder)
    for _ in range(1_000, grown, 50_000):
        _fill(wallet, 50_000)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE ledger_transfer")
        cursor.execute("VACUUM ANALYZE ledger_account")
    many_us = _read_us(holder)
    return {
        "balance_read_us_1k": round(few_us, 1),
        "balance_read_us_1m": round(many_us, 1),
        "balance_read_growth": round(many_us / few_us, 2),
    }


def _fill(wallet: UUID, count: int) -> None:
    issuance = issuance_account()
    for start in range(0, count, 10_000):
        ids = [new_id() for _ in range(min(10_000, count - start))]
        post([Draft(id, issuance, wallet, 1, Code.AWARD, id) for id in ids])


def _read_us(holder: UUID) -> float:
    def read() -> None:
        for _ in range(300):
            statements.balance(holder)

    read()
    return min(_timed(read) for _ in range(7)) / 300 * 1e6


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
