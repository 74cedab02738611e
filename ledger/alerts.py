"""Staff are told, once a funding, that a budget runs low, tapers, or is used up."""

from collections.abc import Iterator

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage, get_connection
from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ledger.models import BudgetAlert, Programme

Level = BudgetAlert.Level
MAY_FUND = "ledger.fund_programme"
SUBJECTS = 3
"""So many programmes are named in the subject of a message."""


def funded() -> QuerySet[Programme]:
    """Limited programmes that were funded, each with `left_points`."""
    return Programme.objects.filter(limited=True, level_points__gt=0).annotate(left_points=Sum("slices__left_points"))


def level(programme: Programme) -> Level | None:
    """How a programme of `funded` stands; None while there is enough."""
    left_percent: float = programme.left_points * 100 / programme.level_points  # type: ignore[attr-defined]
    if left_percent <= 0:
        return Level.EMPTY
    if programme.taper_from_percent is not None and left_percent <= programme.taper_from_percent:
        return Level.TAPERING
    return Level.LOW if left_percent <= programme.warn_at_percent else None


def standing() -> list[tuple[Programme, Level]]:
    """The programmes that need somebody's attention now."""
    return [(programme, found) for programme in funded() if (found := level(programme)) is not None]


def raise_due() -> int:
    """Write down what staff are to know and have not been told since the last funding; how many alerts are new."""
    before = BudgetAlert.objects.count()
    alerts = [
        BudgetAlert(
            programme=programme,
            level=found,
            funded_points=programme.funded_points,
            left_points=programme.left_points,  # type: ignore[attr-defined]
        )
        for programme, found in standing()
    ]
    BudgetAlert.objects.bulk_create(alerts, ignore_conflicts=True)
    return BudgetAlert.objects.count() - before


def tell() -> int:
    """Mail what was not mailed yet to everybody who may fund programmes; how many were told.

    Where a mail server fails the alerts wait for the next run; a run that dies in between tells again.
    """
    alerts = list(BudgetAlert.objects.filter(told_at=None).select_related("programme"))
    to = sorted(_addresses()) if alerts else []
    if not to:
        return 0
    with translation.override(settings.LANGUAGE_CODE):
        messages = [EmailMessage(_subject(alerts), _body(alerts), to=[address]) for address in to]
    get_connection().send_messages(messages)
    BudgetAlert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(told_at=timezone.now())
    return len(to)


def _addresses() -> Iterator[str]:
    staff = get_user_model()._default_manager.with_perm(MAY_FUND)
    yield from staff.filter(is_staff=True, is_active=True).exclude(email="").values_list("email", flat=True)


def _subject(alerts: list[BudgetAlert]) -> str:
    names = ", ".join(dict.fromkeys(str(alert.programme) for alert in alerts[:SUBJECTS]))
    return _("Budget: %(names)s") % {"names": names}


def _body(alerts: list[BudgetAlert]) -> str:
    lines = [
        _("%(programme)s: %(state)s. %(left)s points are left.")
        % {"programme": alert.programme, "state": alert.get_level_display(), "left": f"{alert.left_points:,}"}
        for alert in alerts
    ]
    return "\n".join([*lines, "", settings.SITE_URL + reverse("admin:ledger_programme_changelist")])
