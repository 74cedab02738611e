"""Sending notices: each goes once by each channel that is wanted, not in quiet hours, and several as one message.

A dispatch is claimed and committed before it is sent. If the worker dies between sending and closing, another run
sends it again after CLAIM: a mail then has the same Message-ID, a push message the same tag, and people see one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone, translation

from accounts.models import Citizen
from dashboard.notifications import mail, push, wishes
from dashboard.notifications.models import Channel, Dispatch, Manner, Notice, Subscription

BETWEEN_MAILS = timedelta(hours=20)
"""So that there is at most one a day."""
CLAIM = timedelta(minutes=15)
ATTEMPTS_MAX = 5
CITIZENS_A_RUN = 500
TOO_OLD = timedelta(days=3)

SENDERS: dict[str, Callable[[Citizen, list[Notice]], bool]] = {Channel.EMAIL: mail.send, Channel.PUSH: push.send}


def spread() -> int:
    """Put fresh notices into the outbox by each channel that their citizen wants; how many dispatches."""
    now = timezone.now()
    with transaction.atomic():
        fresh = list(Notice.objects.filter(spread_at=None).select_for_update(skip_locked=True).order_by("pk")[:1000])
        dispatches = list(_dispatches([notice for notice in fresh if notice.created_at >= now - TOO_OLD], now))
        Dispatch.objects.bulk_create(dispatches, ignore_conflicts=True)
        Notice.objects.filter(pk__in=[notice.pk for notice in fresh]).update(spread_at=now)
    return len(dispatches)


def _dispatches(notices: list[Notice], now: datetime) -> Iterator[Dispatch]:
    """Five queries, however many notices."""
    ids = {notice.citizen_id for notice in notices}
    manners, wanted = wishes.manners(ids), wishes.wanted_by(ids)
    reachable = _reachable(ids)
    for notice in notices:
        manner = manners[notice.citizen_id]
        for channel, citizens in reachable.items():
            if notice.citizen_id not in citizens or not wanted[notice.citizen_id].get((notice.kind, channel)):
                continue
            mailed_at = manner.mailed_at if channel == Channel.EMAIL else None
            due_at = wishes.after_quiet(max(now, mailed_at + BETWEEN_MAILS) if mailed_at else now, manner)
            yield Dispatch(notice=notice, citizen_id=notice.citizen_id, channel=channel, due_at=due_at)


def _reachable(ids: set[UUID]) -> dict[str, set[UUID]]:
    """Whom each channel leads to."""
    mailed = Citizen.objects.filter(pk__in=ids, user__is_active=True).exclude(user__email="")
    pushed = Subscription.objects.filter(citizen_id__in=ids)
    return {
        Channel.EMAIL: set(mailed.values_list("pk", flat=True)),
        Channel.PUSH: set(pushed.values_list("citizen_id", flat=True)),
    }


def send_due() -> int:
    """Send what is due; how many messages went out."""
    return sum(_send(channel) for channel in SENDERS)


def _send(channel: str) -> int:
    sent = 0
    for citizen_id, dispatches in _claim(channel).items():
        citizen = Citizen.objects.filter(pk=citizen_id, erased_at=None).select_related("user").first()
        notices = [dispatch.notice for dispatch in dispatches]
        manner = wishes.manner(citizen_id)
        with translation.override(manner.language or settings.LANGUAGE_CODE):
            done = citizen is not None and SENDERS[channel](citizen, notices)
        _close(dispatches, done)
        if done and channel == Channel.EMAIL:
            Manner.objects.update_or_create(pk=citizen_id, defaults={"mailed_at": timezone.now()})
        sent += done
    return sent


def _claim(channel: str) -> dict[UUID, list[Dispatch]]:
    """Everything waiting of citizens with something due, by citizen; nobody else sends it for a while."""
    now = timezone.now()
    free = Q(closed_at=None) & (Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM))
    with transaction.atomic():
        due = Dispatch.objects.filter(free, channel=channel, due_at__lte=now).order_by("due_at")
        citizens = list(due.values_list("citizen_id", flat=True)[:CITIZENS_A_RUN])
        waiting = Dispatch.objects.filter(free, channel=channel, citizen_id__in=citizens)
        ids = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Dispatch.objects.filter(pk__in=ids).update(claimed_at=now, attempts=F("attempts") + 1)
    by_citizen = defaultdict(list)
    for dispatch in Dispatch.objects.filter(pk__in=ids).select_related("notice").order_by("pk"):
        by_citizen[dispatch.citizen_id].append(dispatch)
    return by_citizen


def _close(dispatches: list[Dispatch], done: bool) -> None:
    """Sent, or given up after ATTEMPTS_MAX; otherwise the claim runs out and another run tries."""
    over = [dispatch.pk for dispatch in dispatches if done or dispatch.attempts >= ATTEMPTS_MAX]
    Dispatch.objects.filter(pk__in=over).update(closed_at=timezone.now(), sent=done)
