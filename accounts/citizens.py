"""Personal carbon accounts: opening one, and finding the one of a signed-in user."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen, User
from config.problems import Problem


class CitizenSuspended(Problem):
    status, code, title = 403, "citizen_suspended", _("This account is suspended.")


def open_account(user: User) -> Citizen:
    """The user's personal carbon account, opened if there is none."""
    citizen, _created = Citizen.objects.get_or_create(user=user)
    return citizen


def of(user: Any) -> Citizen:
    """The citizen behind a signed-in user; an account is opened at the first visit."""
    citizen: Citizen | None = getattr(user, "citizen", None)
    return citizen or open_account(user)


def require_active(citizen: Citizen) -> Citizen:
    """The citizen, or CitizenSuspended."""
    if citizen.suspended_at is not None:
        raise CitizenSuspended
    return citizen
