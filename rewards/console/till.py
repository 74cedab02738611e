"""The till: type or scan a voucher, confirm it, refund it, today's list, and what was scanned while offline."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.transaction import non_atomic_requests
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from config import clock
from config.problems import Problem
from config.templatetags import interface
from rewards import members, redemption, rotation, settlement, signing, vouchers
from rewards.console.guard import CHOSEN, acting, members_only, show
from rewards.models import Member, Offer, Redemption
from rewards.refusals import RoleNotEnough, ScanTimeUnclear, VoucherForged, VoucherUnknown, WrongMerchant

TODAY_SHOWN = 50
"""How many of today's vouchers the first page lists; the statement has them all."""
SCANS_AT_ONCE = 100
CLOSED_KEPT = 2000
"""How many vouchers that can no longer be used a device knows offline."""
ID_TAIL = 12


@require_safe
@members_only
def show_desk(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    member = acting(request, memberships)
    today = clock.city_today()
    confirmed = settlement.confirmed_between(member.merchant, today, today)
    context = {
        "confirmed": confirmed.select_related("offer").order_by("-closed_at")[:TODAY_SHOWN],
        "confirmed_count": confirmed.count(),
        "kit": _kit(member),
    }
    return show(request, "merchant.html", memberships, member, context)


@require_safe
@members_only
def show_kept(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    """The till as a device keeps it for when there is no connection: without today's list."""
    member = acting(request, memberships)
    context = {"kept": True, "kit": _kit(member)}
    return show(request, "merchant.html", memberships, member, context)


@require_safe
@cache_control(no_cache=True)
def serve_worker(request: HttpRequest) -> HttpResponse:
    """The service worker of the till, for everybody: it knows nothing."""
    return render(request, "rewards/worker.js", content_type="text/javascript")


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
    token, digits = vouchers.fragment(typed)
    try:
        if token:
            signing.verify(token)
    except VoucherForged as problem:
        return _refuse(request, memberships, problem)
    if code := vouchers.normalise(typed):
        address = redirect("merchant_voucher", code)
        if digits:
            address["Location"] += f"?digits={digits[:6]}"
        return address
    messages.error(request, _("A code has twelve letters and digits. Please look again."))
    return redirect("merchant")


@require_safe
@members_only
def show_voucher(request: HttpRequest, memberships: list[Member], code: str) -> HttpResponse:
    """What a camera opens from the QR code. Looking never confirms."""
    try:
        voucher, member = members.find_voucher(memberships, code)
    except (VoucherUnknown, WrongMerchant) as problem:
        return _refuse(request, memberships, problem)
    context = {
        "voucher": voucher,
        "refusal": _refusal(voucher, member),
        "digits": request.GET.get("digits", ""),
        "digits_now": _digits_now(voucher),
    }
    return show(request, "merchant_voucher.html", memberships, member, context)


@require_POST
@members_only
def confirm_voucher(request: HttpRequest, memberships: list[Member], code: str) -> HttpResponse:
    try:
        voucher, member = members.find_voucher(memberships, code)
        voucher = redemption.confirm(code, member, request.POST.get("digits", "").strip())
    except (VoucherUnknown, WrongMerchant) as problem:
        return _refuse(request, memberships, problem)
    except Problem as problem:
        messages.error(request, str(problem.title))
        return redirect("merchant_voucher", voucher.voucher_code)
    return redirect("merchant_done", voucher.id)


@require_safe
@members_only
def show_done(request: HttpRequest, memberships: list[Member], redemption_id: UUID) -> HttpResponse:
    """The big check mark after a confirmation."""
    at = {member.merchant_id: member for member in memberships}
    confirmed = Redemption.objects.filter(state=Redemption.State.CONFIRMED, merchant_id__in=at)
    voucher = confirmed.select_related("offer", "merchant").filter(id=redemption_id).first()
    if voucher is None:
        raise Http404
    return show(request, "merchant_done.html", memberships, at[voucher.merchant_id], {"voucher": voucher})


@require_POST
@members_only
def refund_voucher(request: HttpRequest, memberships: list[Member], redemption_id: UUID) -> HttpResponse:
    """Of whichever of the user's merchants the voucher is at."""
    try:
        member = members.at_merchant_of(memberships, redemption_id)
        made = redemption.refund(redemption_id, member, request.POST.get("note", ""))
        messages.success(
            request, _("Refunded: %(points)s points went back.") % {"points": interface.whole(made.points)}
        )
    except (VoucherUnknown, RoleNotEnough):
        raise Http404 from None
    except Problem as problem:
        messages.error(request, str(problem.title))
    return redirect("merchant")


@non_atomic_requests  # each scan is a transaction of its own: a queue locks its vouchers one after the other
@require_POST
@members_only
def take_scans(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    """What a till scanned while it was offline: `[{"id", "token", "scanned_at"}]`, the ids made by the till.

    Each is confirmed, or refused by its code; sent again it answers the same.
    """
    at = {member.merchant_id: member for member in memberships}
    try:
        scans = [(UUID(str(scan["id"])), str(scan["token"]), scan["scanned_at"]) for scan in json.loads(request.body)]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"code": "invalid"}, status=400)
    return JsonResponse({"results": [_take_scan(at, *scan) for scan in scans[:SCANS_AT_ONCE]]})


def _take_scan(at: dict[UUID, Member], scan_id: UUID, token: str, scanned_at: Any) -> dict[str, str]:
    try:
        member = at.get(signing.verify(token).merchant)
        if member is None:
            raise WrongMerchant
        made = redemption.confirm_offline(scan_id, token, member, _moment(scanned_at))
    except Problem as problem:
        return {"id": str(scan_id), "code": problem.code, "title": str(problem.title)}
    return {"id": str(scan_id), "code": "confirmed", "title": _("Confirmed"), "offer": made.offer.title}


def _moment(told: Any) -> datetime:
    try:
        return datetime.fromisoformat(told)
    except (TypeError, ValueError):
        raise ScanTimeUnclear from None


def _kit(member: Member) -> dict[str, Any]:
    """What the page keeps to verify vouchers while it is offline."""
    signing.current()  # made before the first voucher is signed, so that a page kept today knows it
    offers = Offer.objects.filter(merchant_id=member.merchant_id).exclude(state=Offer.State.DRAFT)
    closed = Redemption.objects.filter(merchant_id=member.merchant_id, expires_at__gt=timezone.now())
    closed = closed.exclude(state__in=Redemption.OPEN).order_by("-closed_at")
    passes = Redemption.objects.filter(redemption.running(), merchant_id=member.merchant_id).select_related("offer")
    ends = [
        (str(each.id)[-ID_TAIL:], redemption.pass_until(each)) for each in passes.order_by("-closed_at")[:CLOSED_KEPT]
    ]
    return {
        "merchant": str(member.merchant_id),
        "keys": {key["kid"]: key["x"] for key in signing.public_keys()["keys"]},
        "offers": {str(offer.id): offer.title for offer in offers},
        "passes": {tail: int(end.timestamp()) for tail, end in ends if end},
        "closed": [str(id)[-ID_TAIL:] for id in closed.values_list("id", flat=True)[:CLOSED_KEPT]],
    }


def _digits_now(voucher: Redemption) -> str:
    """Of a pass that runs: they tell the phone that holds it from a picture."""
    if not (voucher.offer.rotating and redemption.runs(voucher)):
        return ""
    digits = rotation.code_at(voucher.id, timezone.now())
    return f"{digits[:3]} {digits[3:]}"


def _refusal(voucher: Redemption, member: Member) -> Problem | None:
    """Why the member cannot confirm a voucher, or None where that is possible."""
    try:
        redemption.require_confirmable(voucher, member)
    except Problem as problem:
        return problem
    return None


def _refuse(request: HttpRequest, memberships: list[Member], problem: Problem) -> HttpResponse:
    member = acting(request, memberships)
    return show(request, "merchant_unknown.html", memberships, member, {"problem": problem}, problem.status)
