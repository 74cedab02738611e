"""The jobs of this room: each calls one station function that may run twice."""

import logging
from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from activities.intake import deliveries
from activities.intake.problems import Refused
from activities.methodologies import replays, restatement

log = logging.getLogger(__name__)


@app.task(queue="intake", retry=5, pass_context=False)
def digest_delivery(delivery_id: str) -> None:
    """Digest a kept delivery. A body that cannot be read is not tried again: the delivery says why."""
    try:
        deliveries.digest(UUID(delivery_id))
    except Refused as refusal:
        log.warning("delivery %s refused: %s", delivery_id, refusal.code)


@app.periodic(cron="*/5 * * * *")
@app.task(queue="intake", queueing_lock="activities.resume_deliveries")
def resume_deliveries(timestamp: int) -> None:
    """Go on with deliveries whose worker died."""
    deliveries.resume(timezone.now() - timedelta(minutes=5))


@app.periodic(cron="17 * * * *")
@app.task(queue="housekeeping")
def purge_raw(timestamp: int) -> None:
    """Delete raw bodies whose retention is over."""
    deliveries.purge_raw()


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
