"""The outbox of tokens to be made invalid at the partner.

Rows are written with the change that makes them necessary; a job works them off. A run may die midway or
run beside another: an attempt is claimed by counting it, and revoking twice does no harm.
"""

from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, F, QuerySet, Value
from django.db.models.functions import Power
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.linking.models import Revocation
from accounts.linking.partner_http import Client, PartnerUnavailable
from accounts.models import Partner

MAX_ATTEMPTS = 14  # a minute, two, four ... until the sixth day
BATCH = 200


def queue(partner: Partner, reason: str, *, refresh: str, access: str) -> None:
    """Have both tokens revoked. The access token too: some partners let it live on without the refresh token."""
    tokens = [("refresh_token", refresh), ("access_token", access)]
    rows = [Revocation(partner=partner, hint=hint, reason=reason[:40]) for hint, token in tokens if token]
    for row, token in zip(rows, [token for _hint, token in tokens if token], strict=True):
        row.token = token
    if rows:
        Revocation.objects.bulk_create(rows)
        app.configure_task("accounts.linking.revoke").defer()


def due() -> QuerySet[Revocation]:
    """What is to be tried now: each failure doubles the wait."""
    minutes = Power(Value(2.0), F("attempts") - 1.0) * Value(timedelta(minutes=1))
    next_try = ExpressionWrapper(F("created_at") + minutes, output_field=DateTimeField())
    waiting = Revocation.objects.filter(done_at=None, attempts__lt=MAX_ATTEMPTS).annotate(next_try=next_try)
    fresh = waiting.filter(attempts=0)
    return (fresh | waiting.filter(next_try__lte=timezone.now())).select_related("partner").order_by("created_at")


def run() -> dict[str, int]:
    """Try what is due; returns how many were `done` and how many `failed`."""
    outcome = {"done": 0, "failed": 0}
    for revocation in due()[:BATCH]:
        if _claim(revocation):
            outcome["done" if _attempt(revocation) else "failed"] += 1
    return outcome


def _claim(revocation: Revocation) -> bool:
    unclaimed = Revocation.objects.filter(pk=revocation.pk, done_at=None, attempts=revocation.attempts)
    return unclaimed.update(attempts=F("attempts") + 1) == 1


def _attempt(revocation: Revocation) -> bool:
    row = Revocation.objects.filter(pk=revocation.pk)
    try:
        Client.of(revocation.partner).revoke(revocation.token, revocation.hint)
    except PartnerUnavailable as problem:
        row.update(last_error=str(problem.detail)[:200])
        return False
    row.update(done_at=timezone.now(), token_encrypted="", last_error="")
    return True
