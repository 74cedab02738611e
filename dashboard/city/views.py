"""The public page of the city, and its numbers as a file."""

import csv
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import District
from activities.methodologies import families
from activities.models import Methodology
from dashboard import statistics
from dashboard.city import anonymity, publication
from dashboard.models import CityFigure


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    months = publication.months()
    month = next((each for each in months if each.isoformat() == request.GET.get("month")), next(iter(months), None))
    context: dict[str, Any] = {
        "city_name": settings.CITY_NAME[get_language() or settings.LANGUAGE_CODE],
        "months": months,
        "month": month,
        "k": anonymity.K,
        "methodologies": _methodologies(),
    }
    if month:
        context |= _tables(publication.figures(month))
    return render(request, "dashboard/city.html", context)


def _tables(figures: dict[str, dict[str, CityFigure]]) -> dict[str, Any]:
    return {
        "total": figures["total"].get(""),
        "districts": _districts(figures["district"]),
        "scenarios": [(scene, figures["scenario"].get(scene.code)) for scene in statistics.scenes()],
        "versions": figures["methodology"],
        "participation": figures["participation"],
    }


def _districts(figures: dict[str, CityFigure]) -> list[dict[str, Any]]:
    """The districts in the order of the map, with their shade; who told none comes last."""
    known: Iterable[Any] = District.objects.all()
    rows = [{"district": each, "name": each.name, "figure": figures.get(each.code)} for each in known]
    if publication.NO_DISTRICT in figures:
        rows.append({"district": None, "name": _("no district given"), "figure": figures[publication.NO_DISTRICT]})
    amounts = [None if not row["figure"] or row["figure"].hidden else row["figure"].reduction_mg for row in rows]
    return [row | {"level": level} for row, level in zip(rows, publication.levels(amounts), strict=True)]


def _methodologies() -> list[dict[str, Any]]:
    published = Methodology.objects.filter(state=Methodology.State.PUBLISHED).select_related("scenario")
    return [
        {
            "methodology": each,
            "key": f"{each.scenario.code}/{each.version}",
            "formula": families.FAMILIES[each.family].formula,
        }
        for each in published.order_by("scenario__position", "scenario__code", "-version")
    ]


@require_safe
def download(request: HttpRequest, kind: str) -> HttpResponse:
    """All published figures, as CSV or JSON."""
    rows = publication.rows()
    if kind == "json":
        return JsonResponse({"k": anonymity.K, "figures": rows})
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tanpuhui-city.csv"'
    writer = csv.DictWriter(response, publication.FIELDS)
    writer.writeheader()
    writer.writerows(rows)
    return response
