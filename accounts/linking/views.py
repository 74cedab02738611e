"""The citizen's links: agreeing to one more, the receipt of a consent. The rest of their page is the dashboard's."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import citizens, consents
from accounts.linking import callback, links, partner_http, tickets
from accounts.linking.models import Link
from accounts.models import Citizen, Consent, Partner
from config.problems import Problem

SENSITIVE = {
    Partner.Kind.BIKE: "location",
    Partner.Kind.TRANSIT: "location",
    Partner.Kind.BANK: "finance",
    Partner.Kind.HEALTH: "health",
}
REFUSALS: dict[str, type[Problem]] = {
    refusal.code: refusal
    for refusal in (
        callback.NoSignInByPartner,
        callback.NotSignedIn,
        callback.ScopeNotGranted,
        callback.Cancelled,
        callback.LinkExpired,
        callback.PartnerFailed,
        partner_http.PartnerUnavailable,
        links.LinkedToOther,
        links.SecondAccount,
        links.NotLinkable,
        consents.NoConsent,
        consents.NoConsentText,
        consents.ConsentStale,
        citizens.CitizenSuspended,
        citizens.NoCarbonAccount,
        tickets.TicketGone,
    )
}


@never_cache
@require_safe
@login_required
def receipt(request: HttpRequest, consent_id: UUID) -> HttpResponse:
    """What a citizen agreed to or withdrew, as a file to keep. A stranger's is not found."""
    try:
        document = consents.receipt(citizens.of(request.user).pk, consent_id)
    except Problem as problem:
        return _explain(request, problem)
    response = JsonResponse(document, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="consent-{consent_id}.json"'
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@transaction.non_atomic_requests  # the partner is asked for its configuration meanwhile
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """What would be read from this source, why and for how long; an explicit yes goes to the partner."""
    partner, citizen = _linkable(code), citizens.of(request.user)
    try:
        text = consents.current_text(partner)
        if request.method == "POST" and "yes" in request.POST:
            return _start(request, citizen, partner)
    except Problem as problem:
        return callback.answer(problem, {})
    return _show_consent(request, partner, {"text": text, "link": _live(citizen, partner)})


def _start(request: HttpRequest, citizen: Citizen, partner: Partner) -> HttpResponse:
    citizens.require_active(citizen)
    version = request.POST.get("version", "")
    given = consents.give(citizen, partner, int(version) if version.isdecimal() else 0, Consent.Channel.WEB)
    return _to_partner(request, partner, {"consent": str(given.pk)})


def _to_partner(request: HttpRequest, partner: Partner, data: dict[str, Any]) -> HttpResponse:
    partner_http.Client.of(partner).discover()
    provider = get_adapter().get_provider(request, partner.code)
    return provider.redirect(request, process=AuthProcess.CONNECT, next_url=reverse("links"), data=data)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests
def from_app(request: HttpRequest, ticket: str) -> HttpResponse:
    """The page the app opens in the system browser. Nobody is signed in by it."""
    try:
        found = tickets.find(ticket)
        if request.method == "POST":
            tickets.open_once(found)
            return _to_partner(request, found.partner, {"consent": str(found.consent_id), "ticket": found.pk})
    except tickets.TicketGone as problem:
        return _explain(request, problem)
    except Problem as problem:
        return callback.answer(problem, {"ticket": ticket})
    return _show_consent(request, found.partner, {"text": found.consent.text, "ticket": found})


def _show_consent(request: HttpRequest, partner: Partner, context: dict[str, Any]) -> HttpResponse:
    template = "linking/from_app.html" if "ticket" in context else "linking/consent.html"
    sensitive = SENSITIVE[Partner.Kind(partner.kind)]
    response = render(request, template, {"partner": partner, "sensitive": sensitive, **context})
    # the form's answer leads to the partner, and browsers hold form-action against redirects too
    response._csp_update = {"form-action": [_origin(partner)]}  # type: ignore[attr-defined]
    return response


def _origin(partner: Partner) -> str:
    try:
        address = partner_http.Client.of(partner).discover()["authorization_endpoint"]
    except partner_http.PartnerUnavailable:
        address = partner.issuer_url
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _linkable(code: str) -> Partner:
    return get_object_or_404(Partner.objects.filter(active=True).exclude(issuer_url=""), code=code)


def _live(citizen: Citizen, partner: Partner) -> Link | None:
    return Link.objects.filter(citizen=citizen, partner=partner, ended_at=None).first()


def _explain(request: HttpRequest, problem: Problem) -> HttpResponse:
    return render(request, "linking/problem.html", {"problem": problem}, status=problem.status)
