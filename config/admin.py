"""The job queue at the desk. Its own admin writes inline styles, which the content security policy does not allow."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.admin import ProcrastinateJobAdmin
from procrastinate.contrib.django.models import ProcrastinateJob

SHOWN_CHARACTERS = 2000

admin.site.unregister(ProcrastinateJob)


@admin.register(ProcrastinateJob)
class JobAdmin(ProcrastinateJobAdmin):
    """Who may change jobs may retry, cancel and abort them; the rows themselves nobody edits."""

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        may_act = request.user.has_perm("procrastinate.change_procrastinatejob")
        return super().get_actions(request) if may_act else {}

    @admin.display(description=_("arguments"))
    def pretty_args(self, instance: ProcrastinateJob) -> SafeString:
        return format_html("<pre>{}</pre>", json.dumps(instance.args, ensure_ascii=False, indent=1)[:SHOWN_CHARACTERS])
