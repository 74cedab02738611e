"""Worker processes that are kept alive: one that is killed, or whose database went away, is replaced at once."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

from django.db import connections

log = logging.getLogger(__name__)

SOON_S = 5
"""Who ends sooner than this after its start is replaced after a pause, which doubles up to PAUSE_MAX_S."""
PAUSE_MAX_S = 16
POLL_S = 0.1


class Crew:
    """`count` processes that each do `work`, until this one is told to stop (SIGTERM, SIGINT)."""

    def __init__(self, count: int, work: Callable[[], object]) -> None:
        self.count, self.work = count, work
        self.born: dict[int, float] = {}
        self.stopping = False
        self.pause_s = 0.0

    def run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while self.born or not self.stopping:
            while not self.stopping and len(self.born) < self.count:
                self._start()
            self._bury()
            time.sleep(POLL_S)

    def _start(self) -> None:
        time.sleep(self.pause_s)
        connections.close_all()  # no process shares a connection with another
        pid = os.fork()
        if not pid:
            self._be_a_worker()
        self.born[pid] = time.monotonic()
        if self.stopping:  # told so meanwhile
            os.kill(pid, signal.SIGTERM)

    def _be_a_worker(self) -> None:
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            self.work()
            status = 0
        except BaseException:  # whatever it was, this process must not go on as a second crew
            log.exception("a worker ended")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _bury(self) -> None:
        for pid, born in list(self.born.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            del self.born[pid]
            lived_s = time.monotonic() - born
            self.pause_s = min(max(2 * self.pause_s, 0.5), PAUSE_MAX_S) if status and lived_s < SOON_S else 0
            if not self.stopping:
                code = os.waitstatus_to_exitcode(status)
                log.warning("worker %s ended (%s) after %.0f s and is replaced", pid, code, lived_s)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True
        for pid in self.born:
            os.kill(pid, signal.SIGTERM)
