"""Merchants and offers for the city's staff. Stock moves by its station function only; redemptions are looked at."""

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from config import clock
from config.problems import Problem
from config.staff_admin import ReadOnly
from rewards import closing, disputes, offers, payouts, proposals, signing, trees, vouchers
from rewards.models import (
    Batch,
    Contract,
    Dispute,
    Line,
    Lottery,
    Member,
    Merchant,
    Offer,
    OfferStep,
    Planting,
    Redemption,
    SigningKey,
    Step,
)
from rewards.refusals import StockTaken


class MemberInline(admin.TabularInline):
    model = Member
    extra = 0
    raw_id_fields = ["user"]


class History(admin.TabularInline):
    """Steps, to look at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OfferStepInline(History):
    model = OfferStep
    readonly_fields = ["created_at", "state", "made_by", "note"]
    fields = ["created_at", "state", "made_by", "note"]


class StepInline(History):
    model = Step
    readonly_fields = ["created_at", "state", "made_by"]
    fields = ["created_at", "state", "made_by"]


def user_of(request: HttpRequest) -> User:
    """Who is at the desk; the admin lets nobody else in."""
    return cast(User, request.user)


@admin.register(Merchant)
class MerchantAdmin(admin.ModelAdmin):
    list_display = ["code", "name_zh", "name_en", "district", "active"]
    list_filter = ["active"]
    search_fields = ["code", "name_zh", "name_en"]
    inlines = [MemberInline]


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
        promised = ["price_points", "value_fen", "funder", "sponsor"]
        is_public = obj is not None and obj.state in (Offer.State.PUBLISHED, Offer.State.ENDED)
        return ["state", *given, *(promised if is_public else [])]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        stock = ["stock_total", "stock_left", "add_stock"] if obj else ["stock_total"]
        texts = ["title_zh", "title_en", "description_zh", "description_en"]
        money = ["price_points", "value_fen", "funder", "sponsor"]
        limits = ["day_limit", "person_limit", "district_limit", "min_level", "group", "starts_at", "ends_at"]
        rest = ["voucher_days", "rotating", "pass_days", "tree_shares"]
        return ["state", "merchant", "kind", "allocation", *texts, *money, *stock, *limits, *rest]

    @admin.action(description=_("Publish: the city approves"))
    def publish(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        self._move(request, chosen, Offer.State.PUBLISHED)

    @admin.action(description=_("Return to the merchant, with a reason"))
    def give_back(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        for offer in chosen:
            try:
                proposals.give_back(offer, user_of(request), request.POST.get("note", ""))
            except Problem as problem:
                self.message_user(request, f"{offer}: {problem.title}", messages.ERROR)

    @admin.action(description=_("Pause"))
    def pause(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        self._move(request, chosen, Offer.State.PAUSED)

    @admin.action(description=_("End for good"))
    def end(self, request: HttpRequest, chosen: QuerySet[Offer]) -> None:
        self._move(request, chosen, Offer.State.ENDED)

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
        return obj is None or not obj.redemptions.exists()


@admin.register(Redemption)
class RedemptionAdmin(ReadOnly):
    list_display = ["created_at", "offer", "merchant", "points", "state", "voucher_tail", "expires_at", "closed_at"]
    list_filter = ["state", "merchant"]
    inlines = [StepInline]
    list_select_related = ["offer", "merchant"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    fields = [
        "id",
        "citizen_id",
        "offer",
        "merchant",
        "points",
        "value_fen",
        "state",
        "voucher_tail",
        "created_at",
        "expires_at",
        "closed_at",
        "confirmed_by",
        "refunded_at",
        "refunded_by",
        "note",
    ]

    @admin.display(description=_("end of the code"))
    def voucher_tail(self, redemption: Redemption) -> str:
        return vouchers.tail(redemption.voucher_code)


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnly):
    list_display = ["kid", "public_key", "created_at", "retired_at"]
    fields = ["kid", "public_key", "created_at", "retired_at"]
    actions = ["rotate"]

    @admin.action(description=_("Retire the key that signs and make another"))
    def rotate(self, request: HttpRequest, chosen: QuerySet[SigningKey]) -> None:
        signing.rotate()


class ContractForm(forms.ModelForm):
    account_number = forms.CharField(label=_("account number"), max_length=34)

    class Meta:
        model = Contract
        fields = ["merchant", "valid_from", "fee_bp", "account_name", "bank_code"]


@admin.register(Contract)
class ContractAdmin(admin.ModelAdmin):
    """A new agreement is a new contract: what settlements were closed by stays as it was."""

    form = ContractForm
    list_display = ["merchant", "valid_from", "fee_bp", "account_name"]
    fields = ["merchant", "valid_from", "fee_bp", "account_name", "account_number", "bank_code"]

    def save_model(self, request: HttpRequest, obj: Contract, form: Any, change: bool) -> None:
        obj.account_number = form.cleaned_data["account_number"]
        obj.save()

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class LineInline(History):
    """Each line with a link by which the city questions it."""

    model = Line
    readonly_fields = ["happened_at", "kind", "redemption", "points", "payable_fen", "fee_fen", "question"]
    fields = ["happened_at", "kind", "redemption", "points", "payable_fen", "fee_fen", "question"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Line]:
        return super().get_queryset(request).select_related("redemption").prefetch_related("disputes")

    @admin.display(description=_("dispute"))
    def question(self, line: Line) -> SafeString:
        if found := next(iter(line.disputes.all()), None):
            address, text = reverse("admin:rewards_dispute_change", args=[found.pk]), found.get_state_display()
        else:
            address, text = f"{reverse('admin:rewards_dispute_add')}?line={line.pk}", str(_("Question it"))
        return format_html('<a href="{}">{}</a>', address, text)


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    inlines = [LineInline]
    list_display = ["merchant", "last_day", "points", "payable_fen", "fee_fen", "payout", "payout_at"]
    list_filter = ["payout", "last_day", "merchant"]
    list_select_related = ["merchant"]
    actions = ["download_csv", "download_xml", "mark_paid", "mark_failed"]

    @admin.action(description=_("Payout file: CSV"))
    def download_csv(self, request: HttpRequest, chosen: QuerySet[Batch]) -> HttpResponse:
        content = payouts.write_csv(chosen.select_related("merchant", "contract"))
        return _download(content.encode(), "text/csv; charset=utf-8", "payout.csv")

    @admin.action(description=_("Payout file: ISO 20022 pain.001"))
    def download_xml(self, request: HttpRequest, chosen: QuerySet[Batch]) -> HttpResponse | None:
        now = timezone.now()
        try:
            content = payouts.write_xml(chosen.select_related("merchant", "contract"), now, clock.city_day(now))
        except Problem as problem:
            self.message_user(request, str(problem.title), messages.ERROR)
            return None
        return _download(content, "application/xml", "payout.xml")

    @admin.action(description=_("The bank paid"))
    def mark_paid(self, request: HttpRequest, chosen: QuerySet[Batch]) -> None:
        self._mark(request, chosen, Batch.Payout.PAID)

    @admin.action(description=_("The payment failed"))
    def mark_failed(self, request: HttpRequest, chosen: QuerySet[Batch]) -> None:
        self._mark(request, chosen, Batch.Payout.FAILED)

    def _mark(self, request: HttpRequest, chosen: QuerySet[Batch], payout: Batch.Payout) -> None:
        for batch in chosen:
            try:
                closing.mark(batch.id, payout)
            except Problem as problem:
                self.message_user(request, f"{batch}: {problem.title}", messages.ERROR)


def _download(content: bytes, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


class DisputeForm(forms.ModelForm):
    """A new one says what is wrong with a line; an open one is answered."""

    class Meta:
        model = Dispute
        fields = ["line", "reason", "adjustment_fen", "answer"]
        widgets = {"line": forms.HiddenInput}


@admin.register(Dispute)
class DisputeAdmin(admin.ModelAdmin):
    """Opened by a merchant, or by the city from a settlement; answered with a correction, or with none."""

    form = DisputeForm
    list_display = ["opened_at", "line", "reason", "opened_by", "state", "adjustment_fen", "closed_at"]
    list_filter = ["state"]
    list_select_related = ["line", "opened_by"]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        answered = ["opened_by", "opened_at", "state", "adjustment_fen", "answer", "closed_at"]
        return ["line", "reason", *answered] if obj else ["line", "reason"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        if obj is None:
            return []
        given = ["line", "reason", "opened_by", "opened_at", "state", "closed_at"]
        return given if obj.state == Dispute.State.OPEN else [*given, "adjustment_fen", "answer"]

    def save_model(self, request: HttpRequest, obj: Dispute, form: Any, change: bool) -> None:
        told = form.cleaned_data
        try:
            if change:
                disputes.settle(obj.id, told.get("adjustment_fen", 0), told.get("answer", ""))
            else:
                obj.pk = disputes.open_about(told["line"], user_of(request), told["reason"]).pk
        except Problem as problem:
            self.message_user(request, str(problem.title), messages.ERROR)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Lottery)
class LotteryAdmin(ReadOnly):
    list_display = ["offer", "seed_hash", "winners", "drawn_at"]
    fields = ["offer", "seed_hash", "committed_at", "seed_shown", "entries", "winners", "drawn_at"]


@admin.register(Planting)
class PlantingAdmin(admin.ModelAdmin):
    """Evidence is added, never changed."""

    list_display = ["planted_on", "offer", "trees", "place_zh", "certificate"]

    def save_model(self, request: HttpRequest, obj: Planting, form: Any, change: bool) -> None:
        try:
            trees.record(obj, form.cleaned_data["photo"])
        except Problem as problem:
            self.message_user(request, str(problem.title), messages.ERROR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
