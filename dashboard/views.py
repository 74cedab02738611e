"""Pages of a citizen: thin translators from a request to the selectors and back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import citizens
from accounts.models import Citizen
from activities.models import Activity
from config import clock
from config.problems import Problem
from dashboard import charts, equivalents, exports, habits, heat, levels, statistics, story, streak, suggestions
from dashboard.forms import GoalForm, ProfileForm
from dashboard.questions import Question
from dashboard.statistics import Bar, Step, Window
from dashboard.templatetags import amounts

Page = Callable[..., HttpResponseBase]


def citizen_page(view: Page) -> Page:
    """Hands the view the signed-in citizen; who has no carbon account (staff, merchants) is told so."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
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
        "standing": levels.progress(citizen.pk, today),
        "picture": equivalents.picture(progress.year_mg),
        "potential_mg": equivalents.POTENTIAL_MG,
        "latest": statistics.entries(citizen.pk, scenes, limit=5).entries,
        "today": today,
    }
    return render(request, "dashboard/home.html", context)


@require_safe
@citizen_page
def history(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    asked = Question.of(request, statistics.scenes(), clock.city_today())
    page = statistics.entries(citizen.pk, asked.scenes, wanted=asked.wanted(), after=request.GET.get("after", ""))
    context: dict[str, Any] = {"asked": asked, "span": asked.span, "page": page}
    if request.htmx and "after" in request.GET:  # type: ignore[attr-defined]
        return render(request, "dashboard/_entries.html", context)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "dashboard/_entries_of.html", context)
    context |= _picture(citizen.pk, asked)
    context["table"] = render_to_string("dashboard/_table.html", context, request)
    return render(request, "dashboard/history.html", context)


def _picture(citizen_id: UUID, asked: Question) -> dict[str, Any]:
    """The chart with its table, the calendar, and what they are compared with."""
    scenario_id = asked.scene.id if asked.scene else None
    bars = statistics.series(citizen_id, asked.span, scenario_id)
    other = asked.other()
    others = statistics.series(citizen_id, other, scenario_id) if other else []
    last = min(asked.span.last_day, asked.today)
    days = statistics.days(citizen_id, heat.first_day(last), last, scenario_id)
    return {
        "total": statistics.total(bars),
        "other": other,
        "other_total": statistics.total(others),
        "figure": _figure(asked, bars, other, others) if bars or others else None,
        "rows": _table(asked.span, bars, other, others),
        "shown": [scene for scene in asked.scenes if scene.id in {bar.scenario_id for bar in bars}],
        "calendar": heat.calendar(days, last),
        "sources": statistics.sources(citizen_id),
        "steps": _step_names(),
        "comparisons": [("", _("Nothing")), ("before", _("The time before")), ("year", _("A year earlier"))],
        "statuses": Activity.Status.choices,
    }


@require_safe
@citizen_page
def export(request: HttpRequest, citizen: Citizen, kind: str) -> HttpResponseBase:
    """The entries that the filters of History leave, as a file."""
    asked = Question.of(request, statistics.scenes(), clock.city_today())
    return exports.answer(citizen.pk, kind, asked.wanted(everything="last" not in request.GET))


@require_safe
@citizen_page
def activity(request: HttpRequest, citizen: Citizen, activity_id: UUID) -> HttpResponse:
    return render(request, "dashboard/activity.html", {"story": story.tell(citizen.pk, activity_id)})


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def me(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form, saved = profile(request, citizen)
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
    messages.success(request, _("Saved. The ranks follow within ten minutes."))
    return form, True


def _step_names() -> list[tuple[str, str]]:
    return [("day", _("Day")), ("week", _("Week")), ("month", _("Month")), ("year", _("Year"))]


def _figure(asked: Question, bars: list[Bar], other: Window | None, others: list[Bar]) -> dict[str, Any]:
    position = {start: number for number, start in enumerate(asked.span.starts())}
    stacks = []
    for scene in asked.scenes:
        amounts_mg = {position[bar.start]: bar.reduction_mg for bar in bars if bar.scenario_id == scene.id}
        if amounts_mg:
            stacks.append(charts.Stack(scene.name, scene.tint, amounts_mg))
    labels = [
        charts.Label(
            amounts.tick_name(start, asked.span.step), amounts.bar_name(start, asked.span.step), start.isoformat()
        )
        for start in position
    ]
    line = charts.Line(amounts.window_name(other), _sums(other, others)) if other else None
    return charts.stacked_bars(labels, stacks, _texts(), line)


def _texts() -> charts.Texts:
    return charts.Texts({"g": pgettext("unit", "g"), "kg": pgettext("unit", "kg")}, amounts.mass)


def _sums(span: Window, bars: list[Bar]) -> dict[int, int]:
    """The sum of each bar by its position (mg)."""
    return {
        position: sum(bar.reduction_mg for bar in bars if bar.start == start)
        for position, start in enumerate(span.starts())
    }


def _table(span: Window, bars: list[Bar], other: Window | None, others: list[Bar]) -> list[dict[str, Any]]:
    """The chart as rows, newest first: one per bar that has anything."""
    rows = []
    before_mg = _sums(other, others) if other else {}
    for position, start in reversed(list(enumerate(span.starts()))):
        own = [bar for bar in bars if bar.start == start]
        if own or before_mg.get(position):
            cells = {bar.scenario_id: bar.reduction_mg for bar in own}
            total = statistics.total(own)
            rows.append({"start": start, "total": total, "cells": cells, "before_mg": before_mg.get(position, 0)})
    return rows
