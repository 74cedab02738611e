"""The memory that digesting takes: in a process of its own, which says how much it had at most."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from uuid import UUID

from django.conf import settings

from activities.intake import deliveries
from activities.models import Delivery
from sandbox.benchmarks import webserver

WORK = "import django; django.setup(); from sandbox.benchmarks import digesting; digesting.main()"


def peak_rss_mb(delivery: Delivery) -> int:
    """Digest a delivery elsewhere; the most memory that it took there."""
    environment = {**os.environ, "DATABASE_URL": webserver.database_url(), "DJANGO_SETTINGS_MODULE": "config.settings"}
    command = [sys.executable, "-c", WORK, str(delivery.pk)]
    answer = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True, stdout=subprocess.PIPE)
    return round(int(json.loads(answer.stdout)["peak_rss_kb"]) / 1024)


def main() -> None:
    """In the new process: digest, and tell the high-water mark of this process alone."""
    deliveries.digest(UUID(sys.argv[1]))
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    sys.stdout.write(json.dumps({"peak_rss_kb": int(found[1]) if found else 0}))
