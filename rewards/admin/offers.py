"""Offers with their proposals and draws."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.problems import Problem
from config.staff_admin import ReadOnly
from ledger.models import Programme
from rewards import offers, proposals
from rewards.admin.history import History, user_of
from rewards.models import (
    Lottery,
    Offer,
    OfferStep,
)
from rewards.refusals import StockTaken

MAY_MOVE = "rewards.add_offerstep"


class OfferStepInline(History):
    model = OfferStep
    readonly_fields = ["created_at", "state", "made_by", "note"]
    fields = ["created_at", "state", "made_by", "note"]


class OfferForm(forms.ModelForm):
    """A new offer says its stock; later the stock is raised or lowered by a number."""

    add_stock = forms.IntegerField(
        label=_("add to the stock"),
        required=False,
        initial=0,
        help_text=_("How many more there are; a negative number takes away what is not taken yet."),
    )

    class Meta:
        model = Offer
        fields = [
            "merchant",
            "title_zh",
            "title_en",
            "description_zh",
            "description_en",
            "price_points",
            "value_fen",
            "stock_total",
            "starts_at",
            "ends_at",
            "voucher_days",
            "kind",
            "allocation",
            "funder",
            "sponsor",
            "sponsor_en",
            "programme",
            "day_limit",
            "person_limit",
            "district_limit",
            "rotating",
            "pass_days",
            "tree_shares",
            "min_level",
            "group",
        ]

    def clean_price_points(self) -> int:
        price = int(self.cleaned_data["price_points"])
        if price < 1:
            raise ValidationError(_("An offer costs at least one point."))
        return price

    def clean_add_stock(self) -> int:
        count = int(self.cleaned_data["add_stock"] or 0)
        if self.instance.pk and self.instance.stock_left is not None and self.instance.stock_left + count < 0:
            raise ValidationError(StockTaken.title)
        return count

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and ends_at and ends_at <= starts_at:
            self.add_error("ends_at", _("An offer ends after it starts."))
        if cleaned.get("allocation", self.instance.allocation) == Offer.Allocation.LOTTERY:
            for limit in ("day_limit", "district_limit"):
                if cleaned.get(limit):
                    self.add_error(limit, _("A lottery draws from all entries: it has no limit per day or district."))
        funder = cleaned.get("funder", self.instance.funder)
        if "programme" in self.fields and (funder == Offer.Funder.SPONSOR) != bool(cleaned.get("programme")):
            self.add_error("programme", _("Name the programme where a sponsor pays, and only there."))
        return cleaned


class NoteForm(ActionForm):
    """What the merchant is told when a proposal is returned."""

    note = forms.CharField(label=_("reason"), required=False, max_length=proposals.NOTE_MAX)


@admin.register(Offer)
class OfferAdmin(admin.ModelAdmin):
    form = OfferForm
    list_display = [
        "title_zh",
        "merchant",
        "price_points",
        "stock_left",
        "stock_total",
        "starts_at",
        "ends_at",
        "state",
    ]
    list_filter = ["state", "kind", "merchant"]
    actions = ["publish", "give_back", "pause", "end"]
    action_form = NoteForm
    inlines = [OfferStepInline]
    list_select_related = ["merchant"]
    search_fields = ["title_zh", "title_en", "merchant__code"]
    autocomplete_fields = ["merchant"]
    raw_id_fields = ["group"]
    date_hierarchy = "starts_at"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        given = ["merchant", "kind", "allocation", "stock_total", "stock_left"] if obj else []
        promised = ["price_points", "value_fen", "funder", "sponsor", "programme"]
        is_public = obj is not None and obj.state in (Offer.State.PUBLISHED, Offer.State.ENDED)
        drawn = ["ends_at"] if obj is not None and obj.is_lottery and obj.is_promised else []
        return ["state", *given, *(promised if is_public else []), *drawn]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "programme":
            kwargs["queryset"] = Programme.objects.filter(kind=Programme.Kind.SPONSOR)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        stock = ["stock_total", "stock_left", "add_stock"] if obj else ["stock_total"]
        texts = ["title_zh", "title_en", "description_zh", "description_en"]
        money = ["price_points", "value_fen", "funder", "sponsor", "sponsor_en", "programme"]
        limits = ["day_limit", "person_limit", "district_limit", "min_level", "group", "starts_at", "ends_at"]
        rest = ["voucher_days", "rotating", "pass_days", "tree_shares"]
        return ["state", "merchant", "kind", "allocation", *texts, *money, *stock, *limits, *rest]

    @admin.action(description=_("Publish: the city approves"), permissions=["move"])
    def publish(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        self._move(request, chosen, Offer.State.PUBLISHED)

    @admin.action(description=_("Return to the merchant, with a reason"), permissions=["move"])
    def give_back(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        for offer in chosen:
            try:
                proposals.give_back(offer, user_of(request), request.POST.get("note", ""))
            except Problem as problem:
                self.message_user(request, f"{offer}: {problem.title}", messages.ERROR)

    @admin.action(description=_("Pause"), permissions=["move"])
    def pause(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        self._move(request, chosen, Offer.State.PAUSED)

    @admin.action(description=_("End for good"), permissions=["move"])
    def end(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        self._move(request, chosen, Offer.State.ENDED)

    def has_move_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_MOVE)

    def _move(self, request: HttpRequest, chosen: QuerySet[Offer], state: Offer.State) -> None:
        for offer in chosen:
            try:
                offers.move(offer, state, user_of(request))
            except Problem as problem:
                self.message_user(request, f"{offer}: {problem.title}", messages.ERROR)

    def save_model(self, request: HttpRequest, obj: Offer, form: Any, change: bool) -> None:
        if not change:
            obj.stock_left = obj.stock_total
            obj.save()
            return
        # the stock may have moved since the form was opened: write what was edited, and the stock by its function
        edited = [name for name in form.changed_data if name != "add_stock"]
        if edited:
            obj.save(update_fields=edited)
        try:
            if count := form.cleaned_data["add_stock"]:
                offers.add_stock(obj.id, count)
        except StockTaken as problem:  # taken since the form was checked
            self.message_user(request, str(problem.title), messages.ERROR)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.redemptions.exists())


@admin.register(Lottery)
class LotteryAdmin(ReadOnly):
    list_display = ["offer", "seed_hash", "winners", "drawn_at"]
    fields = ["offer", "seed_hash", "committed_at", "seed_shown", "entries", "winners", "drawn_at"]
