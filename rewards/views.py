"""The citizen's pages: offers, and the vouchers they became."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.transaction import non_atomic_requests
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts import citizens
from config.identifiers import new_id
from config.problems import Problem
from config.templatetags import interface
from ledger import statements
from rewards import donations, evidence, lotteries, nearness, offers, redemption, rotation, signing, vouchers
from rewards.models import Handover, Lottery, Offer, Planting, Redemption
from rewards.refusals import PlaceUnclear, RedemptionClosed, RedemptionUnknown

PAGE_SIZE = 30
EVIDENCE_SHOWN = 6


class RedeemForm(forms.Form):
    """The client's id of a redemption travels with the page, so that a double click is one redemption."""

    redemption = forms.UUIDField(widget=forms.HiddenInput)


@login_required
@require_safe
def list_offers(request: HttpRequest) -> HttpResponse:
    citizen = citizens.of(request.user)
    balance = statements.balance(citizen.id)
    wish = _wish(request)
    page = Paginator(offers.open_now(balance, citizen, wish), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"citizen": citizen, "balance": balance, "page": page, "wish": wish, "kinds": Offer.Kind.choices}
    return render(request, "rewards/offers.html", {**context, "anything": wish == offers.ANYTHING})


def _wish(request: HttpRequest) -> offers.Wish:
    """What the address asks for; what is no kind or place is not asked for."""
    asked = request.GET
    try:
        place = nearness.read(asked["near"]) if "near" in asked else None
    except PlaceUnclear:
        place = None
    kind = asked.get("kind", "")
    return offers.Wish(
        kind=kind if kind in Offer.Kind.values else "",
        affordable="affordable" in asked,
        own_district="own_district" in asked,
        place=place,
    )


@non_atomic_requests  # see api_urls
@login_required
def show_offer(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    citizen, status = citizens.of(request.user), 200
    if request.method == "POST":
        form = RedeemForm(request.POST)
        try:
            if form.is_valid():
                made, _new = redemption.redeem(form.cleaned_data["redemption"], citizen, offer_id)
                return redirect("voucher", made.id)
            messages.error(request, _("The form came incomplete, so nothing happened. Please try again."))
            status = HTTPStatus.BAD_REQUEST
        except Problem as problem:
            messages.error(request, str(problem.title))
            status = problem.status
    offer = get_object_or_404(offers.published(citizen), id=offer_id)
    balance = statements.balance(citizen.id)
    context = {
        "offer": offer,
        "is_open": offers.is_open(offer),
        "balance": balance,
        "short_of": max(0, offer.price_points - balance),
        "left_after": balance - offer.price_points,
        "valid_until": redemption.valid_until(offer),
        "given": offer.stock_total - offer.stock_left,
        "form": RedeemForm(initial={"redemption": new_id()}),
        **_became(offer),
    }
    return render(request, "rewards/offer.html", context, status=status)


def _became(offer: Offer) -> dict[str, Any]:
    """What became of gifts so far; nothing of what is no gift."""
    if offer.kind == Offer.Kind.TREE:
        return {"plantings": offer.plantings.order_by("-planted_on")[:EVIDENCE_SHOWN]}
    if offer.kind == Offer.Kind.DONATION:
        newest = offer.handovers.order_by("-received_on", "-id")[:EVIDENCE_SHOWN]
        return {"handovers": newest, "handed_over": donations.handed_over(offer)}
    return {}


@login_required
@require_safe
def list_vouchers(request: HttpRequest) -> HttpResponse:
    citizen = citizens.of(request.user)
    page = Paginator(redemption.shelved(citizen), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page": page, "balance": statements.balance(citizen.id), "now": timezone.now()}
    return render(request, "rewards/vouchers.html", context)


@login_required
@require_safe
@never_cache
def show_voucher(request: HttpRequest, redemption_id: UUID) -> HttpResponse:
    voucher = _own_voucher(request, redemption_id)
    shown = redemption.is_shown(voucher)
    context = {
        "voucher": voucher,
        "shown": shown,
        "cancellable": voucher.state in Redemption.OPEN and not redemption.is_over(voucher),
        "now": timezone.now(),
        **(_live(voucher) if shown else {}),
    }
    response = render(request, "rewards/voucher.html", context)
    if shown and not voucher.offer.rotating:
        response["X-Offline"] = "keep"  # the service worker asks
    return response


@login_required
@require_safe
@never_cache
def show_live(request: HttpRequest, redemption_id: UUID) -> HttpResponse:
    """What has changed of a voucher since its page was opened: the digits of a rotating one, or that it is used."""
    voucher = _own_voucher(request, redemption_id)
    if voucher.state != request.GET.get("seen", voucher.state) or not redemption.is_shown(voucher):
        return HttpResponseClientRefresh()
    if not voucher.offer.rotating:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "rewards/_live.html", {"voucher": voucher, **_live(voucher)})


@require_safe
def list_keys(request: HttpRequest) -> HttpResponse:
    """The public keys of vouchers, for everybody."""
    return JsonResponse(signing.public_keys(), headers={"Cache-Control": "public, max-age=3600"})


@login_required
@require_POST
def cancel_voucher(request: HttpRequest, redemption_id: UUID) -> HttpResponse:
    voucher = _own_voucher(request, redemption_id)
    try:
        redemption.cancel(voucher.id, citizens.of(request.user))
        words = ngettext(
            "Cancelled. %(points)s point is back in your account.",
            "Cancelled. %(points)s points are back in your account.",
            voucher.points,
        )
        messages.success(request, words % {"points": interface.whole(voucher.points)})
    except RedemptionClosed as problem:
        messages.error(request, str(problem.title))
    return redirect("voucher", voucher.id)


@login_required
@require_safe
def show_draw(request: HttpRequest, offer_id: UUID) -> HttpResponse:
    """What a lottery committed to, and once it is drawn all that is needed to draw it again."""
    lottery = get_object_or_404(Lottery.objects.select_related("offer__merchant"), offer_id=offer_id)
    winners = lotteries.winners(lottery)
    if request.GET.get("as") == "json":
        shown = {"seed_hash": lottery.seed_hash, "seed": lottery.seed_shown, "entries": lottery.entries}
        return JsonResponse({**shown, "winners": winners, "drawn_at": lottery.drawn_at})
    mine = redemption.of_citizen(citizens.of(request.user)).filter(offer_id=offer_id)
    return render(request, "rewards/draw.html", {"lottery": lottery, "winners": winners, "mine": mine})


@login_required
@require_safe
def show_planting(request: HttpRequest, planting_id: UUID) -> FileResponse:
    """The photo of a planting: public evidence, for everybody who is signed in."""
    return evidence.open_photo(get_object_or_404(Planting, id=planting_id))


@login_required
@require_safe
def show_handover(request: HttpRequest, handover_id: UUID) -> FileResponse:
    """The photo of a handover, for everybody likewise."""
    return evidence.open_photo(get_object_or_404(Handover, id=handover_id))


def _own_voucher(request: HttpRequest, redemption_id: UUID) -> Redemption:
    try:
        return redemption.find(redemption_id, citizens.of(request.user))
    except RedemptionUnknown:
        raise Http404 from None


def _live(voucher: Redemption) -> dict[str, Any]:
    digits = rotation.code_at(voucher.id, timezone.now()) if voucher.offer.rotating else ""
    return {"qr": vouchers.qr_svg(redemption.qr_content(voucher)).decode(), "digits": digits}
