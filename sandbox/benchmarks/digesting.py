"""What digesting takes: in a process of its own, which says how long it took and how much memory it had at most."""

import json
import os
import re
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from activities.intake import deliveries
from activities.models import Delivery
from sandbox.benchmarks import webserver

WORK = "import django; django.setup(); from sandbox.benchmarks import digesting; digesting.main()"


class Digestion(NamedTuple):
    """`cpu_s` is without the database's; the memory is with that of processes it started."""

    peak_rss_mb: int
    seconds: float
    cpu_s: float


def peak_rss_mb(delivery: Delivery) -> int:
    """Digest a delivery elsewhere; the most memory that it took there."""
    return digest_elsewhere(delivery).peak_rss_mb


def digest_elsewhere(delivery: Delivery) -> Digestion:
    environment = {**os.environ, "DATABASE_URL": webserver.database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", WORK, str(delivery.pk)]
    answer = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, stdout=subprocess.PIPE)
    told = json.loads(answer.stdout)
    return Digestion(round(told["peak_rss_kb"] / 1024), told["seconds"], told["cpu_s"])


def main() -> None:
    """In the new process: digest, and tell the time and the high-water mark of this process and of those it started."""
    start, cpu_s = time.perf_counter(), time.process_time()
    deliveries.digest(UUID(sys.argv[1]))
    told = {"seconds": time.perf_counter() - start, "cpu_s": time.process_time() - cpu_s}
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    children_kb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    told["peak_rss_kb"] = (int(found[1]) if found else 0) + children_kb
    sys.stdout.write(json.dumps(told))
