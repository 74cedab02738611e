"""Who works at a merchant: its owner lets people in by the address they sign in with, and out again."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config.problems import Problem
from rewards import members
from rewards.console.guard import members_only, owning, show
from rewards.models import Member

RIGHTS = [
    (Member.Role.CASHIER, gettext_lazy("Cashier: confirms vouchers")),
    (Member.Role.MANAGER, gettext_lazy("Manager: also refunds, statements, proposals")),
    (Member.Role.OWNER, gettext_lazy("Owner: also who works here")),
]


class MemberForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail of their sign-in"))
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=RIGHTS)


@require_safe
@members_only
def show_people(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    owner = owning(request, memberships)
    people = owner.merchant.members.select_related("user").order_by("role", "user__email")
    return show(request, "people.html", memberships, owner, {"people": people, "form": MemberForm(label_suffix="")})


@require_POST
@members_only
def let_in(request: HttpRequest, memberships: list[Member]) -> HttpResponse:
    owner = owning(request, memberships)
    form = MemberForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please give an e-mail address and a role."))
        return redirect("people")
    try:
        members.let_in(owner.merchant, form.cleaned_data["email"], Member.Role(form.cleaned_data["role"]))
        messages.success(request, _("They may use the console from now on."))
    except Problem as problem:
        messages.error(request, str(problem.title))
    return redirect("people")


@require_POST
@members_only
def let_out(request: HttpRequest, memberships: list[Member], member_id: int) -> HttpResponse:
    owner = owning(request, memberships)
    try:
        members.let_out(owner.merchant, member_id)
    except Problem as problem:
        messages.error(request, str(problem.title))
    return redirect("people")
