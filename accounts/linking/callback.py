"""What happens when a partner sends somebody back: every check in one place, then a link or a refusal.

A refusal gives the grant that the partner has just made back to it.
"""

import logging
from typing import Any
from urllib.parse import urlencode

from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts import citizens
from accounts.linking import links, revocations, tickets
from accounts.linking.grants import Tokens
from accounts.linking.models import Ticket
from accounts.models import Consent, Partner
from config.problems import Problem

log = logging.getLogger(__name__)


class NoSignInByPartner(Problem):
    status, code, title = 403, "no_sign_in_by_partner", _("Partners are linked here; nobody signs in with them.")


class NotSignedIn(Problem):
    status, code, title = 401, "not_signed_in", _("You are not signed in any more. Sign in and link again.")


class ScopeNotGranted(Problem):
    status, code = 409, "scope_not_granted"
    title = _("At the partner you did not allow what the link needs. Link again and allow it, or leave it.")


class Cancelled(Problem):
    code, title = "cancelled", _("You refused at the partner. Nothing was linked.")


class LinkExpired(Problem):
    code, title = "link_expired", _("This took too long or was opened twice. Please start again.")


class PartnerFailed(Problem):
    status, code, title = 502, "partner_failed", _("The partner answered with an error. Please try again later.")


class DeepLink(HttpResponse):
    """Back to the app; Django's own redirect knows web addresses only."""

    def __init__(self, **query: str) -> None:
        super().__init__(status=302)
        self["Location"] = f"{settings.APP_LINK_SCHEME}://linked?{urlencode(query)}"


def finish(request: HttpRequest, login: SocialLogin) -> HttpResponse:
    """Link what came back, or keep it for the app, or refuse it and give the grant back."""
    data = login.state.get("data") or {}
    partner = Partner.objects.get(code=login.account.provider)
    tokens = Tokens(login.token.token, login.token.token_secret, login.token.expires_at)
    try:
        if login.state.get("process") != AuthProcess.CONNECT:
            raise NoSignInByPartner
        if login.missing_scope:
            raise ScopeNotGranted
        if ticket := _ticket(data):
            return DeepLink(code=tickets.keep(ticket, login.account.uid, tokens))
        if not request.user.is_authenticated:
            raise NotSignedIn
        citizen = citizens.of(request.user)
        links.establish(citizen, partner, login.account.uid, _consent(data), tokens)
    except Problem as refusal:
        revocations.queue(partner, f"refused {refusal.code}", refresh=tokens.refresh, access=tokens.access)
        return answer(refusal, data)
    return HttpResponseRedirect(f"{reverse('links')}?linked={partner.code}")


def fail(partner: str, error: str | None, exception: Exception | None, state: dict[str, Any] | None) -> HttpResponse:
    """The partner refused, answered nonsense or not at all, or the state is gone."""
    if exception:
        log.warning("An answer of %s could not be used: %s", partner, _kind(exception))
    data = (state or {}).get("data") or {}
    if error == AuthError.CANCELLED:
        return answer(Cancelled(), data)
    return answer(PartnerFailed() if state is not None or exception else LinkExpired(), data)


def _kind(exception: Exception) -> str:
    """What went wrong, without the partner's words: they may hold tokens and names."""
    cause = exception.__cause__ or exception
    status = getattr(getattr(cause, "response", None), "status_code", "")
    return f"{type(cause).__name__} {status}".strip()


def answer(refusal: Problem, data: dict[str, Any]) -> HttpResponse:
    """The refusal where the person came from: the app, or the page of links."""
    if data.get("ticket"):
        return DeepLink(error=refusal.code)
    return HttpResponseRedirect(f"{reverse('links')}?{urlencode({'refused': refusal.code})}")


def _ticket(data: dict[str, Any]) -> Ticket | None:
    if not data.get("ticket"):
        return None
    ticket = Ticket.objects.filter(pk=data["ticket"]).first()
    if ticket is None:
        raise tickets.TicketGone
    return ticket


def _consent(data: dict[str, Any]) -> Consent | None:
    if not data.get("consent"):
        return None
    return Consent.objects.select_related("text__partner").filter(pk=data["consent"]).first()
