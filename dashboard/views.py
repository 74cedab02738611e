"""Pages of a citizen: thin translators from a request to the selectors and back."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import citizens
from accounts.models import Citizen
from config import clock
from config.problems import Problem
from dashboard import charts, equivalents, habits, ranking, statistics, story, streak, suggestions
from dashboard.forms import GoalForm, ProfileForm
from dashboard.models import Rank
from dashboard.statistics import Bar, Scene, Step, Window
from dashboard.templatetags import amounts

Page = Callable[..., HttpResponse]


def citizen_page(view: Page) -> Page:
    """Hands the view the signed-in citizen; who has no carbon account (staff, merchants) is told so."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            citizen = citizens.of(request.user)
        except citizens.NoCarbonAccount as problem:
            return render(request, "dashboard/no_account.html", {"problem": problem}, status=problem.status)
        return view(request, citizen, **kwargs)

    return wrapped


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    context = {
        "city": statistics.city_total(clock.city_today()),
        "city_name": settings.CITY_NAME[get_language() or settings.LANGUAGE_CODE],
        "raw_hours": settings.RAW_RETENTION_HOURS,
    }
    return render(request, "dashboard/welcome.html", context)


@require_safe
@citizen_page
def home(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    today = clock.city_today()
    scenes = statistics.scenes()
    weeks = habits.weeks(citizen.pk, today)
    progress = habits.progress(weeks, today, citizen.weekly_goal_mg)
    sources = statistics.sources(citizen.pk)
    linked = frozenset(source.partner.kind for source in sources)
    context = {
        "citizen": citizen,
        "wallet": statistics.wallet(citizen.pk),
        "sources": sources,
        "known": bool(weeks),
        "progress": progress,
        "streak": streak.count({week.start for week in weeks}, statistics.floor(today, Step.WEEK)),
        "suggestion": suggestions.suggest(suggestions.Person(weeks, progress, scenes, linked, today)),
        "picture": equivalents.picture(progress.year_mg),
        "potential_mg": equivalents.POTENTIAL_MG,
        "latest": statistics.entries(citizen.pk, scenes, limit=5).entries,
        "today": today,
    }
    return render(request, "dashboard/home.html", context)


@require_safe
@citizen_page
def history(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    scenes = statistics.scenes()
    scene = next((scene for scene in scenes if scene.code == request.GET.get("scenario")), None)
    today = clock.city_today()
    span = statistics.window(_step(request), _day(request.GET.get("last", ""), today))
    page = statistics.entries(
        citizen.pk, scenes, span=span, scenario_id=scene.id if scene else None, after=request.GET.get("after", "")
    )
    context: dict[str, Any] = {
        "scenes": scenes,
        "scene": scene,
        "span": span,
        "page": page,
        "today": today,
        "steps": _step_names(),
    }
    if request.htmx and "after" in request.GET:  # type: ignore[attr-defined]
        return render(request, "dashboard/_entries.html", context)
    bars = statistics.series(citizen.pk, span, scene.id if scene else None)
    context |= {
        "total": statistics.total(bars),
        "figure": _figure(span, bars, scenes) if bars else None,
        "rows": _table(span, bars, scenes),
        "shown": [scene for scene in scenes if scene.id in {bar.scenario_id for bar in bars}],
        "sources": statistics.sources(citizen.pk),
    }
    return render(request, "dashboard/history.html", context)


@require_safe
@citizen_page
def activity(request: HttpRequest, citizen: Citizen, activity_id: UUID) -> HttpResponse:
    return render(request, "dashboard/activity.html", {"story": story.tell(citizen.pk, activity_id)})


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def ranks(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form, saved = _profile(request, citizen)
    if saved:
        return redirect("ranks")
    period = _period(request)
    in_district = request.GET.get("scope") == "district" and citizen.district_id is not None
    today = clock.city_today()
    context = {
        "citizen": citizen,
        "form": form,
        "period": period,
        "periods": _step_names()[1:],
        "start": ranking.period_start(period, today),
        "in_district": in_district,
        "standing": ranking.standing(citizen, period, today, in_district=in_district),
        "top": ranking.top(period, today, citizen.district_id if in_district else None),
        "refreshed_at": ranking.refreshed_at(period, today),
        "cohort_min": statistics.COHORT_MIN,
    }
    return render(request, "dashboard/ranks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def me(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form, saved = _profile(request, citizen)
    if saved:
        return redirect("me")
    context = {"citizen": citizen, "form": form, "goal": GoalForm.of(citizen), "kept": statistics.kept(citizen.pk)}
    return render(request, "dashboard/me.html", context | _goal_hint(citizen))


@require_POST
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
    return {"usual_mg": habits.usual_week_mg(habits.weeks(citizen.pk, today), today)}


def _profile(request: HttpRequest, citizen: Citizen) -> tuple[ProfileForm, bool]:
    """The profile form, and whether it was sent and saved."""
    form = ProfileForm.of(citizen, request.POST if request.method == "POST" else None)
    if not form.is_bound or not form.is_valid():
        return form, False
    try:
        citizens.change(citizen, **form.cleaned_data)
    except Problem as problem:
        form.add_error(None if isinstance(problem, citizens.CitizenSuspended) else "nickname", str(problem.detail))
        return form, False
    messages.success(request, _("Saved. The ranks follow within ten minutes."))
    return form, True


def _step(request: HttpRequest) -> Step:
    try:
        return Step(request.GET.get("by", Step.DAY))
    except ValueError:
        return Step.DAY


def _period(request: HttpRequest) -> Rank.Period:
    try:
        return Rank.Period(request.GET.get("period", ranking.USUAL_PERIOD))
    except ValueError:
        return ranking.USUAL_PERIOD


def _day(text: str, today: date) -> date:
    """The day asked for, today at the latest."""
    try:
        return max(min(date.fromisoformat(text), today), statistics.FIRST_DAY)
    except ValueError:
        return today


def _step_names() -> list[tuple[str, str]]:
    return [("day", _("Day")), ("week", _("Week")), ("month", _("Month")), ("year", _("Year"))]


def _figure(span: Window, bars: list[Bar], scenes: list[Scene]) -> dict[str, Any]:
    position = {start: number for number, start in enumerate(span.starts())}
    stacks = []
    for scene in scenes:
        amounts_mg = {position[bar.start]: bar.reduction_mg for bar in bars if bar.scenario_id == scene.id}
        if amounts_mg:
            stacks.append(charts.Stack(scene.name, scene.tint, amounts_mg))
    labels = [
        charts.Label(amounts.tick_name(start, span.step), amounts.bar_name(start, span.step)) for start in position
    ]
    return charts.stacked_bars(labels, stacks, _texts())


def _texts() -> charts.Texts:
    return charts.Texts({"g": pgettext("unit", "g"), "kg": pgettext("unit", "kg")}, amounts.mass)


def _table(span: Window, bars: list[Bar], scenes: list[Scene]) -> list[dict[str, Any]]:
    """The chart as rows, newest first: one per bar that has anything."""
    rows = []
    for start in reversed(span.starts()):
        own = [bar for bar in bars if bar.start == start]
        if own:
            cells = {bar.scenario_id: bar.reduction_mg for bar in own}
            rows.append({"start": start, "total": statistics.total(own), "cells": cells})
    return rows
