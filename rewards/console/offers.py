"""What the merchant offers: each with its state, and proposals to the city. For managers and owners."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from config import clock
from config.identifiers import new_id
from config.problems import Problem
from rewards import proposals
from rewards.console.guard import managing, members_only, show
from rewards.models import Member, Offer
from rewards.refusals import OfferUnknown

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
PROPOSED_KINDS = (Offer.Kind.COUPON, Offer.Kind.GOODS)
PROPOSED_FUNDERS = (Offer.Funder.MERCHANT, Offer.Funder.CITY)
USUAL_SPAN = timedelta(days=90)


class ProposalForm(forms.ModelForm):
    """In days and yuan; what it tells is in instants and fen. On a wide screen fields stand in pairs."""

    field_order = (
        *("kind", "funder", "title_zh", "title_en", "description_zh", "description_en", "price_points", "value_yuan"),
        *("stock_total", "person_limit", "first_day", "last_day", "voucher_days"),
    )

    id = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("kind"), choices=[(kind, kind.label) for kind in PROPOSED_KINDS])
    funder = forms.ChoiceField(
        label=gettext_lazy("paid by"), choices=[(funder, funder.label) for funder in PROPOSED_FUNDERS]
    )
    value_yuan = forms.DecimalField(
        label=gettext_lazy("value (yuan)"), min_value=0, max_value=100_000, max_digits=8, decimal_places=2
    )
    first_day = forms.DateField(label=gettext_lazy("first day"), widget=DAY)
    last_day = forms.DateField(label=gettext_lazy("last day"), widget=DAY)

    class Meta:
        model = Offer
        fields = (
            *("kind", "title_zh", "title_en", "description_zh", "description_en", "price_points", "funder"),
            *("stock_total", "person_limit", "voucher_days"),
        )
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("description_zh", "description_en")}

    def clean_price_points(self) -> int:
        price = int(self.cleaned_data["price_points"])
        if price < 1:
            raise forms.ValidationError(_("An offer costs at least one point."))
        return price

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        if first and last and (last < first or last < clock.city_today()):
            self.add_error("last_day", _("An offer ends after it starts."))
        return cleaned

    def told(self) -> dict[str, Any]:
        """The offer's own fields."""
        values = dict(self.cleaned_data)
        values.pop("id")
        first, last = values.pop("first_day"), values.pop("last_day")
        values["value_fen"] = int(values.pop("value_yuan") * 100)
        return values | {"starts_at": clock.day_start(first), "ends_at": clock.day_end(last)}


def _initial(offer: Offer | None) -> dict[str, Any]:
    if offer is None:
        today: date = clock.city_today()
        return {"id": new_id(), "first_day": today, "last_day": today + USUAL_SPAN}
    last = clock.city_day(offer.ends_at - timedelta(seconds=1))
    days = {"first_day": clock.city_day(offer.starts_at), "last_day": last}
    return {"id": offer.id, "value_yuan": f"{offer.value_fen / 100:.2f}", **days}


@require_safe
@members_only
def show_offers(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    manager = managing(request, memberships)
    own = manager.merchant.offers.prefetch_related("steps").order_by("-ends_at", "id")
    return show(request, "merchant_offers.html", memberships, manager, {"offers": own, "open": proposals.OPEN})


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def propose(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    return _edit(request, memberships, None)


@require_http_methods(["GET", "HEAD", "POST"])
@members_only
def revise(request: HttpRequest, memberships: list[Member], offer_id: UUID) -> HttpResponse:
    offer = _find(offer_id, managing(request, memberships))
    if offer.state not in proposals.OPEN:
        raise Http404
    return _edit(request, memberships, offer)


def _edit(request: HttpRequest, memberships: list[Member], offer: Offer | None) -> HttpResponse:
    manager, status = managing(request, memberships), 200
    form = ProposalForm(request.POST or None, label_suffix="", initial=_initial(offer), instance=offer)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            station = proposals.revise if offer else proposals.propose
            try:
                station(offer.id if offer else form.cleaned_data["id"], manager, form.told())
                messages.success(request, _("Handed in. The city looks at it; its answer appears here."))
            except Problem as problem:
                messages.error(request, str(problem.title))
            return redirect("merchant_offers")
    return show(request, "merchant_proposal.html", memberships, manager, {"form": form, "offer": offer}, status)


@require_POST
@members_only
def withdraw(request: HttpRequest, memberships: list[Member], offer_id: UUID) -> HttpResponse:
    manager = managing(request, memberships)
    _find(offer_id, manager)
    try:
        proposals.withdraw(offer_id, manager)
    except Problem as problem:
        messages.error(request, str(problem.title))
    return redirect("merchant_offers")


def _find(offer_id: UUID, manager: Member) -> Offer:
    try:
        return proposals.find(offer_id, manager)
    except OfferUnknown:
        raise Http404 from None
