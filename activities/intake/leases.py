"""Who is fetching a feed now, and when it is due again. One at a time; a fetcher that died is replaced."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from activities.models import Feed, PullState

LEASE = timedelta(minutes=10)
BACKOFF_MAX_MINUTES = 360


def due() -> list[int]:
    """The ids of feeds that are to be fetched now."""
    feeds = Feed.objects.filter(active=True, partner__active=True).exclude(pull=None, store=None)
    waiting = Q(pull_state=None) | Q(pull_state__due_at__lte=timezone.now())
    free = Q(pull_state__leased_until=None) | Q(pull_state__leased_until__lt=timezone.now())
    return list(feeds.filter(waiting, free).order_by("id").values_list("id", flat=True))


def take(feed: Feed, alone: bool = False) -> PullState | None:
    """The feed's state, ours for LEASE; None where somebody else has it. With `alone` that one is dead."""
    state, _new = PullState.objects.get_or_create(feed=feed)
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    if alone:
        free |= Q(leased_until=state.leased_until)
    if not PullState.objects.filter(free, pk=state.pk).update(leased_until=now + LEASE):
        return None
    state.refresh_from_db()
    return state


def advance(state: PullState, position: str) -> bool:
    """Move on, and hold the lease longer; false where it was lost. Called within the transaction of what was kept."""
    until = timezone.now() + LEASE
    held = PullState.objects.filter(pk=state.pk, leased_until=state.leased_until)
    if not held.update(position=position, leased_until=until, pulled_at=timezone.now()):
        return False
    state.position, state.leased_until = position, until
    return True


def finish(state: PullState, every_minutes: int, problem: str = "") -> None:
    """Done for now; `problem` is what could not be fetched and holds up nothing else."""
    _release(state, timezone.now() + timedelta(minutes=every_minutes), 0, problem)


def postpone(state: PullState, problem: str, retry_after_s: int | None = None) -> None:
    """It did not work: again when the partner says so, or after 1, 2, 4 ... minutes."""
    pause = timedelta(minutes=min(2**state.failures, BACKOFF_MAX_MINUTES))
    if retry_after_s is not None:
        pause = timedelta(seconds=min(max(retry_after_s, 1), BACKOFF_MAX_MINUTES * 60))
    if retry_after_s is not None and retry_after_s > BACKOFF_MAX_MINUTES * 60:
        problem += f"; it asks us to wait {retry_after_s} s, and is asked again after {BACKOFF_MAX_MINUTES * 60} s"
    _release(state, timezone.now() + pause, state.failures + 1, problem)


def _release(state: PullState, due_at: datetime, failures: int, problem: str) -> None:
    PullState.objects.filter(pk=state.pk, leased_until=state.leased_until).update(
        leased_until=None, due_at=due_at, failures=min(failures, 12), problem=problem[:300]
    )
