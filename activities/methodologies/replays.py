"""Replays asked for in the admin: kept, run by a worker, with their progress and their result."""

from collections.abc import Sequence
from contextlib import closing
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from accounts.models import User
from activities.methodologies import replay
from activities.methodologies.replay import Period, Progress
from activities.models import Methodology, Replay
from config.problems import Problem


@transaction.atomic
def request(versions: Sequence[Methodology], period: Period, by: User) -> Replay:
    """Keep a replay to be run. Raises ReplayUnfit, ParametersInvalid."""
    replay.check(versions, period)
    kept = Replay.objects.create(
        first=period.first, last=period.last, requested_by=by, expected=replay.count(versions, period)
    )
    kept.versions.set(versions)
    return kept


def run(replay_id: UUID) -> Replay:
    """Run a kept replay and keep its result; one that is done stays as it is. May run again after a death."""
    kept = Replay.objects.get(pk=replay_id)
    if kept.state in {Replay.State.DONE, Replay.State.FAILED}:
        return kept
    Replay.objects.filter(pk=replay_id).update(state=Replay.State.RUNNING, done=0)
    versions = list(kept.versions.select_related("scenario"))
    try:
        with closing(connection.copy()) as aside:
            result = replay.run(versions, Period(kept.first, kept.last), _progress(aside, replay_id))
    except Problem as problem:
        kept.state, kept.failure = Replay.State.FAILED, str(problem.detail)[:500]
    else:
        kept.state, kept.result, kept.done = Replay.State.DONE, result, result["activities"]
    kept.finished_at = timezone.now()
    kept.save(update_fields=["state", "failure", "result", "done", "finished_at"])
    return kept


def _progress(aside: BaseDatabaseWrapper, replay_id: UUID) -> Progress:
    """Tell by a connection of its own, as the replay's transaction is open until it ends."""

    def tell(done: int) -> None:
        with aside.cursor() as cursor:
            cursor.execute("UPDATE activities_replay SET done = %s WHERE id = %s", [done, replay_id])

    return tell
