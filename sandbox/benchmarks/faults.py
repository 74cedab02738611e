"""Faults under load: workers and web killed by SIGKILL, the database restarted, the disk full; then the books compared.

Workers and web are started as in production, on a scratch database. A partner posts signed webhooks until they are
answered with 2xx, and lays files down in its folder. Nothing helps the killed: whoever takes up their work again is
part of what is measured. Then a copy of the database, made before the first delivery, gets the same deliveries
undisturbed: all books must be the same, row by row.
"""

import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError, close_old_connections, connection, transaction
from django.db.models import Sum
from django.test import override_settings
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException

from activities import audit, jobs
from activities.intake import deliveries, stores
from activities.models import Delivery, Feed
from ledger import audit as ledger_audit
from sandbox.benchmarks import books, outages, processes, rides, senders, webserver
from sandbox.benchmarks.senders import Body, Sender

SIZES: dict[str, dict[str, int]] = {
    "small": {"kills": 50, "web_kills": 6, "citizens": 200, "bodies": 100, "rows": 150, "heartbeat_s": 5, "outages": 1},
    "full": {
        "kills": 50,
        "web_kills": 12,
        "citizens": 2_000,
        "bodies": 200,
        "rows": 1_500,
        "heartbeat_s": 5,
        "outages": 1,
    },
}
WORKERS = WEB_WORKERS = 2
KILL_AFTER_S = (0.0, 0.5)
FULL_BODIES, FULL_ROWS = 6, 1_200
WAITING_MAX = 4
SETTLE_S = 150
RESTARTS = ("fast", "immediate")


def run(scale: str, **sizes: int) -> dict[str, Any]:
    size = {**SIZES[scale], **sizes}
    feed = Feed.objects.select_related("partner").get(code="mobike-shanghai")
    feed.store = {"folder": "partner", "every_minutes": 1}
    feed.save()
    subjects = rides.open_city(feed, size["citizens"])
    bodies = [senders.compose(subjects, number, size["rows"]) for number in range(size["bodies"])]
    with tempfile.TemporaryDirectory() as inbox, _small_batches(inbox, size["rows"]), outages.copied() as calm:
        (Path(inbox) / "partner").mkdir()
        trial = _Trial(feed, size, subjects, Path(inbox))
        figures = trial.run(bodies)
        disturbed, breaches = books.read(), _count_breaches()
        with outages.inside(calm):
            _deliver_calmly(feed, trial.sent)
            undisturbed = books.read()
    lost, doubled = undisturbed - disturbed, disturbed - undisturbed
    return {
        "kills": trial.killed,
        "lost": lost.total(),
        "doubled": doubled.total(),
        "differing_books": books.count_by_name(lost + doubled),
        **figures,
        "citizens": size["citizens"],
        "deliveries": len(trial.sent),
        "compared_rows": undisturbed.total(),
        "points": sum(row[3] for row in undisturbed if row[0] == "tallies"),
        "breaches": breaches,
    }


