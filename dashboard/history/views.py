"""History: the chart with its table, the calendar, the entries and their export."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.models import Citizen, Partner
from activities.models import Activity
from config import clock
from dashboard import entries, statistics
from dashboard.history import charts, drawing, exports, heat
from dashboard.history.questions import Question
from dashboard.pages import citizen_page
from dashboard.periods import Step, Window
from dashboard.statistics import Bar
from dashboard.templatetags import amounts

FIRST_ENTRIES, FEWER_ENTRIES, MORE_ENTRIES = 10, 5, 20
"""Each entry lies on pages of its own in the database, so that a few are shown, and more to who asks for them.

Below bars of weeks and more it is the bars that tell, and each leads to its own entries.
"""


@transaction.non_atomic_requests  # reads only
@require_safe
@vary_on_headers("HX-Request")
@citizen_page
def history(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    asked = _question(request)
    after = request.GET.get("after", "")
    few = asked.bar is None and asked.span.step != Step.DAY
    limit = MORE_ENTRIES if after else FEWER_ENTRIES if few else FIRST_ENTRIES
    partial = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined]
    picture = {} if partial else _picture(citizen.pk, asked)
    since = None if after or asked.bar else statistics.enough_since(picture.get("bars", []), limit)
    page = entries.page(citizen.pk, asked.scenes, wanted=asked.wanted(), after=after, limit=limit, enough_since=since)
    context: dict[str, Any] = {"citizen": citizen, "asked": asked, "span": asked.span, "page": page, **picture}
    if not page.entries:
        context["latest_day"] = entries.latest_day(citizen.pk, asked.of_all_times())
    if partial:
        return render(request, f"dashboard/{'_entries' if 'after' in request.GET else '_entries_of'}.html", context)
    context["is_new"] = not (page.entries or context["sources"] or statistics.has_history(citizen.pk))
    context["table"] = render_to_string("dashboard/_table.html", context, request)
    return render(request, "dashboard/history.html", context)


@require_safe
@citizen_page
def export(request: HttpRequest, citizen: Citizen, kind: str) -> HttpResponseBase:
    """The entries that the filters of History leave, as a file."""
    asked = _question(request)
    return exports.answer(citizen.pk, kind, asked.wanted(everything="last" not in request.GET))


def _question(request: HttpRequest) -> Question:
    partners = set(Partner.objects.values_list("code", flat=True)) if request.GET.get("source") else set()
    return Question.of(request, statistics.scenes(), partners, clock.city_today())


def _picture(citizen_id: UUID, asked: Question) -> dict[str, Any]:
    """The chart with its table, the calendar, and what they are compared with."""
    scenario_id = asked.scene.id if asked.scene else None
    other = asked.other()
    both = statistics.series(citizen_id, asked.span, scenario_id, other)
    bars = [bar for bar in both if bar.start in asked.span]
    others = [bar for bar in both if other and bar.start in other]
    last = min(asked.span.last_day, asked.today)
    linked = statistics.all_sources(citizen_id)
    days = statistics.days(citizen_id, heat.first_day(last), last, scenario_id)
    return {
        "bars": bars,
        "total": statistics.total(bars),
        "bonus_points": statistics.bonus_points(citizen_id, asked.span, scenario_id),
        "other": other,
        "other_total": statistics.total(others),
        **(_charts(asked, bars, other, others) if bars or others else {}),
        "rows": _table(asked.span, bars, other, others),
        "shown": [scene for scene in asked.scenes if scene.id in {bar.scenario_id for bar in bars}],
        "calendar": heat.calendar(days, last),
        "sources": [source for source in linked if source.is_live],
        "partners": {source.partner.code: source.partner.name for source in linked},
        "steps": _step_names(),
        "comparisons": [("", _("Nothing")), ("before", _("The time before")), ("year", _("A year earlier"))],
        "statuses": [(status.value, amounts.status_name(status)) for status in Activity.Status],
    }


def _step_names() -> list[tuple[str, str]]:
    return [("day", _("Day")), ("week", _("Week")), ("month", _("Month")), ("year", _("Year"))]


def _charts(asked: Question, bars: list[Bar], other: Window | None, others: list[Bar]) -> dict[str, Any]:
    """The bars twice, drawn and as the figure that the drawing library makes of them, and what their colours mean."""
    position = {start: number for number, start in enumerate(asked.span.starts())}
    stacks = []
    for scene in asked.scenes:
        amounts_mg = {position[bar.start]: bar.reduction_mg for bar in bars if bar.scenario_id == scene.id}
        if amounts_mg:
            stacks.append(charts.Stack(scene.name, scene.tint, amounts_mg))
    stacks = charts.told_apart(stacks, _("Other"))
    labels = [
        charts.Label(
            amounts.tick_name(start, asked.span.step), amounts.bar_name(start, asked.span.step), start.isoformat()
        )
        for start in position
    ]
    line = charts.Line(amounts.window_name(other), _sums(other, others)) if other else None
    return {
        "stacks": stacks,
        "drawing": drawing.draw(labels, stacks, _texts(), line),
        "figure": charts.stacked_bars(labels, stacks, _texts(), line),
    }


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
            rows.append({"start": start, "total": total, "cells": cells, "before_mg": before_mg.get(position)})
    return rows
