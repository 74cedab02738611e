"""Every policy of keeping in one list: what it is about, how long, how much of it is over, and what ends it.

The jobs of the rooms apply them by themselves; here they are told, and can be applied at once.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import privacy, registration
from activities import retention
from activities.intake import deliveries, quarantine
from dashboard.notifications import inbox


@dataclass(frozen=True, slots=True)
class Policy:
    """`kept` says how long; `due()` counts what is over; `end()` deletes it. Both may run at any time."""

    name: str
    kept: str
    due: Callable[[], int]
    end: Callable[[], object]


def policies() -> list[Policy]:
    months = settings.DETAIL_RETENTION_MONTHS
    return [
        Policy(
            "raw bodies",
            f"{settings.RAW_RETENTION_HOURS} hours once taken in",
            lambda: deliveries.old_raw().count(),
            deliveries.purge_raw,
        ),
        Policy(
            "quarantined rows",
            f"{settings.QUARANTINE_RETENTION_DAYS} days",
            lambda: quarantine.old().count(),
            quarantine.purge,
        ),
        Policy(
            "details of activities",
            f"{months} whole months" if months else "for ever",
            lambda: sum(retention.old().values()),
            retention.drop,
        ),
        Policy(
            "what stood behind them",
            "as long as the details",
            lambda: sum(retention.old_traces().values()),
            retention.drop_traces,
        ),
        Policy("notices", f"{inbox.KEPT.days} days", lambda: inbox.old().count(), inbox.forget_old),
        Policy(
            "copies for citizens",
            "three days from when they are made",
            lambda: privacy.old_exports().count(),
            privacy.drop_old_exports,
        ),
        Policy(
            "accounts to be erased",
            "seven days from the request",
            lambda: privacy.departures_due().count(),
            privacy.erase_due,
        ),
        Policy(
            "sign-ups without a code",
            f"{registration.UNCONFIRMED.days} day",
            lambda: registration.unconfirmed(timezone.now() - registration.UNCONFIRMED).count(),
            lambda: registration.forget_unconfirmed(timezone.now() - registration.UNCONFIRMED),
        ),
        Policy(
            "sessions",
            "until they expire",
            lambda: Session.objects.filter(expire_date__lt=timezone.now()).count(),
            lambda: Session.objects.filter(expire_date__lt=timezone.now()).delete(),
        ),
    ]
