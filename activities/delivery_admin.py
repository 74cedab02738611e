"""The city desk for deliveries: what came, what became of it, and the rows that were not understood."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from activities.intake import quarantine
from activities.models import Delivery, QuarantinedRow
from activities.templatetags.intake import reason_name
from config.staff_admin import ReadOnly

SHOWN_ROWS = 50


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    list_display = ("received_at", "feed", "door", "state", "rows", "accepted", "quarantined", "duplicates")
    list_filter = ("state", "door", "feed")
    list_select_related = ("feed",)
    fields = ("feed", "door", "external_id", "size", "state", "sent_at", "received_at", "digested_at", "rows_done")
    readonly_fields = ("size",)
    date_hierarchy = "received_at"
    change_form_template = "admin/activities/delivery/change_form.html"

    class Media:
        css = {"all": ("activities/desk.css",)}

    @admin.display(description=_("rows"))
    def rows(self, delivery: Delivery) -> int:
        return int(delivery.counts.get("rows", 0))

    @admin.display(description=_("accepted"))
    def accepted(self, delivery: Delivery) -> int:
        return int(delivery.counts.get("accepted", 0))

    @admin.display(description=_("quarantined"))
    def quarantined(self, delivery: Delivery) -> int:
        return int(delivery.counts.get("quarantined", 0))

    @admin.display(description=_("duplicates"))
    def duplicates(self, delivery: Delivery) -> int:
        return int(delivery.counts.get("duplicates", 0))

    @admin.display(description=_("size"))
    def size(self, delivery: Delivery) -> str:
        return filesizeformat(delivery.size_bytes)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        return [
            path("<uuid:delivery_id>/quarantine.csv", view, name="activities_delivery_quarantine"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        kept = QuarantinedRow.objects.filter(delivery_id=object_id).order_by("line")
        context = {
            "quarantined": list(kept[:SHOWN_ROWS]),
            "quarantined_count": kept.count(),
            "may_download": self._may_download(request),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    def download(self, request: HttpRequest, delivery_id: Any) -> HttpResponse | StreamingHttpResponse:
        """What the partner gets back: each bad row as it came, with the reason."""
        if not self._may_download(request):
            return HttpResponse(status=403)
        delivery = get_object_or_404(Delivery, pk=delivery_id)
        return StreamingHttpResponse(
            quarantine.as_csv(delivery),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="quarantine-{delivery.pk}.csv"'},
        )

    def _may_download(self, request: HttpRequest) -> bool:
        """The rows themselves are the partner's raw data: those who run its feeds may have them, not every reader."""
        return request.user.has_perms(["activities.view_quarantinedrow", "activities.change_feed"])


@admin.register(QuarantinedRow)
class QuarantinedRowAdmin(ReadOnly):
    list_display = ("delivery", "line", "reason", "field", "detail")
    list_filter = ("code", "delivery__feed")
    list_select_related = ("delivery__feed",)
    fields = ("delivery", "line", "reason", "code", "field", "detail", "created_at")
    readonly_fields = ("reason",)

    @admin.display(description=_("reason"), ordering="code")
    def reason(self, row: QuarantinedRow) -> str:
        return reason_name(row.code)
