"""The rounds of the ledger benchmark; importable only where hordak is an installed app."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from operator import truediv
from statistics import median
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from config.identifiers import new_id
from ledger import audit, budgets, statements
from ledger.models import Chart, Code, Programme
from ledger.posting import Draft, issuance_account, open_account, open_accounts, post
from sandbox.benchmarks import hordak_peer

BATCH = 5_000
ROUNDS = 5
WORKERS, DRAWN, DRAWS = 4, 250, 10
"""Workers, transfers a transaction, and transactions of each for every batch of the other rounds."""
TURNS = 10
"""So often the two sides take turns within a round of single transfers: what else the machine does meets both."""


@dataclass
class Race:
    """Seconds that each side took, by round."""

    ours: list[float] = field(default_factory=list)
    hordak: list[float] = field(default_factory=list)

    def run(self, ours: Callable[[int], object], hordak: Callable[[int], object], count: int, turns: int) -> None:
        """A round: each side does `count` in all, in turns."""
        each = max(1, count // turns)
        times = [(_timed(lambda: ours(each)), _timed(lambda: hordak(each))) for _ in range(turns)]
        self.ours.append(sum(own for own, _other in times) / (each * turns))
        self.hordak.append(sum(other for _own, other in times) / (each * turns))

    def figures(self, name: str, rows: int = 1) -> dict[str, Any]:
        """Transfers a second of each side, and the median of the rounds' ratios."""
        return {
            f"{name}_ours_per_s": round(rows / median(self.ours)),
            f"{name}_hordak_per_s": round(rows / median(self.hordak)),
            f"vs_hordak_{name}": round(median(map(truediv, self.hordak, self.ours)), 2),
        }


def measure(citizens: int, singles: int, batches: int, grown: int) -> dict[str, Any]:
    """Transfers a second in rounds that take turns, and what reading a balance costs as the book grows.

    A commit waits for the disk, for the same time on both sides: `unflushed` is the same race without that wait.
    """
    holders = [uuid4() for _ in range(citizens)]
    issuance, wallets = issuance_account(), list(open_accounts(holders, Chart.CITIZEN).values())
    source, targets = hordak_peer.open_accounts(citizens)
    single, unflushed, batch = Race(), Race(), Race()

    def one_by_one(race: Race) -> None:
        ours, theirs = partial(_one_by_one, issuance, wallets), partial(hordak_peer.one_by_one, source, targets)
        race.run(ours, theirs, singles, TURNS)

    for _ in range(ROUNDS):
        one_by_one(single)
        with _without_flush():
            one_by_one(unflushed)
        ours = partial(_in_batches, issuance, wallets)
        batch.run(ours, lambda count: hordak_peer.in_batches(source, targets, count, BATCH), batches, batches)
    return {
        **single.figures("single"),
        **unflushed.figures("single_unflushed"),
        **batch.figures("batch", BATCH),
        **_drawing(holders, batches),
        **_balance_growth(grown),
        "breaches": sum(audit.run().values()),
    }


@contextmanager
def _without_flush() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        yield
        cursor.execute("RESET synchronous_commit")


def _drawing(holders: Sequence[UUID], batches: int) -> dict[str, Any]:
    """Workers side by side that award small batches from one limited programme, against an unlimited one."""
    sponsor = budgets.open_programme(Programme(code="bench", kind="sponsor", name_zh="测", name_en="Bench"))
    budgets.fund(uuid4(), sponsor.pk, 10**12, "bench", "bench")
    parts = [holders[worker::WORKERS] for worker in range(WORKERS)]
    wallets = [list(open_accounts(part, Chart.CITIZEN).values()) for part in parts]
    sources = {True: open_account(sponsor.pk, Chart.ISSUANCE), False: issuance_account()}
    seconds: dict[bool, list[float]] = {True: [], False: []}
    turns = batches * DRAWS
    for _ in range(ROUNDS):
        for limited, source in sources.items():
            work = partial(_draw_and_award, sponsor.pk if limited else None, source, turns=turns)
            seconds[limited].append(_timed(partial(_side_by_side, work, wallets)))
    rows = WORKERS * turns * DRAWN
    return {
        "limited_workers": WORKERS,
        "limited_per_s": round(rows / median(seconds[True])),
        "unlimited_per_s": round(rows / median(seconds[False])),
        "limited_share": round(median(map(truediv, seconds[False], seconds[True])), 2),
    }


def _side_by_side(work: Callable[[Sequence[UUID]], None], parts: Sequence[Sequence[UUID]]) -> None:
    with ThreadPoolExecutor(len(parts)) as pool:
        list(pool.map(work, parts))


def _draw_and_award(programme: UUID | None, source: UUID, wallets: Sequence[UUID], turns: int) -> None:
    """Each turn is a transaction like a batch of the pipeline: ask for the terms, draw, post."""
    try:
        for turn in range(turns):
            ids = [new_id() for _ in range(DRAWN)]
            drafts = [
                Draft(id, source, wallets[(turn * DRAWN + place) % len(wallets)], 5, Code.AWARD, id)
                for place, id in enumerate(ids)
            ]
            with transaction.atomic():
                if programme:
                    budgets.terms()
                    budgets.draw({programme: 5 * DRAWN}, {})
                post(drafts)
    finally:
        connection.close()


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
