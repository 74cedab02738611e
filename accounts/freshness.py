"""Whether a person has just signed in: for what a phone left on a table must not be enough."""

import time
from types import SimpleNamespace
from typing import cast

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from config.problems import Problem


class SignInAgain(Problem):
    status, code, title = 403, "sign_in_again", _("Sign in again first: the last time was more than a few minutes ago.")


def just_signed_in(request: HttpRequest | Request) -> bool:
    """Whether a code was typed within the last minutes, in the browser's session or the app's."""
    session = getattr(request, "auth", None) or request.session
    records = get_authentication_records(cast(HttpRequest, SimpleNamespace(session=session)), request.user)
    newest = max((record.get("at", 0) for record in records), default=0)
    return bool(newest > time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def require_fresh_sign_in(request: Request) -> None:
    if not just_signed_in(request):
        raise SignInAgain
