"""The books of a merchant: statements by month. For managers and owners."""

from calendar import monthrange
from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from config import clock
from rewards import settlement
from rewards.console.guard import managing, members_only, show
from rewards.models import Member

_FIRST_YEAR = 2020


@require_safe
@members_only
def show_statement(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    manager = managing(request, memberships)
    first_day, last_day = _month(request)
    context = {
        "statement": settlement.state(manager.merchant, first_day, last_day),
        "months": settlement.months(manager.merchant),
    }
    return show(request, "statement.html", memberships, manager, context)


@require_safe
@members_only
def download_statement(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    manager = managing(request, memberships)
    first_day, last_day = _month(request)
    content = settlement.write_csv(settlement.state(manager.merchant, first_day, last_day))
    name = f"{manager.merchant.code}-{first_day:%Y-%m}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


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
