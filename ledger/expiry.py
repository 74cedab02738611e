"""Points expire: those earned in a period, all at once, some months after its end; oldest first.

There are no lots. A wallet is spent from its oldest points, so what is left in it are the newest: of a balance, all
that exceeds the sum earned since the end of a period was earned in it or before. Points on hold were reserved from
the oldest ones and stay reserved; what returns after its time expires at once. A refund by a merchant counts as
earned on its day, and a clawback as spent: neither makes points expire earlier.

Nothing expires without a word: a rule begins after it was written and bites more than 60 days later (a trigger), and
points expire when the notice of 14 days is 14 days old. Where that notice went out late, they expire later.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from config import clock, shared
from ledger.models import PROGRAMME, Chart, ExpiryRule, ExpirySweep
from ledger.posting import call, call_rows, open_account

EARLY, LATE = timedelta(days=60), timedelta(days=14)
NOTICES = {ExpirySweep.Step.NOTICE_60: EARLY, ExpirySweep.Step.NOTICE_14: LATE}
BATCH = 2_000
EFFECT_MONTHS = 36
"""How far ahead the effect of a new rule is shown."""
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


def first_expiry(rule: ExpiryRule, others: Sequence[ExpiryRule]) -> date:
    """The first day on which points expire because of a rule: those of the period it cuts, or of its own first one.

    `ledger_guard_expiry_rule` computes the same.
    """
    earlier = [other for other in others if other.valid_from < rule.valid_from]
    if earlier:
        return clock.month_later(rule.valid_from, max(earlier, key=lambda other: other.valid_from).life_months)
    later = (other.valid_from for other in others if other.valid_from > rule.valid_from)
    return clock.month_later(next(_period_ends(rule, min(later, default=date.max))), rule.life_months)


def effect(rule: ExpiryRule, others: Sequence[ExpiryRule], today: date) -> list[tuple[date, date | None, date | None]]:
    """What a new rule changes: points earned before a day, the day they expire as it is, and with the rule."""
    last = clock.month_later(max(today, rule.valid_from), EFFECT_MONTHS)
    now, then = (
        {clock.city_day(item.earned_before): item.expires_on for item in boundaries(rules, today, last)}
        for rules in (others, [*others, rule])
    )
    return [(day, now.get(day), then.get(day)) for day in sorted({*now, *then})]


def is_told_ahead(rule: ExpiryRule, others: Sequence[ExpiryRule], today: date) -> bool:
    """Whether a new rule leaves time for both notices before it bites."""
    return rule.valid_from > today and first_expiry(rule, others) > today + EARLY


def expiring(holders: Iterable[UUID], at: date, days: int = 60) -> dict[UUID, list[Expiring]]:
    """What of the holders' points to spend expires after `at` within so many days, soonest first.

    One query where anything does; holders of whom nothing expires are left out.
    """
    coming = boundaries(_rules(), at + timedelta(days=1), at + timedelta(days=days))
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


@shared.kept(ExpiryRule)
def _rules() -> list[ExpiryRule]:
    """For what is shown; a rule begins 60 days before it bites, and what expires is reckoned from the table."""
    return list(ExpiryRule.objects.all())


def sweep(today: date) -> int:
    """Give the notices and let expire what is due, in batches; how many wallets were touched.

    May run twice, or die midway and go on where it stopped.
    """
    touched = 0
    for boundary in boundaries(list(ExpiryRule.objects.all()), today - LOOK_BACK, today + EARLY):
        for step in ExpirySweep.Step:
            if _due(step, boundary, today):
                found, _new = ExpirySweep.objects.get_or_create(
                    expires_on=boundary.expires_on, step=step, defaults={"earned_before": boundary.earned_before}
                )
                touched += _run(found.id, today)
    return touched


def _due(step: ExpirySweep.Step, boundary: Boundary, today: date) -> bool:
    ahead = boundary.expires_on - today
    if step == ExpirySweep.Step.NOTICE_60:
        return LATE < ahead <= EARLY
    if step == ExpirySweep.Step.NOTICE_14:
        return ahead <= LATE
    return ahead <= timedelta(0) and _was_told(boundary, today - LATE)


def _was_told(boundary: Boundary, day: date) -> bool:
    """Whether the last notice had gone out to everybody by the end of a day."""
    notices = ExpirySweep.objects.filter(expires_on=boundary.expires_on, step=ExpirySweep.Step.NOTICE_14)
    return notices.filter(done_at__lt=clock.day_end(day)).exists()


def _run(sweep_id: UUID, today: date) -> int:
    touched = 0
    while (done := _run_batch(sweep_id, today)) is not None:
        touched += done
    return touched


@transaction.atomic
def _run_batch(sweep_id: UUID, today: date) -> int | None:
    """One batch of wallets in the order of their ids; None when there was none left."""
    current = ExpirySweep.objects.select_for_update().get(id=sweep_id)
    if current.done_at is not None:
        return None
    wallets = _wallets_after(current.after)
    if not wallets:
        current.done_at = timezone.now()
        current.save(update_fields=["done_at"])
        return None
    is_end = current.step == ExpirySweep.Step.EXPIRE
    touched = _expire(wallets, current) if is_end else _notify(wallets, current, today)
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


def _notify(wallets: list[UUID], current: ExpirySweep, today: date) -> int:
    """Tell the day of expiry, or of a late notice the day on which it is 14 days old."""
    expires_on = max(current.expires_on, today + LATE)
    days_before = NOTICES[ExpirySweep.Step(current.step)].days
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_expirynotice (id, holder, expires_on, days_before, points, created_at)"
            " SELECT gen_random_uuid(), holder, %s, %s, points, now() FROM ledger_expiring("
            " (SELECT array_agg(holder) FROM ledger_account WHERE id = ANY(%s)),"
            " ARRAY[%s::date], ARRAY[%s::timestamptz])"
            " ON CONFLICT DO NOTHING",
            [expires_on, days_before, wallets, current.expires_on, current.earned_before],
        )
        return cursor.rowcount


def expire_returned(holder: UUID) -> int:
    """Let expire what returned to a wallet after its time; 1 where something did."""
    latest = ExpirySweep.objects.filter(step=ExpirySweep.Step.EXPIRE).order_by("-expires_on").first()
    return _expire([open_account(holder, Chart.CITIZEN)], latest) if latest else 0
