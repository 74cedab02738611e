"""The merchant's console: type or scan a voucher, confirm it, see what was earned. For members only."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config import clock
from config.problems import Problem
from rewards import members, redemption, settlement, vouchers
from rewards.models import Member, Redemption
from rewards.refusals import VoucherUnknown

TODAY_SHOWN = 50
"""How many of today's vouchers the first page lists; the statement has them all."""

CHOSEN = "merchant"

_FIRST_YEAR = 2020

P = ParamSpec("P")


def members_only(
    view: Callable[Concatenate[HttpRequest, list[Member], P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Hands the view the user's memberships; for everybody else there is no such page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        memberships = members.of(request.user)
        if not memberships:
            raise Http404
        return view(request, memberships, *args, **kwargs)

    return login_required(never_cache(guarded))


@require_safe
@members_only
def show_desk(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    member = members.choose(memberships, request.session.get(CHOSEN))
    today = clock.city_today()
    confirmed = settlement.confirmed_between(member.merchant, today, today)
    context = {
        "confirmed": confirmed.select_related("offer").order_by("-closed_at")[:TODAY_SHOWN],
        "confirmed_count": confirmed.count(),
    }
    return _render(request, "merchant.html", memberships, member, context)


@require_POST
@members_only
def choose_merchant(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    request.session[CHOSEN] = str(members.choose(memberships, request.POST.get("merchant")).merchant_id)
    return redirect("merchant")


@require_POST
@members_only
def look_up(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    """From the typed or scanned text to the voucher's page."""
    typed = request.POST.get("code", "")
    if code := vouchers.normalise(typed):
        return redirect("merchant_voucher", code)
    messages.error(request, _("A code has twelve letters and digits. Please look again."))
    return redirect("merchant")


@require_safe
@members_only
def show_voucher(request: HttpRequest, memberships: list[Member], code: str) -> HttpResponse:
    """What a camera opens from the QR code. Looking never confirms."""
    try:
        voucher, member = members.find_voucher(memberships, code)
    except VoucherUnknown as problem:
        return _refuse(request, memberships, problem)
    return _render(request, "merchant_voucher.html", memberships, member, {"voucher": voucher, **_standing(voucher)})


@require_POST
@members_only
def confirm_voucher(request: HttpRequest, memberships: list[Member], code: str) -> HttpResponse:
    try:
        voucher, member = members.find_voucher(memberships, code)
        voucher = redemption.confirm(code, member)
    except VoucherUnknown as problem:
        return _refuse(request, memberships, problem)
    except Problem as problem:
        messages.error(request, str(problem.title))
        return redirect("merchant_voucher", voucher.voucher_code)
    return redirect("merchant_done", voucher.id)


@require_safe
@members_only
def show_done(request: HttpRequest, memberships: list[Member], redemption_id: str) -> HttpResponse:
    """The big check mark after a confirmation."""
    at = {member.merchant_id: member for member in memberships}
    confirmed = Redemption.objects.filter(state=Redemption.State.CONFIRMED, merchant_id__in=at)
    voucher = confirmed.select_related("offer", "merchant").filter(id=redemption_id).first()
    if voucher is None:
        raise Http404
    return _render(request, "merchant_done.html", memberships, at[voucher.merchant_id], {"voucher": voucher})


@require_safe
@members_only
def show_statement(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    owner = _owner(request, memberships)
    first_day, last_day = _month(request)
    context = {
        "statement": settlement.state(owner.merchant, first_day, last_day),
        "months": settlement.months(owner.merchant),
    }
    return _render(request, "statement.html", memberships, owner, context)


@require_safe
@members_only
def download_statement(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    owner = _owner(request, memberships)
    first_day, last_day = _month(request)
    content = settlement.write_csv(settlement.state(owner.merchant, first_day, last_day))
    name = f"{owner.merchant.code}-{first_day:%Y-%m}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _owner(request: HttpRequest, memberships: list[Member]) -> Member:
    member = members.choose(memberships, request.session.get(CHOSEN))
    if not member.manages:
        raise Http404
    return member


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


def _standing(voucher: Redemption) -> dict[str, Problem | None]:
    """Why a voucher cannot be confirmed, or None where it can."""
    try:
        redemption.require_usable(voucher)
    except Problem as problem:
        return {"refusal": problem}
    return {"refusal": None}


def _refuse(request: HttpRequest, memberships: list[Member], problem: Problem) -> HttpResponse:
    member = members.choose(memberships, request.session.get(CHOSEN))
    return _render(request, "merchant_unknown.html", memberships, member, {"problem": problem}, problem.status)


def _render(
    request: HttpRequest,
    template: str,
    memberships: list[Member],
    member: Member,
    context: dict[str, object],
    status: int = 200,
) -> HttpResponse:
    frame = {"memberships": memberships, "member": member, "is_owner": member.manages}
    return render(request, f"rewards/{template}", {**frame, **context}, status=status)
