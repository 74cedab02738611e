"""The city desk's view of links: to look at, and to end."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.linking import links
from accounts.linking.models import Link, Revocation
from accounts.models import Consent
from config.staff_admin import ReadOnly


@admin.register(Link)
class LinkAdmin(ReadOnly):
    list_display = ["citizen", "partner", "hint", "linked_at", "ended_at", "ended_by", "renewal_needed"]
    list_filter = ["partner", "renewal_needed", "ended_by"]
    list_select_related = ["citizen", "partner"]
    search_fields = ["citizen__id", "citizen__nickname", "hint"]
    fields = ["id", "citizen", "partner", "hint", "consent", "reads_from", "linked_at", "ended_at", "ended_by"]
    actions = ["end"]

    def has_end_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("linking.change_link")

    @admin.action(description=_("End the chosen links"), permissions=["end"])
    def end(self, request: HttpRequest, chosen: QuerySet[Link]) -> None:
        rows = chosen.select_related("partner", "consent__text")
        count = sum(links.end(link, Link.End.STAFF, Consent.Channel.STAFF) for link in rows)
        text = ngettext("%(count)d link was ended.", "%(count)d links were ended.", count)
        messages.success(request, text % {"count": count})


@admin.register(Revocation)
class RevocationAdmin(ReadOnly):
    list_display = ["created_at", "partner", "hint", "reason", "attempts", "done_at", "last_error"]
    list_filter = ["partner", ("done_at", admin.EmptyFieldListFilter)]
    list_select_related = ["partner"]
    fields = ["partner", "hint", "reason", "created_at", "attempts", "done_at", "last_error"]
