"""The page of links: how each source is doing, the consents that were given, and ending a link."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import reswap, retarget

from accounts import consents
from accounts.linking import links
from accounts.linking.models import Link
from accounts.linking.views import REFUSALS
from accounts.models import Citizen, Consent, Partner
from dashboard.links import linked
from dashboard.links.linked import Source
from dashboard.pages import citizen_page


@never_cache
@require_safe
@citizen_page
def overview(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    found, receipts = linked.overview(citizen), consents.history(citizen.pk)[:50]
    last = next((each for each in receipts if each.text.partner.code == request.GET.get("ended")), None)
    context = {
        "sources": found,
        "refusal": REFUSALS.get(request.GET.get("refused", "")),
        "linked": next((each.row for each in found if each.row.link and _named(request, each, "linked")), None),
        "ended": last if last and last.step == Consent.Step.WITHDRAWN else None,
        "receipts": receipts,
    }
    return render(request, "dashboard/links.html", context)


def _named(request: HttpRequest, source: Source, parameter: str) -> bool:
    return source.row.partner.code == request.GET.get(parameter)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def end(request: HttpRequest, citizen: Citizen, code: str) -> HttpResponse:
    """Says what ending the link means, with numbers; the second yes ends it at once."""
    partner = get_object_or_404(Partner, code=code)
    try:
        link = links.live(citizen, partner)
    except links.NotLinked:
        return redirect("links")
    if request.method == "POST":
        links.end(link, Link.End.CITIZEN, Consent.Channel.WEB)
        return redirect(f"{reverse('links')}?ended={partner.code}")
    context = {"partner": partner, "link": link, "brought": linked.brought(link)}
    return render(request, "dashboard/link_end.html", context | {"raw_hours": settings.RAW_RETENTION_HOURS})


@never_cache
@require_safe
@citizen_page
def arrival(request: HttpRequest, citizen: Citizen, code: str) -> HttpResponse:
    """What a page asks that waits for the first entries of a link: when to ask again, until there are some."""
    found = next((each for each in linked.overview(citizen) if each.row.partner.code == code), None)
    if found is None or found.row.link is None:
        return HttpResponse(status=404)
    if found.awaited:
        return render(request, "dashboard/_waiting.html", {"source": found})
    answer = render(request, "dashboard/_arrival.html", {"source": found, "arrived": True})
    return retarget(reswap(answer, "innerHTML"), f"#arrival-{code}")
