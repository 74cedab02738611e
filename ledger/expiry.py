"""Points expire: those earned in a period, all at once, some months after its end; oldest first.

There are no lots. A wallet is spent from its oldest points, so what is left in it are the newest: of a balance, all
that exceeds the sum earned since the end of a period was earned in it or before. Points on hold were reserved from
the oldest ones and stay reserved; what returns after its time expires at once. A refund by a merchant counts as
earned on its day, and a clawback as spent: neither makes points expire earlier.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from config import clock
from ledger.models import PROGRAMME, Chart, ExpiryRule, ExpirySweep
from ledger.posting import call, call_rows, open_account

NOTICE_DAYS = {ExpirySweep.Step.NOTICE_60: 60, ExpirySweep.Step.NOTICE_14: 14}
BATCH = 2_000
LOOK_BACK = timedelta(days=400)
"""How long a sweep that never ran is made up for."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """On the city day `expires_on`, what was earned before the instant `earned_before` is over."""

    expires_on: date
    earned_before: datetime


@dataclass(frozen=True, slots=True)
class Expiring:
    expires_on: date
    points: int


def boundaries(rules: Sequence[ExpiryRule], first: date, last: date) -> list[Boundary]:
    """The boundaries whose day is from `first` to `last`, oldest first.

    Rules begin on the first day of a month and cut the period that is running. Points from before the first rule
    count to its first period. A period never expires before the one before it.
    """
    found: list[Boundary] = []
    ordered = sorted(rules, key=lambda rule: rule.valid_from)
    latest = date.min
    ends = [*(rule.valid_from for rule in ordered[1:]), last]
    for rule, until in zip(ordered, ends, strict=False):
        for end in _period_ends(rule, until):
            latest = max(latest, clock.month_later(end, rule.life_months))
            found.append(Boundary(latest, clock.day_start(end)))
    by_day = {boundary.expires_on: boundary for boundary in found}  # of several on one day the last reaches furthest
    return [by_day[day] for day in sorted(by_day) if first <= day <= last]


def _period_ends(rule: ExpiryRule, until: date) -> Iterator[date]:
    """The first days after the periods of a rule, up to the day on which another rule begins."""
    start = rule.valid_from
    while start < until:
        months = rule.period_months - (start.month - 1) % rule.period_months
        start = min(clock.month_later(start, months), until)
        yield start


def expiring(holders: Iterable[UUID], at: date, days: int = 60) -> dict[UUID, list[Expiring]]:
    """What of the holders' points to spend expires after `at` within so many days, soonest first.

    At most two queries; holders of whom nothing expires are left out.
    """
    coming = boundaries(list(ExpiryRule.objects.all()), at + timedelta(days=1), at + timedelta(days=days))
    found: dict[UUID, list[Expiring]] = {}
    if not coming:
        return found
    sums: dict[UUID, int] = {}
    for holder, expires_on, points in call_rows(
        "SELECT holder, expires_on, points FROM ledger_expiring(%s::uuid[], %s::date[], %s::timestamptz[])",
        [list(holders), [item.expires_on for item in coming], [item.earned_before for item in coming]],
    ):
        if more := points - sums.get(holder, 0):
            found.setdefault(holder, []).append(Expiring(expires_on, more))
        sums[holder] = points
    return found


def sweep(today: date) -> int:
    """Give the notices and let expire what is due, in batches; how many wallets were touched.

    May run twice, or die midway and go on where it stopped.
    """
    touched = 0
    for boundary in boundaries(list(ExpiryRule.objects.all()), today - LOOK_BACK, today + timedelta(days=60)):
        for step in ExpirySweep.Step:
            if _due(step, boundary, today):
                found, _new = ExpirySweep.objects.get_or_create(
                    expires_on=boundary.expires_on, step=step, defaults={"earned_before": boundary.earned_before}
                )
                touched += _run(found.id)
    return touched


def _due(step: ExpirySweep.Step, boundary: Boundary, today: date) -> bool:
    if step == ExpirySweep.Step.EXPIRE:
        return boundary.expires_on <= today
    return today < boundary.expires_on <= today + timedelta(days=NOTICE_DAYS[step])


def _run(sweep_id: UUID) -> int:
    touched = 0
    while (done := _run_batch(sweep_id)) is not None:
        touched += done
    return touched


@transaction.atomic
def _run_batch(sweep_id: UUID) -> int | None:
    """One batch of wallets in the order of their ids; None when there was none left."""
    current = ExpirySweep.objects.select_for_update().get(id=sweep_id)
    if current.done_at is not None:
        return None
    wallets = _wallets_after(current.after)
    if not wallets:
        current.done_at = timezone.now()
        current.save(update_fields=["done_at"])
        return None
    touched = _expire(wallets, current) if current.step == ExpirySweep.Step.EXPIRE else _notify(wallets, current)
    current.after = wallets[-1]
    current.save(update_fields=["after"])
    return touched


def _wallets_after(after: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM ledger_account WHERE id > %s AND code = 200 ORDER BY id LIMIT %s", [after, BATCH]
        )
        return [id for (id,) in cursor.fetchall()]


def _expire(wallets: list[UUID], current: ExpirySweep) -> int:
    payee = open_account(PROGRAMME, Chart.EXPIRED)
    return int(
        call("SELECT ledger_expire(%s::uuid[], %s, %s, %s)", [wallets, current.earned_before, payee, current.id])
    )


def _notify(wallets: list[UUID], current: ExpirySweep) -> int:
    days_before = NOTICE_DAYS[ExpirySweep.Step(current.step)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_expirynotice (id, holder, expires_on, days_before, points, created_at)"
            " SELECT gen_random_uuid(), holder, %s, %s, points, now() FROM ledger_expiring("
            " (SELECT array_agg(holder) FROM ledger_account WHERE id = ANY(%s)),"
            " ARRAY[%s::date], ARRAY[%s::timestamptz])"
            " ON CONFLICT DO NOTHING",
            [current.expires_on, days_before, wallets, current.expires_on, current.earned_before],
        )
        return cursor.rowcount


def expire_returned(holder: UUID) -> int:
    """Let expire what returned to a wallet after its time; 1 where something did."""
    latest = ExpirySweep.objects.filter(step=ExpirySweep.Step.EXPIRE).order_by("-expires_on").first()
    return _expire([open_account(holder, Chart.CITIZEN)], latest) if latest else 0
