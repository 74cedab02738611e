"""Faults under load: workers and doors killed by SIGKILL, the database restarted, a full disk; then the books compared.

Two workers digest the same waiting deliveries while files and webhooks arrive through doors that are processes of
their own. What was not answered is sent again, as partners do. Then the same people, as new citizens, get the same
deliveries undisturbed: the books must be the same to the milligram and the point.
"""

import os
import random
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.linking.models import Link
from activities import audit
from activities.intake import chunks, deliveries
from activities.intake.webhook import StoreUnavailable
from activities.models import Delivery, Feed
from config.problems import Problem
from ledger import audit as ledger_audit
from sandbox.benchmarks import rides
from sandbox.benchmarks.processes import fork

SIZES = {
    "small": {"kills": 50, "citizens": 300, "rows": 900, "bodies": 24, "restarts": 2},
    "full": {"kills": 50, "citizens": 3_000, "rows": 9_000, "bodies": 60, "restarts": 3},
}
WORKERS = 2
RESTART_S = 60
KILL_AFTER_S = (0.01, 0.4)
FIRST_SENT = datetime(2016, 9, 1, tzinfo=UTC)

Books = dict[str, tuple[int, int, int, int]]


class Body(NamedTuple):
    """What a partner sends: its number is the webhook's id or the file's name."""

    number: int
    door: Delivery.Door
    content: bytes

    @property
    def sent_at(self) -> datetime:
        return FIRST_SENT + timedelta(minutes=self.number)


def run(scale: str) -> dict[str, Any]:
    size = SIZES[scale]
    feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    subjects = rides.open_city(feed, size["citizens"])
    bodies = _compose(subjects, size["rows"], size["bodies"])
    disturbance = _Disturbance(feed, size["kills"], size["restarts"])
    full_disk = _fill_the_disk(feed, bodies[0])
    disturbance.deliver(bodies)
    recovered_s = disturbance.recover()
    disturbed = _books()
    Link.objects.update(ended_at=timezone.now(), ended_by="staff")  # the same people again, as new citizens
    rides.open_city(feed, size["citizens"])
    for body in bodies:
        _receive(feed, body, "again")
    deliveries.resume(timezone.now())
    undisturbed = _books()
    return {
        "kills": disturbance.killed,
        "lost": sum(_less(disturbed.get(who), books) for who, books in undisturbed.items()),
        "doubled": sum(_less(undisturbed.get(who), books) for who, books in disturbed.items()),
        "recovered_s": round(recovered_s, 2),
        "workers": WORKERS,
        "deliveries": len(bodies),
        "database_restarts": disturbance.restarted,
        "full_disk_refused": full_disk,
        "citizens": size["citizens"],
        "points": sum(points for _mg, points, _rest, _balance in undisturbed.values()),
        "breaches": sum((audit.run() | ledger_audit.run()).values()),
    }


def _compose(subjects: list[str], rows: int, count: int) -> list[Body]:
    """Files and webhooks in turn; every fourth corrects the rides of the one before it."""
    bodies = []
    for number in range(count):
        if number % 4 == 3:
            content = rides.write_file(subjects, rows, number - 1, pace=0.5)
        else:
            content = rides.write_file(subjects, rows, number)
        bodies.append(Body(number, (Delivery.Door.FILE, Delivery.Door.STORE)[number % 2], content))
    return bodies


def _receive(feed: Feed, body: Body, run: str) -> None:
    known = Delivery.objects.filter(door=Delivery.Door.STORE, external_id=f"{run}-{body.number}")
    if body.door == Delivery.Door.STORE and known.exists():
        return
    deliveries.receive(feed, body.door, f"{run}-{body.number}", body.content, body.sent_at)


