"""The city desk sees what is still to be sent, not what people are told."""

from django.contrib import admin

from config.staff_admin import ReadOnly
from dashboard.notifications.models import Dispatch


@admin.register(Dispatch)
class DispatchAdmin(ReadOnly):
    list_display = ["id", "channel", "due_at", "attempts", "closed_at", "sent"]
    list_filter = ["channel", "sent"]
    fields = ["channel", "due_at", "claimed_at", "attempts", "closed_at", "sent"]
    ordering = ["-pk"]
