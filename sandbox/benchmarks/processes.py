"""Workers as processes of their own."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from sandbox.benchmarks import webserver

STOP_S = 30


def wait(pids: Iterable[int]) -> None:
    """Until all have ended. Raises ChildProcessError where one failed."""
    statuses = [os.waitpid(pid, 0)[1] for pid in pids]
    if any(statuses):
        raise ChildProcessError("a worker failed")


def fork(work: Callable[[], object]) -> int:
    """The id of a process that does the work on its own connection; it ends with 0 where that went well."""
    connection.close()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    finally:
        os._exit(status)


@dataclass(frozen=True, slots=True)
class Workers:
    """`manage.py work` on the benchmark's database, as in production."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def pids(self) -> list[int]:
        pid = self.process.pid
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def count_taken_up(self) -> int:
        """How many jobs of dead workers were queued again."""
        return self.log.read_text().count("of a dead worker is queued again")


@contextmanager
def workers(count: int, log: Path, **variables: str) -> Iterator[Workers]:
    """Workers of their own for the time of the block, with further variables in their environment."""
    environment = {**os.environ, "DATABASE_URL": webserver.database_url(), "LOG_LEVEL": "WARNING", **variables}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "work", "--processes", str(count)],
            cwd=settings.BASE_DIR,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Workers(process, log)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
