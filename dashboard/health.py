"""What machines ask: is the process alive, can it serve, and what waits. Never what a citizen did."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from hmac import compare_digest

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts import privacy
from activities.integrity import reasons
from activities.models import Activity, Delivery, QuarantinedRow
from config import partitions
from config.identifiers import first_id

Gauge = tuple[str, str, float]
"""Name with its labels, what it says, value."""


@never_cache
@transaction.non_atomic_requests
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; the database is not asked."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@transaction.non_atomic_requests
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and is migrated; otherwise 503, so that no request is sent here."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        behind = _migrations_missing()
    except DatabaseError:
        return HttpResponse("the database does not answer", status=503, content_type="text/plain")
    if behind:
        _migrations_missing.cache_clear()
        return HttpResponse(f"{behind} migrations are missing", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")


@cache
def _migrations_missing() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, for who brings METRICS_TOKEN as a bearer; for anybody else there is no such page."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not compare_digest(given.encode(), settings.METRICS_TOKEN.encode()):
        raise Http404
    lines = []
    for name, says, value in gauges(timezone.now()):
        family = name.partition("{")[0]
        if f"# TYPE {family} gauge" not in lines:
            lines += [f"# HELP {family} {says}", f"# TYPE {family} gauge"]
        lines.append(f"{name} {value:g}")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def gauges(now: datetime) -> Iterator[Gauge]:
    """Ten queries, each by an index or on a short table."""
    due = ProcrastinateJob.objects.exclude(status="todo", scheduled_at__gt=now)
    counts = dict(due.values_list("status").annotate(Count("id")).order_by())
    for status in ("todo", "doing", "failed"):
        yield (
            f'tanpuhui_jobs{{status="{status}"}}',
            "Jobs of the worker; todo: those that are due.",
            counts.get(status, 0),
        )
    waiting = Delivery.objects.filter(state=Delivery.State.RECEIVED)
    queue = waiting.aggregate(number=Count("id"), oldest=Min("received_at"))
    lag_s = (now - queue["oldest"]).total_seconds() if queue["oldest"] else 0
    yield "tanpuhui_deliveries_waiting", "Deliveries that are not digested yet.", queue["number"]
    yield "tanpuhui_intake_lag_seconds", "Age of the oldest delivery that waits.", lag_s
    failed = Delivery.objects.filter(state=Delivery.State.FAILED).count()
    yield "tanpuhui_deliveries_failed", "Deliveries that failed and wait for staff.", failed
    today = first_id(now - timedelta(days=1))
    refused = Delivery.objects.filter(id__gte=today, state=Delivery.State.REFUSED).count()
    yield "tanpuhui_deliveries_refused_day", "Deliveries of the last 24 hours that were refused whole.", refused
    quarantined = QuarantinedRow.objects.filter(delivery__gte=today).count()
    yield "tanpuhui_rows_quarantined_day", "Rows in quarantine, of deliveries of the last 24 hours.", quarantined
    held = Activity.objects.filter(status=Activity.Status.HELD).exclude(reason__in=reasons.BEYOND_PEOPLE).count()
    yield "tanpuhui_activities_held", "Activities that wait for a person.", held
    yield "tanpuhui_rights_overdue", "Copies and erasures that citizens wait for more than a day.", privacy.overdue()
    yield (
        "tanpuhui_partitions_missing",
        "Monthly parts of this month and the next that are missing.",
        len(partitions.missing()),
    )
