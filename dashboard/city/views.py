"""The public page of the city, and its numbers as a file."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import District
from activities.methodologies import plain
from activities.models import Methodology
from config import display
from dashboard import statistics
from dashboard.city import anonymity, drawing, files, publication
from dashboard.models import CityFigure
from dashboard.periods import Step, shift
from dashboard.statistics import Scene

MONTHS = 12
"""So many months are drawn beside each other at most, half as many at least."""


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    months = publication.months()
    month = next((each for each in months if each.isoformat() == request.GET.get("month")), next(iter(months), None))
    figures, scenes = publication.figures(month) if month else {}, statistics.scenes()
    context: dict[str, Any] = {
        "city_name": settings.CITY_NAME[get_language() or settings.LANGUAGE_CODE],
        "month": month,
        "k": anonymity.K,
    }
    if month:
        context |= _course(month, months) | _tables(figures, scenes)
    shown = month if month and not context["total"].hidden else None
    context["methods"] = _methods(figures.get("methodology", {}), scenes, shown)
    return render(request, "dashboard/city.html", context)


def _course(month: date, months: Sequence[date]) -> dict[str, Any]:
    """The year up to the newest month, or to the one looked at where that is older; and the month before it."""
    newest = months[0]
    last = newest if shift(month, Step.MONTH, MONTHS - 1) >= newest else month
    course = publication.course(last, min(MONTHS, max(MONTHS // 2, len(months))))
    before = dict(course).get(shift(month, Step.MONTH, -1))
    return {
        "columns": drawing.columns(course),
        "highest_mg": max(drawing.amount_mg(figure) for _month, figure in course),
        "before": before if drawing.amount_mg(before) > 0 else None,
        "older": next((each for each in months if each < course[0][0]), None),
    }


def _tables(figures: dict[str, dict[str, CityFigure]], scenes: Sequence[Scene]) -> dict[str, Any]:
    districts = drawing.lines(_districts(figures["district"]))
    on_map = [line for line in districts if line.subject and line.subject.outline]
    scenarios = [(scene, scene.name, figures["scenario"].get(scene.code)) for scene in scenes]
    return {
        "total": figures["total"].get(""),
        "districts": districts,
        "key": drawing.key(on_map),
        "some_zero": any(not line.level and not line.hidden for line in on_map),
        "some_hidden": any(line.hidden for line in on_map),
        "scenarios": drawing.lines(row for row in scenarios if row[2]),
        "participation": figures["participation"],
    }


def _districts(figures: dict[str, CityFigure]) -> list[tuple[District | None, str, CityFigure | None]]:
    """Every district, and who told none."""
    rows: list[tuple[District | None, str, CityFigure | None]] = [
        (each, each.name, figures.get(each.code)) for each in District.objects.all()
    ]
    if publication.NO_DISTRICT in figures:
        rows.append((None, _("no district given"), figures[publication.NO_DISTRICT]))
    return rows


def _methods(figures: dict[str, CityFigure], scenes: Sequence[Scene], month: date | None) -> list[SafeString]:
    """The versions in force, and older ones that counted in the month; each in plain words, with its figure."""
    known = {scene.id: scene for scene in scenes}
    states = (Methodology.State.PUBLISHED, Methodology.State.SUPERSEDED)
    found = Methodology.objects.filter(state__in=states).select_related("scenario")
    shown = []
    for version in found.order_by("scenario__position", "scenario__code", "-version"):
        figure = figures.get(f"{version.scenario.code}/{version.version}")
        if figure or version.state == Methodology.State.PUBLISHED:
            brought = _Brought.of(figure) if figure else None
            asked = (version.published_at, version.valid_until, get_language(), display.current().mass)
            scene = known.get(version.scenario_id) or statistics.scene(version.scenario_id)
            shown.append(_method(version, scene, brought, month, *asked))
    return shown


class _Brought(NamedTuple):
    """A figure by what it says."""

    hidden: bool
    reduction_mg: int | None
    citizens: int | None
    activities: int | None

    @classmethod
    def of(cls, figure: CityFigure) -> "_Brought":
        return cls(figure.hidden, figure.reduction_mg, figure.citizens, figure.activities)


@lru_cache(1024)
def _method(
    version: Methodology,
    scene: Scene,
    figure: _Brought | None,
    month: date | None,
    _published_at: datetime,
    _valid_until: datetime | None,
    _language: str,
    _mass: str,
) -> SafeString:
    """A version as the page shows it. What is published never changes, so it is written once for all readers."""
    told = {"version": version, "scene": scene, "figure": figure, "month": month, "words": plain.tell(version)}
    return render_to_string("dashboard/_method.html", told)


@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """All published figures, as CSV or JSON."""
    if kind == "json":
        return JsonResponse(files.document())
    response = HttpResponse(files.write_csv(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tanpuhui-city.csv"'
    return response
