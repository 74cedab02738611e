"""Pages of challenges: mine and founding one, coming in by a code, one of them with its progress."""

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import groups
from accounts.models import Citizen, Membership
from config import clock
from config.problems import Problem
from dashboard.community import challenges
from dashboard.community.forms import ChallengeForm, EnterCodeForm
from dashboard.pages import citizen_page, form_on, tried
from dashboard.statistics import COHORT_MIN

USUAL_DAYS = 30


def _kept(citizen: Citizen) -> QuerySet[Membership]:
    return groups.memberships(citizen).exclude(role=Membership.Role.MEMBER)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def mine(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    """Challenges of my groups, and founding one."""
    form = _found_form(request, citizen)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        goal_mg = given["goal_kg"] * 1_000_000
        made = tried(
            form,
            lambda: challenges.found(given["team"], given["name"], given["starts_on"], given["ends_on"], goal_mg),
        )
        if made:
            return redirect("challenge", challenge_id=made.pk)
    return _mine(request, citizen, form, EnterCodeForm(kept=_kept(citizen), label_suffix=""))


def _found_form(request: HttpRequest, citizen: Citizen) -> ChallengeForm:
    today = clock.city_today()
    usual = {"starts_on": today, "ends_on": today + timedelta(days=USUAL_DAYS - 1), "goal_kg": 100}
    given = request.POST if request.path.endswith("/challenges/") and request.method == "POST" else None
    return ChallengeForm(given, kept=_kept(citizen), initial=usual, label_suffix="")


@form_on("challenges")
@citizen_page
def enter_code(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form = EnterCodeForm(request.POST, kept=_kept(citizen), label_suffix="")
    if form.is_valid():
        made = tried(form, lambda: challenges.enter(form.cleaned_data["team"], form.cleaned_data["code"]))
        if made:
            return redirect("challenge", challenge_id=made.pk)
    return _mine(request, citizen, _found_form(request, citizen), form)


def _mine(request: HttpRequest, citizen: Citizen, form: ChallengeForm, code_form: EnterCodeForm) -> HttpResponse:
    context = {
        "challenges": challenges.of(citizen),
        "today": clock.city_today(),
        "keeps": _kept(citizen).exists(),
        "form": form,
        "code_form": code_form,
    }
    return render(request, "community/challenges.html", context)


@never_cache
@require_safe
@citizen_page
def challenge(request: HttpRequest, citizen: Citizen, challenge_id: UUID) -> HttpResponse:
    try:
        result = challenges.read(citizen, challenge_id)
    except challenges.NoChallenge:
        raise Http404 from None
    keeps = [own for own in _kept(citizen) if own.group_id in {team.group_id for team in result.teams}]
    context = {
        "result": result,
        "challenge": result.challenge,
        "today": clock.city_today(),
        "keeps": keeps,
        "team_min": challenges.TEAM_MIN,
        "cohort_min": COHORT_MIN,
    }
    return render(request, "community/challenge.html", context)


@require_POST
@citizen_page
def withdraw(request: HttpRequest, citizen: Citizen, challenge_id: UUID) -> HttpResponse:
    """Take one's group out."""
    try:
        own = groups.membership(citizen, UUID(request.POST.get("team", "")))
        challenges.withdraw(own, challenge_id)
    except (ValueError, groups.NoGroup, challenges.NoChallenge):
        raise Http404 from None
    except Problem as problem:
        messages.error(request, str(problem.detail))
        return redirect("challenge", challenge_id=challenge_id)
    return redirect("challenges")
