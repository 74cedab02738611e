"""Posting beside django-hordak on the same database in the same run, and the reading of a balance as the book grows.

hordak must be an installed app, so the rounds run in a process of their own with settings of their own. Both sides
are used as their own documents say: hordak by `transfer_to` and by `bulk_create` of transactions and legs, ours by
`post`.
"""

import json
import os
import subprocess
import sys
from typing import Any

import django
from django.core.management import call_command
from django.db import connection

SIZES = {
    "small": {"citizens": 2_000, "singles": 300, "batches": 2, "grown": 1_000_000},
    "full": {"citizens": 10_000, "singles": 2_000, "batches": 10, "grown": 1_000_000},
}


def run(scale: str) -> dict[str, Any]:
    """The figures. Raises RuntimeError with the words of the process if it fails."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "sandbox.benchmarks.hordak_settings",
        "BENCH_DATABASE": connection.settings_dict["NAME"],
    }
    command = [sys.executable, "-m", "sandbox.benchmarks.ledger", scale]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(scale: str) -> None:
    django.setup()
    from sandbox.benchmarks import posting

    connection.settings_dict["NAME"] = os.environ["BENCH_DATABASE"]
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(posting.measure(**SIZES[scale])) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
