"""The jobs of this room: each calls one station function that may run twice."""

import logging
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from activities import retention, settling
from activities.budgets import paces
from activities.intake import deliveries, leases, pull, quality, quarantine, stores
from activities.intake.problems import Refused
from activities.methodologies import replays, restatement
from activities.models import Delivery, Feed
from activities.pipeline import deadlines, sharing
from config import clock, queue

log = logging.getLogger(__name__)

LEFT_BEHIND = timedelta(minutes=5)
"""A delivery that is not queued is given so much time."""


@app.task(queue="intake", retry=RetryStrategy(max_attempts=8, exponential_wait=2), pass_context=False)
def digest_delivery(delivery_id: str) -> None:
    """Digest a kept delivery. A body that cannot be read is not tried again: the delivery says why.

    Whatever else went wrong (a full disk, a database that restarts) is tried again after 2, 4, 8 ... 256 seconds.
    """
    try:
        deliveries.digest(UUID(delivery_id))
    except Refused as refusal:
        log.warning("delivery %s refused: %s", delivery_id, refusal.code)


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="activities.resume_deliveries")
def resume_deliveries(timestamp: int) -> None:
    """Queue deliveries that wait without a job: it failed for good, or a command that was taking a file in died."""
    live = ProcrastinateJob.objects.filter(task_name=digest_delivery.name, status__in=("todo", "doing"))
    known = {UUID(arguments["delivery_id"]) for arguments in live.values_list("args", flat=True)}
    for delivery in deliveries.left_behind(timezone.now() - LEFT_BEHIND, known):
        queue_digestion(delivery)


@app.periodic(cron="* * * * *")
@app.task(queue="housekeeping", queueing_lock="activities.fetch_due")
def fetch_due(timestamp: int) -> None:
    """See to the feeds whose pages or files are due."""
    for feed_id in leases.due():
        with suppress(AlreadyEnqueued):
            queue_fetch(feed_id)


@app.task(queue="intake", retry=RetryStrategy(max_attempts=5, exponential_wait=2), pass_context=False)
def fetch_feed(feed_id: int) -> None:
    """Pull a feed's pages, or look into its store; what comes is digested by jobs of its own.

    The queue lets one such job of a feed run at a time, so a lease that is still held is a dead worker's.
    """
    feed = Feed.objects.select_related("partner").get(pk=feed_id)
    if feed.pull is not None:
        pull.pull(feed, queue_digestion, alone=True)
    elif feed.store is not None:
        stores.look(feed, queue_digestion, alone=True)


def queue_fetch(feed_id: int) -> None:
    """Raises AlreadyEnqueued where one waits."""
    queue.defer(fetch_feed, lock=f"activities.fetch_feed.{feed_id}", feed_id=feed_id)


def queue_digestion(delivery: Delivery) -> None:
    """Queue it with what is written in the same transaction."""
    queue.defer(digest_delivery, delivery_id=str(delivery.pk))


@app.periodic(cron="7 * * * *")
@app.task(queue="housekeeping", queueing_lock="activities.supervise_partners")
def supervise_partners(timestamp: int) -> None:
    """Suspend partners whose data passes a threshold."""
    for code in quality.supervise():
        log.warning("partner %s is suspended", code)


@app.periodic(cron="17 * * * *")
@app.task(queue="housekeeping")
def purge_raw(timestamp: int) -> None:
    """Delete raw bodies and quarantined rows whose retention is over, and what is kept of people linked no more."""
    deliveries.purge_raw()
    quarantine.purge()
    quarantine.forget_unlinked()


@app.periodic(cron="31 2 * * *")
@app.task(queue="housekeeping", queueing_lock="activities.drop_details", retry=5)
def drop_details(timestamp: int) -> None:
    """Drop the details whose time is over."""
    retention.drop()


@app.periodic(cron="43 2 2-4 * *")
@app.task(queue="housekeeping", queueing_lock="activities.drop_traces", retry=5)
def drop_traces(timestamp: int) -> None:
    """Drop what stood behind details, once their month was dropped; a night that failed has two more."""
    retention.drop_traces()


@app.periodic(cron="13 3 * * *")
@app.task(queue="housekeeping", lock="activities.settle_totals", queueing_lock="activities.settle_totals", retry=5)
def settle_totals(timestamp: int) -> None:
    """Index the sums of months that have settled. One worker at a time: two would wait for each other."""
    settling.settle(clock.city_today())


@app.task(queue="housekeeping", retry=3)
def run_replay(replay_id: str) -> None:
    """Run a replay that was asked for in the admin."""
    replays.run(UUID(replay_id))


@app.task(queue="housekeeping", retry=5)
def run_restatement(restatement_id: str) -> None:
    """Run an approved restatement, or go on with it."""
    restatement.run(UUID(restatement_id))


@app.periodic(cron="*/10 * * * *")
@app.task(queue="housekeeping", queueing_lock="activities.resume_restatements")
def resume_restatements(timestamp: int) -> None:
    """Go on with restatements whose worker died."""
    for restatement_id in restatement.unfinished():
        restatement.run(restatement_id)


@app.periodic(cron="41 2 * * *")
@app.task(queue="housekeeping", queueing_lock="activities.judge_shared")
def judge_shared(timestamp: int) -> None:
    """Judge again what rests on cards and phones that a further account began to use."""
    sharing.judge_shared()


@app.periodic(cron="27 3 * * *")
@app.task(queue="housekeeping", queueing_lock="activities.reject_overdue", retry=3)
def reject_overdue(timestamp: int) -> None:
    """Reject taps whose other half did not come in time."""
    deadlines.reject_overdue()


@app.periodic(cron="57 3 * * *")
@app.task(queue="housekeeping", queueing_lock="activities.count_paces")
def count_paces(timestamp: int) -> None:
    """Count what programmes paid in the last four weeks, and for how many grams."""
    paces.count(clock.city_today())
