"""How good a partner's data is: a few set-based queries for all partners, a score, and what stops deliveries.

The measures look at what was received in the last `window_days`, drift compares it with the BASE_DAYS before. They are
sums of what each delivery counted, so that no activity is read. Of a page that was read again only new rows matter.
The score and the thresholds are in docs/partners.md.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Partner
from activities.models import Supervision
from activities.outcome import percentile
from config.clock import city_zone

BASE_DAYS = 28
LATE_S = 7 * 86_400
DELIVERIES_MIN = 3
"""Below, nothing is concluded from bodies that cannot be read."""
DRIFT_FREE_PCT = 25
RECEIVED = """
SELECT s.partner_id, max(d.received_at),
    count(*) FILTER (WHERE d.received_at >= s.since),
    count(*) FILTER (WHERE d.received_at >= s.since AND d.state = 'refused'),
    count(*) FILTER (WHERE d.received_at >= s.since AND d.state = 'failed'),
    coalesce(sum(own.rows) FILTER (WHERE d.received_at >= s.since), 0),
    coalesce(sum((d.counts->>'quarantined')::bigint) FILTER (WHERE d.received_at >= s.since), 0),
    coalesce(sum(own.duplicates) FILTER (WHERE d.received_at >= s.since), 0),
    coalesce(sum(own.rows) FILTER (WHERE d.received_at < s.since), 0),
    extract(epoch FROM s.since - min(d.received_at) FILTER (WHERE d.received_at < s.since)),
    sum((d.counts->>'distance_m')::bigint) FILTER (WHERE d.received_at >= s.since)
        / nullif(sum((d.counts->>'measured')::bigint) FILTER (WHERE d.received_at >= s.since), 0),
    sum((d.counts->>'distance_m')::bigint) FILTER (WHERE d.received_at < s.since)
        / nullif(sum((d.counts->>'measured')::bigint) FILTER (WHERE d.received_at < s.since), 0)
FROM unnest(%(partners)s::bigint[], %(since)s::timestamptz[]) AS s (partner_id, since)
JOIN activities_feed f ON f.partner_id = s.partner_id
JOIN activities_delivery d ON d.feed_id = f.id AND d.received_at >= s.since - %(base)s
CROSS JOIN LATERAL (
    SELECT (d.counts->>'rows')::bigint - CASE WHEN d.read_again THEN (d.counts->>'duplicates')::bigint ELSE 0 END,
        CASE WHEN d.read_again THEN 0 ELSE (d.counts->>'duplicates')::bigint END
) AS own (rows, duplicates)
GROUP BY s.partner_id, s.since
"""
LATENESS = """
SELECT s.partner_id, late.seconds::bigint, sum(late.count::bigint)::bigint
FROM unnest(%(partners)s::bigint[], %(since)s::timestamptz[]) AS s (partner_id, since)
JOIN activities_feed f ON f.partner_id = s.partner_id
JOIN activities_delivery d ON d.feed_id = f.id AND d.received_at >= s.since
CROSS JOIN LATERAL jsonb_each_text(d.counts->'lateness') AS late (seconds, count)
GROUP BY 1, 2
"""
REASONS = """
SELECT s.partner_id, q.code, q.field, count(*)
FROM unnest(%(partners)s::bigint[], %(since)s::timestamptz[]) AS s (partner_id, since)
JOIN activities_feed f ON f.partner_id = s.partner_id
JOIN activities_delivery d ON d.feed_id = f.id AND d.received_at >= s.since
JOIN activities_quarantinedrow q ON q.delivery_id = d.id
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 2, 3
"""
DAYS = """
SELECT s.partner_id, (d.received_at AT TIME ZONE %(zone)s)::date, count(*),
    coalesce(sum((d.counts->>'rows')::bigint), 0), coalesce(sum((d.counts->>'quarantined')::bigint), 0),
    coalesce(sum((d.counts->>'duplicates')::bigint), 0)
