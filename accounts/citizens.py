"""Personal carbon accounts: opening one, and finding the one of a signed-in user."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import names
from accounts.models import Citizen, District, User
from config.problems import Problem

NICKNAME_MAX = 20


class CitizenSuspended(Problem):
    status, code, title = 403, "citizen_suspended", _("This account is suspended.")


class NoCarbonAccount(Problem):
    status, code, title = 403, "no_carbon_account", _("Staff and merchants have no personal carbon account.")


class AgeUnconfirmed(Problem):
    status, code = 403, "age_unconfirmed"
    title = _("Confirm that you are 14 or older to open your carbon account.")


class NicknameUnfit(Problem):
    code = "nickname_unfit"
    title = _("A nickname has 2 to 20 letters, digits, spaces or . · - _, at least one of them a letter or digit.")


class NicknameNeeded(Problem):
    code, title = "nickname_needed", _("Choose a nickname to be shown in the ranks.")


class GoalUnfit(Problem):
    code, title = "goal_unfit", _("A goal for a week is between 100 g and 1,000 kg.")


GOAL_MIN_MG, GOAL_MAX_MG = 100_000, 1_000_000_000


def open_account(user: User) -> Citizen:
    """The user's personal carbon account, opened if there is none, for a person who said to be 14 or older."""
    values = {"age_confirmed_at": timezone.now(), "language": get_language() or ""}
    citizen, _created = Citizen.objects.get_or_create(user=user, defaults=values)
    return citizen


def may_open(user: Any) -> bool:
    """Whether the user is a person without an account yet. Staff and merchants are who sign in with a password."""
    return getattr(user, "citizen", None) is None and not (user.is_staff or user.has_usable_password())


def of(user: Any) -> Citizen:
    """The citizen behind a signed-in user.

    Raises NoCarbonAccount for staff and merchants, and AgeUnconfirmed for who has not opened an account yet.
    """
    if may_open(user):
        raise AgeUnconfirmed
    citizen: Citizen | None = getattr(user, "citizen", None)
    if citizen is None:
        raise NoCarbonAccount
    return citizen


def require_active(citizen: Citizen) -> Citizen:
    """The citizen, or CitizenSuspended."""
    if citizen.suspended_at is not None:
        raise CitizenSuspended
    return citizen


def clean_nickname(text: str) -> str:
    """The nickname as it is shown, "" for none; raises NicknameUnfit or NameBlocked."""
    nickname = names.tidy(text)
    if nickname and not names.fits(nickname, NICKNAME_MAX):
        raise NicknameUnfit
    return names.require_decent(nickname)


def change(
    citizen: Citizen,
    *,
    nickname: str | None = None,
    district: District | bool | None = False,
    ranked: bool | None = None,
) -> Citizen:
    """Change how a citizen is shown; what is left out stays (`district=None` takes the district away).

    Raises CitizenSuspended, NicknameUnfit or NicknameNeeded.
    """
    with transaction.atomic():
        citizen = require_active(Citizen.objects.select_for_update().get(pk=citizen.pk))
        if nickname is not None:
            citizen.nickname = clean_nickname(nickname)
        if not isinstance(district, bool):
            citizen.district = district
        if ranked is not None:
            citizen.ranked = ranked
        if citizen.ranked and not citizen.nickname:
            raise NicknameNeeded
        citizen.save(update_fields=["nickname", "district", "ranked"])
        return citizen


def keep_language(citizen: Citizen) -> None:
    """Messages are written from now on in the language that is on."""
    language = get_language() or ""
    Citizen.objects.filter(pk=citizen.pk).exclude(language=language).update(language=language)


def set_goal(citizen: Citizen, weekly_goal_mg: int | None) -> Citizen:
    """The reduction the citizen wants to reach each week (mg), None for no goal.

    Raises CitizenSuspended or GoalUnfit.
    """
    if weekly_goal_mg is not None and not GOAL_MIN_MG <= weekly_goal_mg <= GOAL_MAX_MG:
        raise GoalUnfit(fields={"weekly_goal_mg": str(weekly_goal_mg)})
    with transaction.atomic():
        citizen = require_active(Citizen.objects.select_for_update().get(pk=citizen.pk))
        citizen.weekly_goal_mg = weekly_goal_mg
        citizen.save(update_fields=["weekly_goal_mg"])
        return citizen
