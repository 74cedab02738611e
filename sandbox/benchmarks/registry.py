"""The benchmarks by name, and the scratch database they run on."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

from django.db import connection, connections

from sandbox.benchmarks import (
    faults,
    intake,
    integrity,
    ledger,
    memory,
    outages,
    pages,
    ranks,
    redemption,
    replay,
)

Figures = dict[str, Any]

BENCHMARKS: dict[str, Callable[..., Figures]] = {
    "faults": faults.run,
    "intake": intake.run,
    "integrity": integrity.run,
    "ledger": ledger.run,
    "memory": memory.run,
    "pages": pages.run,
    "ranks": ranks.run,
    "redemption": redemption.run,
    "replay": replay.run,
}
SCALES = ("small", "full")


@contextmanager
def scratch_database(keep: bool = False) -> Iterator[None]:
    """A migrated, empty database beside the real one, for the time of the block; `keep`: as an earlier one left it."""
    name = str(connection.settings_dict["NAME"])
    connection.settings_dict["TEST"]["NAME"] = f"bench_{name}"
    with redirect_stdout(sys.stderr):  # the output is one JSON object and nothing else
        outages.go(connection.creation.create_test_db(0, autoclobber=True, serialize=False, keepdb=keep))
    try:
        yield
    finally:
        connections.close_all()
        connection.creation.destroy_test_db(name, verbosity=0, keepdb=keep)
        outages.go(name)


def run(name: str, scale: str, keep: bool = False, **options: int) -> Figures:
    """One benchmark on a scratch database, with its own options. Raises KeyError for an unknown name."""
    benchmark = BENCHMARKS[name]
    with scratch_database(keep):
        return {"benchmark": name, "scale": scale, **benchmark(scale, **options)}
