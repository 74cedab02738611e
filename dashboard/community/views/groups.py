"""Pages of groups: mine, one of them, joining by link or code, and every deed of a member as a button."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import groups
from accounts.models import Citizen, Membership
from config.problems import Problem
from dashboard.community.forms import CodeForm, GroupForm
from dashboard.pages import citizen_page, form_on, tried

FRESH_LINK = "fresh_invite"
"""Where the session carries a new invitation's address to the page that shows it once."""
MEMBERS_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def mine(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """My groups, and founding one."""
    form = GroupForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_bound and form.is_valid():
        own = tried(form, lambda: groups.found(citizen, form.cleaned_data["kind"], form.cleaned_data["name"]))
        if own:
            return redirect("group", group_id=own.group_id)
    return _mine(request, citizen, form, CodeForm(label_suffix=""))


@form_on("groups")
@citizen_page
def enter_code(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form = CodeForm(request.POST, label_suffix="")
    if form.is_valid():
        own = tried(form, lambda: groups.join_by_code(citizen, form.cleaned_data["code"]))
        if own:
            return redirect("group", group_id=own.group_id)
    return _mine(request, citizen, GroupForm(label_suffix=""), form)


def _mine(request: HttpRequest, citizen: Citizen, form: GroupForm, code_form: CodeForm) -> HttpResponse:
    context = {
        "citizen": citizen,
        "memberships": groups.memberships(citizen),
        "form": form,
        "code_form": code_form,
    }
    return render(request, "community/groups.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def join(request: HttpRequest, citizen: Citizen, token: str) -> HttpResponse:
    """What an invitation leads to: said first, joined by a button."""
    context: dict[str, object] = {"citizen": citizen}
    status = 200
    try:
        context["group"] = groups.invited_to(token)
        if request.method == "POST":
            own = groups.join_by_token(citizen, token)
            return redirect("group", group_id=own.group_id)
    except Problem as problem:
        context["problem"], status = problem, problem.status
    return render(request, "community/join.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
@citizen_page
def group(request: HttpRequest, citizen: Citizen, group_id: UUID) -> HttpResponse:
    own = _own(citizen, group_id)
    fresh = request.session.pop(FRESH_LINK, None)
    members = groups.listed(own)
    context = {
        "own": own,
        "group": own.group,
        "members": None if members is None else members[:MEMBERS_SHOWN],
        "count": own.group.memberships.count(),
        "invites": groups.live_invites(own.group),
        "fresh_link": fresh,
        "invite_days": groups.INVITE_DAYS,
        "may_invite": own.may_manage or own.group.is_close,
    }
    return render(request, "community/group.html", context)


def _own(citizen: Citizen, group_id: UUID) -> Membership:
    try:
        return groups.membership(citizen, group_id)
    except groups.NoGroup:
        raise Http404 from None


@require_POST
@citizen_page
def act(request: HttpRequest, citizen: Citizen, group_id: UUID, deed: str) -> HttpResponse:
    """One deed of a member, named by the address; then back to the group, or to all groups where it is over."""
    own = _own(citizen, group_id)
    if deed not in DEEDS:
        raise Http404
    try:
        DEEDS[deed](request, own)
    except groups.NoGroup:
        raise Http404 from None
    except Problem as problem:
        messages.error(request, str(problem.detail))
    if deed == "leave" and not Membership.objects.filter(pk=own.pk).exists():
        return redirect("groups")
    return redirect("group", group_id=group_id)


def _invite(request: HttpRequest, own: Membership) -> None:
    address = reverse("group_join", args=[groups.invite(own)])
    request.session[FRESH_LINK] = request.build_absolute_uri(address)


def _revoke(request: HttpRequest, own: Membership) -> None:
    groups.revoke(own, _uuid(request))
    messages.success(request, _("The invitation is taken back."))


def _uuid(request: HttpRequest) -> UUID:
    try:
        return UUID(request.POST.get("invite", ""))
    except ValueError:
        raise Http404 from None


def _member(request: HttpRequest) -> int:
    text = request.POST.get("member", "")
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _report(request: HttpRequest, own: Membership) -> None:
    groups.report_name(own)
    messages.success(request, _("Thank you. The city desk will look at the name."))


DEEDS: dict[str, Callable[[HttpRequest, Membership], object]] = {
    "invite": _invite,
    "revoke": _revoke,
    "leave": lambda request, own: groups.leave(own),
    "rename": lambda request, own: groups.rename(own, request.POST.get("name", "")),
    "report": _report,
    "open-code": lambda request, own: groups.open_code(own),
    "close-code": lambda request, own: groups.close_code(own),
    "remove": lambda request, own: groups.remove(own, _member(request)),
    "role": lambda request, own: groups.set_role(own, _member(request), request.POST.get("role", "")),
    "hand-over": lambda request, own: groups.hand_over(own, _member(request)),
}