class _Disturbance:
    """Processes that are killed while they work."""

    def __init__(self, feed: Feed, kills: int, restarts: int) -> None:
        self.feed, self.kills, self.restarts = feed, kills, restarts
        self.killed = self.restarted = 0
        self.chance = random.Random(kills)
        self.workers: list[int] = []

    def deliver(self, bodies: list[Body]) -> None:
        """Send every body until its door answered, killing meanwhile; then all again until the kills are done."""
        connection.close()
        for number, body in enumerate(cycle(bodies)):
            if number >= len(bodies) and self.killed >= self.kills:
                return
            while not self._knock(body, kill=self.chance.random() < 0.3 and self.killed < self.kills):
                pass
            self._kill_a_worker()
            if self.restarted < self.restarts and number % (len(bodies) // self.restarts) == 3:
                self._restart_database()

    def recover(self) -> float:
        """Seconds from the last kill until nothing waits."""
        start = time.perf_counter()
        self._staff()
        for pid in self.workers:
            os.waitpid(pid, 0)
        while Delivery.objects.filter(state=Delivery.State.RECEIVED).exists():
            deliveries.resume(timezone.now())
        return time.perf_counter() - start

    def _knock(self, body: Body, kill: bool) -> bool:
        """Whether the door said that it has the body."""
        pid = fork(lambda: _receive(self.feed, body, "first"))
        if kill:
            time.sleep(self.chance.uniform(0, 0.1))
            os.kill(pid, signal.SIGKILL)
            self.killed += 1
        _pid, status = os.waitpid(pid, 0)
        return status == 0

    def _staff(self) -> None:
        """See to it that all workers are there; one that has nothing to do left by itself."""
        for pid in list(self.workers):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self.workers.remove(pid)
        while len(self.workers) < WORKERS:
            self.workers.append(fork(lambda: deliveries.resume(timezone.now())))

    def _kill_a_worker(self) -> None:
        self._staff()
        time.sleep(self.chance.uniform(*KILL_AFTER_S))
        pid = self.workers.pop(self.chance.randrange(len(self.workers)))
        if self.killed < self.kills:
            os.kill(pid, signal.SIGKILL)
        _pid, status = os.waitpid(pid, 0)
        self.killed += os.WIFSIGNALED(status)

    def _restart_database(self) -> None:
        """Crash the server by killing one of its processes: it cuts everybody off, recovers from its log, starts again.

        A server that is not ours cannot be crashed; then every connection to the scratch database is cut.
        """
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            ours = Path(cursor.fetchone()[0]).is_relative_to(settings.BASE_DIR)
            cursor.execute("SELECT pg_backend_pid()")
            if ours:
                os.kill(int(cursor.fetchone()[0]), signal.SIGKILL)
            else:
                with suppress(OperationalError):
                    cursor.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    )
        self.restarted += 1
        _await_database()


def _await_database() -> None:
    deadline = time.monotonic() + RESTART_S
    while True:
        connection.close()
        try:
            connection.ensure_connection()
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _fill_the_disk(feed: Feed, body: Body) -> int:
    """1 where a body that the store cannot hold is refused, and not a row of it is left."""
    store, before = chunks.store, Delivery.objects.count()

    def fail(delivery: Delivery, content: Any) -> Any:
        store(delivery, content)
        raise OSError(28, "No space left on device")

    chunks.store = fail
    try:
        _receive(feed, body, "full")
    except (OSError, StoreUnavailable, Problem):
        return int(Delivery.objects.count() == before)
    finally:
        chunks.store = store
    return 0


def _books() -> Books:
    """Of everybody with a live link, by subject: milligrams, points, what is carried, the wallet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT encode(l.subject_digest, 'hex'), t.reduction_mg, t.points, t.remainder_mg, coalesce(a.balance, 0)"
            " FROM linking_link l JOIN activities_tally t USING (citizen_id)"
            " LEFT JOIN ledger_account a ON a.holder = l.citizen_id AND a.code = 200 WHERE l.ended_at IS NULL"
        )
        return {who: books for who, *books in cursor.fetchall()}


def _less(one: Any, other: Any) -> bool:
    """Whether the first books hold less than the second."""
    return one is None or tuple(one) < tuple(other)
