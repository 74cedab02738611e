"""Redemptions with their steps."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from config.staff_admin import ReadOnly
from rewards import vouchers
from rewards.admin.history import History
from rewards.models import (
    Redemption,
    Step,
)


class StepInline(History):
    model = Step
    readonly_fields = ["created_at", "state", "made_by"]
    fields = ["created_at", "state", "made_by"]


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
