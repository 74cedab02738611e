"""Settlements: closing and paying them, files for the bank, disputes."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from config import clock
from config.problems import Problem
from config.staff_admin import ReadOnly
from rewards import closing, disputes, payers, payouts, settlement
from rewards.admin.history import History, user_of
from rewards.models import Batch, Dispute, Line, Payment, PaymentFile

MAY_CLOSE, MAY_PAY = "rewards.close_batch", "rewards.pay_batch"
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "xml": "application/xml"}


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


class PayoutForm(ActionForm):
    """What is asked beside the action."""

    reason = forms.CharField(label=_("why it failed"), required=False, max_length=140)


class MonthField(forms.DateField):
    """A month as its first day, written as `2026-11`."""

    widget = forms.DateInput(format="%Y-%m", attrs={"type": "month"})
    input_formats = ["%Y-%m"]


class MonthForm(forms.Form):
    month = MonthField(label=_("month"))


class ClosingForm(forms.Form):
    last_day = forms.DateField(
        label=pgettext_lazy("settlement", "Close up to"), widget=forms.DateInput(attrs={"type": "date"})
    )


@admin.register(Batch)
class BatchAdmin(ReadOnly):
    """Closed and paid by who may; everybody else of the desk looks."""

    inlines = [LineInline]
    list_display = ["merchant", "last_day", "points", "payable_fen", "fee_fen", "payout", "payout_note", "payout_at"]
    list_filter = ["payout", "last_day", "merchant"]
    list_select_related = ["merchant"]
    actions = ["send", "mark_paid", "mark_failed"]
    action_form = PayoutForm

    def get_urls(self) -> list[URLPattern]:
        close = self.admin_site.admin_view(require_POST(self.close))
        payers = self.admin_site.admin_view(require_safe(self.show_payers))
        return [
            path("close/", close, name="rewards_batch_close"),
            path("payers/", payers, name="rewards_batch_payers"),
            *super().get_urls(),
        ]

    def has_pay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_PAY)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        own = {"closing_form": ClosingForm() if request.user.has_perm(MAY_CLOSE) else None}
        return super().changelist_view(request, {**(extra_context or {}), **own})

    def close(self, request: HttpRequest) -> HttpResponse:
        """Close everybody's settlement up to a day, as the job does for whole months."""
        if not request.user.has_perm(MAY_CLOSE):
            raise PermissionDenied
        form = ClosingForm(request.POST)
        if form.is_valid():
            try:
                self._tell(request, closing.close_all(form.cleaned_data["last_day"]))
            except Problem as problem:
                self.message_user(request, str(problem.title), messages.ERROR)
        else:
            self.message_user(request, " ".join(map(str, form.errors["last_day"])), messages.ERROR)
        return redirect("admin:rewards_batch_changelist")

    def show_payers(self, request: HttpRequest) -> HttpResponse:
        """What the settlements closed in a month cost, by who pays; as CSV with `csv` in the address."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = MonthForm(request.GET or {"month": clock.city_today().replace(day=1)})
        month = form.cleaned_data["month"] if form.is_valid() else clock.city_today().replace(day=1)
        owed = payers.owed(month)
        if "csv" in request.GET:
            return _download(payers.write_csv(owed), "csv", f"payers-{month:%Y-%m}")
        own = {"title": gettext("Who pays for what was settled"), "form": form, "month": month, "owed": owed}
        context = {**self.admin_site.each_context(request), "opts": self.opts, **own}
        return TemplateResponse(request, "admin/rewards/batch/payers.html", context)

    def _tell(self, request: HttpRequest, closed: closing.Closed) -> None:
        said = ngettext("%(count)s settlement was closed.", "%(count)s settlements were closed.", closed.number)
        self.message_user(request, said % {"count": closed.number})
        if closed.refused:
            names = ", ".join(map(str, closed.refused))
            self.message_user(request, gettext("Not closed, see the log: %(names)s") % {"names": names}, messages.ERROR)

    @admin.action(description=_("Write a payment file for the bank"), permissions=["pay"])
    def send(self, request: HttpRequest, chosen: QuerySet[Batch]) -> HttpResponse | None:
        try:
            file = payouts.send(chosen.values_list("id", flat=True), str(user_of(request)))
        except Problem as problem:
            self.message_user(request, str(problem.title), messages.ERROR)
            return None
        return redirect("admin:rewards_paymentfile_change", file.pk)

    @admin.action(description=_("The bank paid"), permissions=["pay"])
    def mark_paid(self, request: HttpRequest, chosen: QuerySet[Batch]) -> None:
        self._mark(request, chosen, Batch.Payout.PAID)

    @admin.action(description=_("The payment failed, with a reason"), permissions=["pay"])
    def mark_failed(self, request: HttpRequest, chosen: QuerySet[Batch]) -> None:
        self._mark(request, chosen, Batch.Payout.FAILED, request.POST.get("reason", ""))

    def _mark(self, request: HttpRequest, chosen: QuerySet[Batch], payout: Batch.Payout, reason: str = "") -> None:
        for batch in chosen:
            try:
                payouts.mark(batch.id, payout, reason)
            except Problem as problem:
                self.message_user(request, f"{batch}: {problem.title}", messages.ERROR)
            else:
                self.log_change(request, batch, payout.label)


class PaymentInline(History):
    model = Payment
    readonly_fields = ["batch", "amount", "contract"]
    fields = ["batch", "amount", "contract"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        return super().get_queryset(request).select_related("batch__merchant", "contract__merchant")

    @admin.display(description=_("amount (yuan)"))
    def amount(self, payment: Payment) -> str:
        return settlement.yuan(payment.batch.net_fen)


@admin.register(PaymentFile)
class PaymentFileAdmin(ReadOnly):
    """What was sent to the bank; downloaded again it is the same file, so that nothing is paid twice."""

    inlines = [PaymentInline]
    list_display = ["number", "created_at", "by"]
    fields = ["number", "created_at", "by"]

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(require_safe(self.download))
        return [path("<uuid:key>.<str:kind>", download, name="rewards_paymentfile_download"), *super().get_urls()]

    @admin.display(description=_("number of the file"))
    def number(self, file: PaymentFile) -> str:
        return file.message

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentFile]:
        return super().get_queryset(request).defer("xml_encrypted", "csv_encrypted")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        own = {"may_pay": request.user.has_perm(MAY_PAY)}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **own})

    def download(self, request: HttpRequest, key: UUID, kind: str) -> HttpResponse:
        """The file as it was written, with whole account numbers: for who may pay."""
        if not request.user.has_perm(MAY_PAY):
            raise PermissionDenied
        if kind not in MEDIA_TYPES:
            raise Http404
        file = get_object_or_404(PaymentFile, pk=key)
        self.log_change(request, file, f"downloaded as {kind}")
        return _download(getattr(file, kind), kind, file.message)


def _download(content: str, kind: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
    return HttpResponse(content.encode(), content_type=MEDIA_TYPES[kind], headers=headers)


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