def _small_batches(inbox: str, rows: int) -> Any:
    """So that a kill often falls between two batches of one delivery."""
    return override_settings(INTAKE_FOLDER=inbox, INTAKE_BATCH_ROWS=max(1, rows // 3))


def _count_breaches() -> int:
    return sum((audit.run() | ledger_audit.run()).values())


def _deliver_calmly(feed: Feed, bodies: Sequence[Body]) -> None:
    """One after the other, by one process that nobody kills."""
    for body in bodies:
        if body.door == Delivery.Door.WEBHOOK:
            deliveries.receive(feed, body.door, f"body-{body.number}", body.content, body.sent_at)
    stores.look(feed, lambda _delivery: None)
    for delivery in Delivery.objects.order_by("sent_at"):
        deliveries.digest(delivery.pk)


class _Trial:
    """One run with everything that can go wrong."""

    def __init__(self, feed: Feed, size: dict[str, int], subjects: list[str], inbox: Path) -> None:
        self.feed, self.size, self.subjects, self.inbox = feed, size, subjects, inbox
        self.killed = self.web_killed = self.shared = 0
        self.chance = random.Random(size["kills"])
        self.sent: list[Body] = []

    def run(self, bodies: list[Body]) -> dict[str, Any]:
        """Deliver all bodies amid faults; the figures of it."""
        variables = {
            "INTAKE_FOLDER": str(self.inbox),
            "INTAKE_BATCH_ROWS": str(settings.INTAKE_BATCH_ROWS),
            "WORKER_HEARTBEAT_S": str(self.size["heartbeat_s"]),
        }
        with ExitStack() as stack:
            disk = stack.enter_context(_disk(self.size["outages"] > 0))
            log = self.inbox / "workers.log"
            self.workers = stack.enter_context(processes.workers(WORKERS, log, **variables))
            self.web = stack.enter_context(webserver.start(WEB_WORKERS, **variables))
            url = f"{self.web.url}/hooks/{self.feed.code}/"
            self.sender = Sender(url, self.feed.secrets.split()[0], self.inbox / "partner")
            self._share_one(bodies.pop(0))
            restarted = self._deliver(bodies)
            recovered_s = self._recover()
            full = self._fill(disk) if isinstance(disk, outages.Disk) else {"full_disk": disk}
            taken_up = self.workers.count_taken_up()
            undigested = len(self.sent) - Delivery.objects.exclude(state=Delivery.State.RECEIVED).count()
        return {
            "undigested": undigested,
            "recovered_s": round(recovered_s, 1),
            "web_kills": self.web_killed,
            "jobs_taken_up_again": taken_up,
            "two_workers_on_one": self.shared,
            "database_restarts": restarted,
            **full,
            "answers": dict(sorted(self.sender.answers.items())),
        }

    def _share_one(self, body: Body) -> None:
        """Both workers are given the same delivery at the same time."""
        self.sent.append(body)
        with transaction.atomic():
            delivery, _new = deliveries.receive(
                self.feed, Delivery.Door.WEBHOOK, f"body-{body.number}", body.content, body.sent_at
            )
            for _worker in range(WORKERS):
                jobs.queue_digestion(delivery)
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline and not Delivery.objects.exclude(state="received").exists():
            self.shared = max(self.shared, ProcrastinateJob.objects.filter(status="doing", queue_name="intake").count())
            time.sleep(0.01)

    def _deliver(self, bodies: list[Body]) -> int | str:
        """Send all, killing at random moments meanwhile; how often the database was restarted, or why not."""
        refusal = outages.refuse_restart() if self.size["outages"] else "not asked for"
        modes = dict(zip((len(bodies) // 3, 2 * len(bodies) // 3), RESTARTS, strict=True)) if not refusal else {}
        every = max(1, len(bodies) // (self.size["web_kills"] + 1))
        with ThreadPoolExecutor(2) as pool:
            sending = []
            for number, body in enumerate(bodies):
                sending.append(pool.submit(self._send, body))
                if number % every == every - 1 and self.web_killed < self.size["web_kills"]:
                    time.sleep(self.chance.uniform(0, 0.03))
                    self.web_killed += _kill(self.chance.choice(self.web.workers() or [0]))
                if number in modes:
                    outages.restart(modes[number])
                self._kill_on_the_way(number + 1, len(bodies))
                self._wait_for_room()
            for one in sending:
                one.result()
        return refusal or len(modes)

    def _send(self, body: Body) -> None:
        self.sent.append(body)
        self.sender.send(body)
        if body.door == Delivery.Door.STORE:
            self._have_it_fetched()

    def _have_it_fetched(self) -> None:
        """What the job of every minute does, without the wait for it."""
        with suppress(AlreadyEnqueued, ConnectorException, OperationalError):
            jobs.queue_fetch(self.feed.pk)
        connection.close()

    def _kill_on_the_way(self, sent: int, of: int) -> None:
        """All kills but the last, evenly over the deliveries, each at a random moment."""
        while self.killed < (self.size["kills"] - 1) * sent // of:
            self._kill_a_worker()

    def _kill_a_worker(self) -> None:
        time.sleep(self.chance.uniform(*KILL_AFTER_S))
        while not self.workers.pids():
            time.sleep(0.05)
        self.killed += _kill(self.chance.choice(self.workers.pids()))

    def _wait_for_room(self) -> None:
        """Deliveries come as fast as they can be worked on."""
        deadline = time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            with suppress(OperationalError):
                if ProcrastinateJob.objects.filter(status="todo", queue_name="intake").count() <= WAITING_MAX:
                    return
            close_old_connections()
            time.sleep(0.05)

    def _fill(self, disk: outages.Disk) -> dict[str, float]:
        """Fill the disk, see what is refused, make room, and see that everything goes on."""
        first = self.size["bodies"]
        bodies = [senders.compose(self.subjects, first + 2 * place, FULL_ROWS) for place in range(FULL_BODIES)]
        disk.fill()
        refused = [body for body in bodies if self._is_refused(body)]
        names = [f"body-{body.number}" for body in refused]
        half = Delivery.objects.filter(external_id__in=names).count()
        disk.free()
        start = time.monotonic()
        for body in bodies:
            self._send(body)
        self._await_digested()
        return {
            "full_disk_refused": len(refused),
            "full_disk_left_half": half,
            "full_disk_recovered_s": round(time.monotonic() - start, 1),
        }

    def _is_refused(self, body: Body) -> bool:
        """Whether the answer says in full that it could not be kept, and when to come again."""
        answer = self.sender.post(body)
        return (
            answer is not None
            and answer.status_code == 503
            and answer.headers["content-type"] == "application/problem+json"
            and answer.json()["code"] == "store_unavailable"
            and int(answer.headers["retry-after"]) > 0
        )

    def _recover(self) -> float:
        """Seconds from the last kill until everything that was sent is digested."""
        self._kill_a_worker()
        start = time.monotonic()
        self._have_it_fetched()
        self._await_digested()
        return time.monotonic() - start

    def _await_digested(self) -> None:
        """Wait as long as something moves: a slow machine loses nothing."""
        seen, deadline = (-1, -1), time.monotonic() + SETTLE_S
        while time.monotonic() < deadline:
            done = Delivery.objects.exclude(state=Delivery.State.RECEIVED).count()
            if done == len(self.sent):
                return
            rows = Delivery.objects.aggregate(rows=Sum("rows_done"))["rows"] or 0
            if (done, rows) != seen:
                seen, deadline = (done, rows), time.monotonic() + SETTLE_S
            time.sleep(0.1)


@contextmanager
def _disk(wanted: bool) -> Iterator[outages.Disk | str]:
    """A small disk for the database, or why there is none."""
    refusal = outages.refuse_disk() if wanted else "not asked for"
    with ExitStack() as stack:
        disk: outages.Disk | str = f"skipped: {refusal}"
        if not refusal:
            try:
                disk = stack.enter_context(outages.small_disk())
            except subprocess.CalledProcessError:
                disk = "skipped: a small file system cannot be mounted here"
        yield disk


def _kill(pid: int) -> int:
    """1 where there was such a process; it is waited for until its parent knows."""
    with suppress(ProcessLookupError):
        if pid:
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.02)
            return 1
    return 0
