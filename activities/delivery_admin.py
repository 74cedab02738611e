"""The city desk for deliveries: what came, what became of it, and the rows that were not understood."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from activities import jobs
from activities.intake import deliveries, quarantine, wording
from activities.models import Delivery, QuarantinedRow
from activities.templatetags.intake import reason_name
from config import staff_admin
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
    actions = ("try_again",)

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
        if request.method == "POST" and "again" in request.POST and self.has_again_permission(request):
            self.try_again(request, Delivery.objects.filter(pk=object_id))
            return HttpResponseRedirect(request.path)
        kept = QuarantinedRow.objects.filter(delivery_id=object_id).order_by("line")
        context = {
            "may_try_again": self.has_again_permission(request),
            "quarantined": list(kept[:SHOWN_ROWS]),
            "quarantined_count": kept.count(),
            "may_download": self._may_download(request),
        }
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **context})

    @admin.action(description=_("Take in again what failed"), permissions=["again"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        again = 0
        for delivery in queryset:
            with transaction.atomic():
                if deliveries.try_again(delivery):
                    jobs.queue_digestion(delivery)
                    self.log_change(request, delivery, "let it be tried again")
                    again += 1
        said = ngettext(
            "%(count)s delivery is being taken in again.", "%(count)s deliveries are being taken in again.", again
        )
        self.message_user(request, said % {"count": again})

    def has_again_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("activities.change_feed")

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
    list_display = ("delivery", "line", "reason", "field", "said")
    list_filter = ("code", "delivery__feed")
    list_select_related = ("delivery__feed",)
    fields = ("delivery", "line", "reason", "code", "field", "said", "created_at")
    readonly_fields = ("reason", "said")

    @admin.display(description=_("reason"), ordering="code")
    def reason(self, row: QuarantinedRow) -> str:
        return reason_name(row.code)

    @admin.display(description=_("detail"))
    def said(self, row: QuarantinedRow) -> str:
        return wording.say(row.detail)


@staff_admin.on_the_desk
def notices(request: HttpRequest) -> list[staff_admin.Notice]:
    """Deliveries that nobody but staff can help on, for who may."""
    failed = request.user.has_perm("activities.change_feed") and Delivery.objects.filter(state="failed").count()
    if not failed:
        return []
    said = ngettext("%(count)s delivery could not be taken in", "%(count)s deliveries could not be taken in", failed)
    address = reverse("admin:activities_delivery_changelist") + "?state__exact=failed"
    return [staff_admin.Notice(said % {"count": failed}, address, urgent=True)]
