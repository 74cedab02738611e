"""Batches, payout files and disputes."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from config import clock
from config.problems import Problem
from config.staff_admin import ReadOnly
from rewards import closing, disputes, payouts
from rewards.admin.history import History, user_of
from rewards.models import (
    Batch,
    Dispute,
    Line,
)


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
