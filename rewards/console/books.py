"""The books of a merchant: statements by month, closed settlements, disputes. For managers and owners."""

from calendar import monthrange
from datetime import date
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from config import clock
from config.problems import Problem
from rewards import disputes, payouts, settlement
from rewards.console.guard import managing, members_only, show
from rewards.models import Batch, Line, Member

PAGE_SIZE = 50
_FIRST_YEAR = 2020


@require_safe
@members_only
def show_statement(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    manager = managing(request, memberships)
    first_day, last_day = _month(request)
    statement = settlement.state(manager.merchant, first_day, last_day)
    context = {
        "statement": statement,
        "page": Paginator(statement.lines, PAGE_SIZE).get_page(request.GET.get("page")),
        "months": settlement.months(manager.merchant),
        "batches": manager.merchant.batches.all(),
    }
    return show(request, "statement.html", memberships, manager, context)


@require_safe
@members_only
def download_statement(request: HttpRequest, memberships: list[Member]) -> HttpResponseBase:
    manager = managing(request, memberships)
    first_day, last_day = _month(request)
    rows = settlement.write_csv(settlement.state(manager.merchant, first_day, last_day))
    name = f"{manager.merchant.code}-{first_day:%Y-%m}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(rows, content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
@members_only
def show_batch(request: HttpRequest, memberships: list[Member], batch_id: UUID) -> HttpResponse:
    """A closed settlement, line by line."""
    manager = managing(request, memberships)
    batch = get_object_or_404(Batch, id=batch_id, merchant_id=manager.merchant_id)
    lines = batch.lines.select_related("redemption__offer").prefetch_related("disputes")
    page = Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"batch": batch, "account": payouts.account(batch), "page": page}
    return show(request, "settlement.html", memberships, manager, context)


@require_POST
@members_only
def question_line(request: HttpRequest, memberships: list[Member], batch_id: UUID, line_id: int) -> HttpResponse:
    manager = managing(request, memberships)
    line = get_object_or_404(Line, id=line_id, batch_id=batch_id, batch__merchant_id=manager.merchant_id)
    try:
        disputes.open_about(line, request.user, request.POST.get("reason", ""))
        messages.success(request, _("The city was told. Its answer appears here."))
    except Problem as problem:
        messages.error(request, str(problem.title))
    return redirect("settlement", batch_id)


def _month(request: HttpRequest) -> tuple[date, date]:
    """The first and the last day of the month asked for (`month=2026-11`), or of this one."""
    asked = request.GET.get("month")
    try:
        first_day = date.fromisoformat(f"{asked}-01") if asked else clock.city_today().replace(day=1)
    except ValueError:
        raise Http404 from None
    if not _FIRST_YEAR <= first_day.year <= clock.city_today().year:
        raise Http404
    return first_day, first_day.replace(day=monthrange(first_day.year, first_day.month)[1])
