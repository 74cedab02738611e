"""Sending notices: each goes once by each channel that is wanted, not in quiet hours, and several as one message.

A dispatch is claimed and committed before it is sent, and closed as soon as it is. If the worker dies in between,
another run sends again after CLAIM what was just being sent, one mail or at most AT_ONCE push messages: a mail then has
the same Message-ID, a push message the same tag, and people see one.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Citizen
from config import sql
from dashboard.notifications import mail, push, wishes
from dashboard.notifications.letters import Letter, Send
from dashboard.notifications.models import Channel, Dispatch, Manner, Notice, Subscription

logger = logging.getLogger(__name__)
SQL_DIR = Path(__file__).parent / "sql"
BETWEEN_MAILS = timedelta(hours=20)
"""So that there is at most one a day."""
CLAIM = timedelta(minutes=15)
ATTEMPTS_MAX = 5
ROWS_A_BATCH = 200
NOTICES_A_BATCH = 1000
RUN_S = 270
"""Less than the time from one run to the next, and with the last batch far less than CLAIM."""
TOO_OLD = timedelta(days=3)
_CLAIM_LOCK = 0x4E4F5445  # "NOTE": two claims wait for each other, for the milliseconds that one takes

SENDERS: dict[str, Callable[[], AbstractContextManager[Send]]] = {Channel.EMAIL: mail.opened, Channel.PUSH: push.opened}


def spread() -> int:
    """Put fresh notices into the outbox by each channel that their citizen wants; how many dispatches."""
    looked_at, count = NOTICES_A_BATCH, 0
    while looked_at == NOTICES_A_BATCH:
        looked_at, made = _spread_some()
        count += made
    return count


def _spread_some() -> tuple[int, int]:
    """How many fresh notices there were in one batch, and how many dispatches they made."""
    now = timezone.now()
    with transaction.atomic():
        waiting = Notice.objects.filter(spread_at=None).order_by("created_at")
        fresh = list(waiting.select_for_update(skip_locked=True)[:NOTICES_A_BATCH])
        dispatches = list(_dispatches([notice for notice in fresh if notice.created_at >= now - TOO_OLD], now))
        Dispatch.objects.bulk_create(dispatches, ignore_conflicts=True)
        Notice.objects.filter(pk__in=[notice.pk for notice in fresh]).update(spread_at=now)
    return len(fresh), len(dispatches)


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
            due_at = _due_at(now, channel, manner)
            yield Dispatch(notice=notice, citizen_id=notice.citizen_id, channel=channel, due_at=due_at)


def _due_at(now: datetime, channel: str, manner: Manner) -> datetime:
    mailed_at = manner.mailed_at if channel == Channel.EMAIL else None
    return wishes.after_quiet(max(now, mailed_at + BETWEEN_MAILS) if mailed_at else now, manner)


def _reachable(ids: set[UUID]) -> dict[str, set[UUID]]:
    """Whom each channel leads to."""
    mailed = Citizen.objects.filter(pk__in=ids, user__is_active=True).exclude(user__email="")
    pushed = Subscription.objects.filter(citizen_id__in=ids)
    return {
        Channel.EMAIL: set(mailed.values_list("pk", flat=True)),
        Channel.PUSH: set(pushed.values_list("citizen_id", flat=True)),
    }


def send_due(channels: Iterable[str] = tuple(SENDERS), run_s: float = RUN_S) -> int:
    """Send what is due until nothing is, or the time is over; how many messages went out. Several may run at once."""
    return sum(_send(channel, monotonic() + run_s) for channel in channels)


def _send(channel: str, ends: float) -> int:
    sent = 0
    try:
        with SENDERS[channel]() as send:
            while (letters := _letters(_claim(channel))) is not None:
                for letter, done in send(_put_off(letters, channel)):
                    _close(letter, done)
                    sent += done
                if monotonic() >= ends:
                    break
    except OSError:
        logger.exception("Nobody takes notices by %s; what is left waits.", channel)
    return sent


def _claim(channel: str) -> list[UUID]:
    """Everything waiting of some citizens with something due; nobody else sends it for a while."""
    now = timezone.now()
    wanted: dict[str, str | datetime | int] = {
        "channel": channel,
        "now": now,
        "expired": now - CLAIM,
        "rows": ROWS_A_BATCH,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIM_LOCK])
        cursor.execute(sql.read(SQL_DIR, "claim"), wanted)
        return [pk for (pk,) in cursor.fetchall()]


def _letters(ids: list[UUID]) -> list[Letter] | None:
    """What was claimed, by citizen; None where there was nothing. Two queries, however many."""
    if not ids:
        return None
    by_citizen = defaultdict(list)
    for dispatch in Dispatch.objects.filter(pk__in=ids).select_related("notice").order_by("pk"):
        by_citizen[dispatch.citizen_id].append(dispatch)
    people = Citizen.objects.filter(erased_at=None).select_related("user").in_bulk(by_citizen)
    return [Letter(people[citizen_id], theirs) for citizen_id, theirs in by_citizen.items() if citizen_id in people]


def _put_off(letters: list[Letter], channel: str) -> list[Letter]:
    """Those that may go now. Since they were spread quiet hours may have begun, or a mail may have gone."""
    now = timezone.now()
    manners = wishes.manners({letter.citizen.pk for letter in letters})
    Manner.objects.bulk_create(manners.values(), ignore_conflicts=True)  # so that closing finds each on record
    due_at = {letter.citizen.pk: _due_at(now, channel, manners[letter.citizen.pk]) for letter in letters}
    for letter in letters:
        if due_at[letter.citizen.pk] > now:
            waiting = Dispatch.objects.filter(pk__in=[dispatch.pk for dispatch in letter.dispatches])
            waiting.update(due_at=due_at[letter.citizen.pk], claimed_at=None, attempts=F("attempts") - 1)
    return [letter for letter in letters if due_at[letter.citizen.pk] <= now]


def _close(letter: Letter, done: bool) -> None:
    """Sent, or given up after ATTEMPTS_MAX; otherwise the claim runs out and another run tries."""
    over = [dispatch for dispatch in letter.dispatches if done or dispatch.attempts >= ATTEMPTS_MAX]
    if not over:
        return
    mailed = letter.citizen.pk if done and over[0].channel == Channel.EMAIL else None
    wanted: dict[str, list[UUID] | datetime | bool | UUID | None] = {
        "ids": [dispatch.pk for dispatch in over],
        "now": timezone.now(),
        "sent": done,
        "mailed": mailed,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql.read(SQL_DIR, "close"), wanted)
