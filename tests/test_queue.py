"""Jobs of workers that die: taken up again, each once; and workers themselves are replaced."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from activities import jobs
from config import queue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty_queue(transactional_db):
    """The queue's tables are not Django's to empty."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs; DELETE FROM procrastinate_workers")


@pytest.fixture
def begin():
    """Let a worker, last seen some seconds ago, begin the job that waits first."""

    def begin(seen_s_ago: float) -> ProcrastinateJob:
        worker_id = async_to_sync(app.job_manager.register_worker)()
        job = async_to_sync(app.job_manager.fetch_job)(None, worker_id)
        _see(worker_id, seen_s_ago)
        return ProcrastinateJob.objects.get(pk=job.id)

    return begin


def _see(worker_id: int, seconds_ago: float) -> None:
    with connection.cursor() as cursor:
        seen = timezone.now() - timedelta(seconds=seconds_ago)
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = %s WHERE id = %s", [seen, worker_id])


def retry() -> int:
    return async_to_sync(queue.retry_stalled)()


def test_what_a_dead_worker_did_is_queued_again_once(begin, settings):
    jobs.purge_raw.defer(timestamp=0)
    job = begin(settings.WORKER_STALLED_S + 1)
    assert (job.status, retry(), retry()) == ("doing", 1, 0)
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("todo", 1)


def test_what_a_living_worker_does_is_left_alone(begin, settings):
    jobs.purge_raw.defer(timestamp=0)
    job = begin(settings.WORKER_STALLED_S - 2)
    assert retry() == 0
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("doing", 0)


def test_where_the_same_job_waits_already_the_dead_workers_goes(begin, settings):
    jobs.fetch_due.defer(timestamp=0)
    dead = begin(settings.WORKER_STALLED_S + 1)
    jobs.fetch_due.defer(timestamp=1)
    assert (retry(), retry()) == (1, 0)
    waiting = ProcrastinateJob.objects.get()
    assert (waiting.status, waiting.pk == dead.pk) == ("todo", False)


def test_a_job_is_queued_with_what_is_written_or_not_at_all():
    with pytest.raises(ConnectionError), transaction.atomic():
        queue.defer(jobs.purge_raw, timestamp=0)
        raise ConnectionError
    assert not ProcrastinateJob.objects.exists()


def test_a_worker_that_is_killed_is_replaced_and_all_stop_together(tmp_path):
    log = tmp_path / "crew.log"
    script = (
        "import os, time; from config.workers import Crew\n"
        "def work():\n print(os.getpid(), flush=True); time.sleep(60)\n"
        "Crew(2, work).run()"
    )
    with log.open("wb") as file:
        crew = subprocess.Popen([sys.executable, "-c", script], stdout=file, stderr=subprocess.STDOUT)
    first = _await_pids(log, 2)
    os.kill(first[0], signal.SIGKILL)
    replaced = _await_pids(log, 3)
    crew.send_signal(signal.SIGTERM)
    assert crew.wait(10) == 0
    assert "ended (-9)" in log.read_text()
    assert not any(_lives(pid) for pid in replaced)


def _await_pids(log, count: int) -> list[int]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        pids = [int(line) for line in log.read_text().splitlines() if line.isdigit()]
        if len(pids) >= count:
            return pids
        time.sleep(0.05)
    raise TimeoutError(log.read_text())


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
