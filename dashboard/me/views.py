"""Me: the profile and the goal of a week."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import citizens
from accounts.models import Citizen
from config import clock
from config.problems import Problem
from dashboard import statistics
from dashboard.home import habits
from dashboard.me.forms import GoalForm, ProfileForm
from dashboard.pages import citizen_page, form_on


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def me(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form, saved = profile(request, citizen)
    if saved:
        return redirect("me")
    context = {"citizen": citizen, "form": form, "goal": GoalForm.of(citizen), "kept": statistics.kept(citizen.pk)}
    return render(request, "dashboard/me.html", context | _goal_hint(citizen))


@form_on("me")
@citizen_page
def goal(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Saves the goal of a week; what does not fit is said on the page it came from."""
    form = GoalForm.of(citizen, request.POST)
    if form.is_valid():
        try:
            citizens.set_goal(citizen, form.weekly_goal_mg)
        except Problem as problem:
            form.add_error(None, str(problem.title))
        else:
            messages.success(request, _("Your goal is saved."))
            return redirect(f"{reverse('me')}#goal")
    context = {
        "citizen": citizen,
        "form": ProfileForm.of(citizen),
        "goal": form,
        "kept": statistics.kept(citizen.pk),
    }
    return render(request, "dashboard/me.html", context | _goal_hint(citizen))


def _goal_hint(citizen: Citizen) -> dict[str, Any]:
    today = clock.city_today()
    return {"usual_mg": habits.usual_week_mg(habits.weeks(citizen.pk, today, habits.USUAL_WEEKS), today)}


def profile(request: HttpRequest, citizen: Citizen) -> tuple[ProfileForm, bool]:
    """The profile form, and whether it was sent and saved."""
    form = ProfileForm.of(citizen, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return form, False
    try:
        citizens.change(citizen, **form.cleaned_data)
    except Problem as problem:
        form.add_error(None if isinstance(problem, citizens.CitizenSuspended) else "nickname", str(problem.detail))
        return form, False
    messages.success(request, _("Saved. The ranks follow with their next update."))
    return form, True
