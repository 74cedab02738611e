"""The job queue where workers die: jobs deferred with the data they are about, and taken up again."""

import logging
from typing import Any

from django.conf import settings
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

log = logging.getLogger(__name__)


def defer(task: Any, lock: str | None = None, **arguments: Any) -> None:
    """Queue a job in the transaction of Django's connection, also inside a worker, whose own queue has another one.

    Of the jobs with one `lock` one waits at most, and one is in work. Raises AlreadyEnqueued where one waits.
    """
    deferrer = task.configure(lock=lock, queueing_lock=lock)
    JobManager(DjangoConnector()).defer_job(deferrer.make_new_job(**arguments))


async def retry_stalled() -> int:
    """Queue again what workers were doing that give no sign of life any more; return how many jobs."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=settings.WORKER_STALLED_S)
    retried = 0
    for job in stalled:
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:  # the same waits already: this one is not needed
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException:  # somebody else was faster
            continue
        retried += 1
        log.warning("job %s (%s) of a dead worker is queued again", job.id, job.task_name)
    return retried
