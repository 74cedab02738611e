"""Scheduled jobs of the database and the queue themselves."""

from django.db import connection
from procrastinate.contrib.django import app

from config import partitions, queue

FAILED_KEPT_HOURS = 30 * 24


@app.periodic(cron="11 2 * * *")
@app.task(name="config.make_partitions", queue="housekeeping", queueing_lock="config.make_partitions", retry=10)
def make_partitions(timestamp: int) -> None:
    """Make the months of the large tables ahead."""
    partitions.analyze(partitions.ensure())


@app.periodic(cron="* * * * * */5")
@app.task(name="config.retry_stalled", queueing_lock="config.retry_stalled", priority=100)
async def retry_stalled(timestamp: int) -> None:
    """Take up again what dead workers left; before all other jobs."""
    await queue.retry_stalled()


@app.periodic(cron="53 3 * * *")
@app.task(name="config.forget_jobs", queueing_lock="config.forget_jobs")
async def forget_jobs(timestamp: int) -> None:
    """Delete failed jobs after a month; those that succeeded go at once."""
    await app.job_manager.delete_old_jobs(
        nb_hours=FAILED_KEPT_HOURS, include_failed=True, include_cancelled=True, include_aborted=True
    )


@app.periodic(cron="*/10 * * * *")
@app.task(name="config.sweep_cache", queueing_lock="config.sweep_cache")
def sweep_cache(timestamp: int) -> None:
    """Delete what the cache in the database holds no more: it counts its rows whenever it writes one."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache WHERE expires < now()")