FROM unnest(%(partners)s::bigint[], %(since)s::timestamptz[]) AS s (partner_id, since)
JOIN activities_feed f ON f.partner_id = s.partner_id
JOIN activities_delivery d ON d.feed_id = f.id AND d.received_at >= s.since - %(base)s
GROUP BY 1, 2 ORDER BY 2 DESC
"""


@dataclass
class Quality:
    """Measures of one partner; shares and drifts in per cent, None where there is nothing to compare."""

    last_delivery: datetime | None = None
    deliveries: int = 0
    refused: int = 0
    failed: int = 0
    rows: int = 0
    quarantined: int = 0
    duplicates: int = 0
    late_p50_s: int | None = None
    late_p95_s: int | None = None
    volume_drift_pct: int | None = None
    distance_m: int | None = None
    distance_drift_pct: int | None = None
    reasons: list[tuple[str, str, int]] = field(default_factory=list)
    days: list[tuple[Any, int, int, int, int]] = field(default_factory=list)

    @property
    def quarantined_pct(self) -> float:
        return 100 * self.quarantined / self.rows if self.rows else 0.0

    @property
    def duplicates_pct(self) -> float:
        return 100 * self.duplicates / self.rows if self.rows else 0.0

    @property
    def refused_pct(self) -> float:
        return 100 * self.refused / self.deliveries if self.deliveries else 0.0

    @property
    def deductions(self) -> dict[str, int]:
        """What the score loses, and for what. A delivery on which the platform failed was hardly a usual one."""
        late = self.late_p95_s is not None and self.late_p95_s > LATE_S
        unread = self.refused + self.failed
        lost = {
            "unread": round(100 * unread / self.deliveries) if self.deliveries else 0,
            "quarantined": round(2 * self.quarantined_pct),
            "duplicates": min(20, round(self.duplicates_pct / 4)),
            "lateness": 10 if late else 0,
            "volume_drift": _lost(self.volume_drift_pct),
            "distance_drift": _lost(self.distance_drift_pct),
        }
        return {name: points for name, points in lost.items() if points}

    @property
    def score(self) -> int | None:
        """0 to 100; None where nothing was received."""
        return max(0, 100 - sum(self.deductions.values())) if self.rows or self.refused or self.failed else None


def _lost(drift_pct: int | None) -> int:
    return 0 if drift_pct is None else min(20, max(0, abs(drift_pct) - DRIFT_FREE_PCT))


def measure(supervisions: Iterable[Supervision], *, days: bool = False) -> dict[int, Quality]:
    """The measures of each partner by id, with two queries whatever their number.

    `days` adds the daily table and the reasons of quarantine, with two more.
    """
    now, found = timezone.now(), {}
    since: dict[int, datetime] = {}
    for one in supervisions:
        found[one.partner_id] = Quality()
        start = now - timedelta(days=one.window_days)
        since[one.partner_id] = max(start, one.lifted_at) if one.lifted_at else start
    parameters = {"partners": list(since), "since": list(since.values()), "base": timedelta(days=BASE_DAYS)}
    spans_s = {partner: max((now - start).total_seconds(), 1) for partner, start in since.items()}
    for partner, *counts in _select(RECEIVED, parameters):
        _count(found[partner], counts, spans_s[partner])
    late: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for partner, seconds, count in _select(LATENESS, parameters):
        late[partner].append((seconds, count))
    for partner, lateness in late.items():
        found[partner].late_p50_s, found[partner].late_p95_s = percentile(lateness, 0.5), percentile(lateness, 0.95)
    if days:
        for partner, code, column, count in _select(REASONS, parameters):
            found[partner].reasons.append((code, column, count))
        for partner, *day in _select(DAYS, {**parameters, "zone": str(city_zone())}):
            found[partner].days.append(tuple(day))
    return found


def _select(query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return cursor.fetchall()


def _count(found: Quality, counts: list[Any], span_s: float) -> None:
    found.last_delivery, found.deliveries, found.refused, found.failed = counts[:4]
    found.rows, found.quarantined, found.duplicates = map(int, counts[4:7])
    before, before_s, distance_m, before_m = int(counts[7]), float(counts[8] or 0), *counts[9:]
    if before and before_s >= 86_400 and span_s >= 86_400:
        found.volume_drift_pct = round(100 * (found.rows / span_s) / (before / before_s) - 100)
    if distance_m is not None:
        found.distance_m = round(distance_m)
        if before_m:
            found.distance_drift_pct = round(100 * float(distance_m) / float(before_m) - 100)


def find_breach(supervision: Supervision, found: Quality) -> dict[str, Any] | None:
    """The first threshold that is passed: its measure, value, bound, and of how many rows or deliveries."""
    bound = supervision.refused_max_pct
    if bound is not None and found.deliveries >= DELIVERIES_MIN and found.refused_pct > bound:
        refused = {"measure": "refused_max_pct", "value": round(found.refused_pct, 1), "bound": bound}
        return {**refused, "deliveries": found.deliveries}
    if found.rows < supervision.rows_min:
        return None
    measures: list[tuple[str, float | None, int | None]] = [
        ("quarantine_max_pct", found.quarantined_pct, supervision.quarantine_max_pct),
        ("duplicates_max_pct", found.duplicates_pct, supervision.duplicates_max_pct),
        ("volume_drift_max_pct", found.volume_drift_pct, supervision.volume_drift_max_pct),
        (
            "distance_drift_max_pct",
            None if found.distance_drift_pct is None else abs(found.distance_drift_pct),
            supervision.distance_drift_max_pct,
        ),
    ]
    for name, value, bound in measures:
        if value is not None and bound is not None and value > bound:
            return {"measure": name, "value": round(value, 1), "bound": bound, "rows": found.rows}
    return None


def ensure() -> None:
    """Every partner is supervised, with the usual thresholds unless staff say otherwise."""
    unseen = Partner.objects.filter(supervision=None)
    Supervision.objects.bulk_create((Supervision(partner=partner) for partner in unseen), ignore_conflicts=True)


def supervise() -> list[str]:
    """Suspend the partners that pass a threshold; return their codes. May run at any time, and twice."""
    ensure()
    watched = list(Supervision.objects.filter(suspended_at=None, partner__active=True).select_related("partner"))
    measured = measure(watched)
    suspended = []
    for one in watched:
        breach = find_breach(one, measured[one.partner_id])
        if breach is not None and suspend(one, breach):
            suspended.append(one.partner.code)
    return suspended


def suspend(supervision: Supervision, reason: dict[str, Any]) -> bool:
    """Close the partner's feeds, with the reason; false where they were closed already."""
    open_ones = Supervision.objects.filter(pk=supervision.pk, suspended_at=None)
    return bool(open_ones.update(suspended_at=timezone.now(), suspended_for=reason, lifted_at=None))


@transaction.atomic
def lift(supervision: Supervision) -> bool:
    """Open them again; what was received before is not held against the partner a second time."""
    closed = Supervision.objects.filter(pk=supervision.pk, suspended_at__isnull=False)
    return bool(closed.update(suspended_at=None, suspended_for=None, lifted_at=timezone.now()))


def is_silent(supervision: Supervision, found: Quality) -> bool:
    """Whether nothing came for longer than staff want to wait."""
    if supervision.silence_max_h is None:
        return False
    last = found.last_delivery
    return last is None or last < timezone.now() - timedelta(hours=supervision.silence_max_h)
