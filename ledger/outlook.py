"""What the book still promises: points outstanding by the day they expire, and what of it is likely to be spent.

It takes passes over the whole book, so a job counts once a night and pages read the count.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from ledger import expiry
from ledger.models import Chart, Code, Count, ExpiryRule

YEAR = timedelta(days=365)
FURTHEST = timedelta(days=3650)
"""How far ahead expiry is looked for."""

_OUTSTANDING = """
    SELECT coalesce(sum(greatest(0, wallet.balance - coalesce(later.points, 0))), 0)::bigint
    FROM ledger_account wallet
    LEFT JOIN (SELECT credit_account_id, sum(amount) AS points FROM ledger_transfer
               WHERE created_at >= %s AND code IN (10, 11, 23) GROUP BY credit_account_id) AS later
        ON later.credit_account_id = wallet.id
    WHERE wallet.code = 200 AND wallet.balance > 0"""
_CARRIED = "SELECT coalesce(sum(balance), 0)::bigint FROM ledger_account WHERE code = %s"
_MOVED = "SELECT coalesce(sum(amount), 0)::bigint FROM ledger_transfer WHERE code = %s AND created_at >= %s"


@dataclass(frozen=True, slots=True)
class Liability:
    """Points to spend that expire on a day; never, where it is None."""

    expires_on: date | None
    points: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is outstanding. `spent_percent`: of the points whose fate was decided in a year, those that were redeemed;
    None where none was. `expected_points` are those likely to be redeemed: that share of what is to spend, and what
    is reserved already."""

    counted_at: datetime
    liabilities: list[Liability]
    to_spend_points: int
    held_points: int
    owed_points: int
    redeemed_points: int
    expired_points: int
    spent_percent: int | None
    expected_points: int | None

    @property
    def outstanding_points(self) -> int:
        return self.to_spend_points + self.held_points


def count(today: date) -> Count:
    """Count the book as it is; a second time on a day replaces the first."""
    since = timezone.now() - YEAR
    figures = {
        "expiring": [[day and day.isoformat(), points] for day, points in _by_expiry(today)],
        "held_points": _ask(_CARRIED, Chart.HELD),
        "owed_points": _ask(_CARRIED, Chart.OWED),
        "redeemed_points": _ask(_MOVED, Code.REDEEM, since) - _ask(_MOVED, Code.REFUND, since),
        "expired_points": max(0, _ask(_MOVED, Code.EXPIRE, since) - _ask(_MOVED, Code.UNEXPIRE, since)),
    }
    counted, _new = Count.objects.update_or_create(day=today, defaults=figures)
    return counted


def latest() -> Outlook | None:
    """The last count as it is read; None before the first."""
    found = Count.objects.first()
    if found is None:
        return None
    liabilities = [Liability(date.fromisoformat(day) if day else None, points) for day, points in found.expiring]
    to_spend = sum(liability.points for liability in liabilities)
    redeemed, decided = max(0, found.redeemed_points), max(0, found.redeemed_points) + found.expired_points
    return Outlook(
        counted_at=found.counted_at,
        liabilities=liabilities,
        to_spend_points=to_spend,
        held_points=found.held_points,
        owed_points=found.owed_points,
        redeemed_points=redeemed,
        expired_points=found.expired_points,
        spent_percent=round(100 * redeemed / decided) if decided else None,
        expected_points=found.held_points + to_spend * redeemed // decided if decided else None,
    )


def _by_expiry(today: date) -> Iterator[tuple[date | None, int]]:
    """Points to spend by the day they expire, soonest first; what no rule lets expire comes last."""
    now, told = timezone.now(), 0
    rules = list(ExpiryRule.objects.all())
    for boundary in expiry.boundaries(rules, today, today + FURTHEST):
        points = _ask(_OUTSTANDING, min(boundary.earned_before, now))
        if points > told:
            yield boundary.expires_on, points - told
        told = points
        if boundary.earned_before > now:
            return
    if (everything := _ask(_CARRIED, Chart.CITIZEN)) > told:
        yield None, everything - told


def _ask(query: str, *parameters: int | datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return int(cursor.fetchone()[0])
