"""The page of links: how each source is doing, and the consents that were given."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import consents
from accounts.linking.views import REFUSALS
from accounts.models import Citizen
from dashboard.links import linked
from dashboard.links.linked import Source
from dashboard.pages import citizen_page


@never_cache
@require_safe
@citizen_page
def overview(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    found = linked.overview(citizen)
    context = {
        "sources": found,
        "refusal": REFUSALS.get(request.GET.get("refused", "")),
        "linked": next((each.row for each in found if each.row.link and _named(request, each, "linked")), None),
        "ended": next((each.row for each in found if not each.row.link and _named(request, each, "ended")), None),
        "receipts": consents.history(citizen.pk)[:50],
    }
    return render(request, "dashboard/links.html", context)


def _named(request: HttpRequest, source: Source, parameter: str) -> bool:
    return source.row.partner.code == request.GET.get(parameter)


@never_cache
@require_safe
@citizen_page
def arrival(request: HttpRequest, citizen: Citizen, code: str) -> HttpResponse:
    """The part of the page that waits for the first entries of a new link."""
    found = next((each for each in linked.overview(citizen) if each.row.partner.code == code), None)
    if found is None or found.row.link is None:
        return HttpResponse(status=404)
    return render(request, "dashboard/_arrival.html", {"source": found})
