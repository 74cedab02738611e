"""Pages of one's rights: a copy of one's data, and the end of the account."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import citizens, privacy
from accounts.freshness import just_signed_in
from config.problems import Problem


@never_cache
@require_safe
@login_required
def page(request: HttpRequest) -> HttpResponse:
    citizen = citizens.of(request.user)
    context = {
        "export": privacy.latest_export(citizen),
        "departure": privacy.departure(citizen),
        "kept_days": privacy.KEPT.days,
        "thinking_days": privacy.THINKING_TIME.days,
    }
    template = "account/_export.html" if "part" in request.GET else "account/privacy.html"
    return render(request, template, context)


@require_POST
@login_required
def ask_for_copy(request: HttpRequest) -> HttpResponse:
    try:
        privacy.request_export(citizens.of(request.user))
    except Problem as problem:
        messages.error(request, str(problem.detail))
    return redirect("privacy")


@never_cache
@require_safe
@login_required
def download(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    try:
        file = privacy.open_export(citizens.of(request.user), export_id)
    except privacy.NoExport:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename="tanpuhui.zip", content_type="application/zip")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def leave(request: HttpRequest) -> HttpResponse:
    """What would be lost; then, for who has just signed in, the request itself."""
    citizen = citizens.of(request.user)
    context: dict[str, Any] = {"fresh": just_signed_in(request), "thinking_days": privacy.THINKING_TIME.days}
    context["losses"] = privacy.losses(citizen)
    if request.method == "POST" and context["fresh"]:
        privacy.request_departure(citizen)
        return redirect("privacy")
    return render(request, "account/leave.html", context)


@require_POST
@login_required
def stay(request: HttpRequest) -> HttpResponse:
    if privacy.call_off(citizens.of(request.user)):
        messages.success(request, _("Your account stays."))
    return redirect("privacy")
