"""The rank page: one address for every board, so that each can be bookmarked and read without scripts."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts import groups
from accounts.models import Citizen, Group
from config import clock
from dashboard.me.views import profile
from dashboard.models import Measure, Period, Snapshot
from dashboard.pages import citizen_page
from dashboard.ranks import boards, ranking
from dashboard.ranks.ranking import Absence, Row, Standing
from dashboard.statistics import COHORT_MIN

BEST = 10


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which board the address asks for; what it does not say, or says wrongly, is the usual."""

    period: Period
    day: date
    scope: str
    group: Group | None
    measure: Measure
    similar: bool

    @classmethod
    def of(cls, request: HttpRequest, citizen: Citizen, circles: list[Group]) -> Self:
        scope = request.GET.get("scope", "city")
        group = next((circle for circle in circles if str(circle.pk) == scope), None)
        if group is None and not (scope == "district" and citizen.district_id):
            scope = "city"
        return cls(
            period=_choice(Period, request.GET.get("period"), ranking.USUAL_PERIOD),
            day=_day(request.GET.get("start", "")),
            scope=scope,
            group=group,
            measure=_choice(Measure, request.GET.get("measure"), Measure.TOTAL),
            similar=request.GET.get("with") == "similar",
        )


@require_http_methods(["GET", "HEAD", "POST"])
@citizen_page
def ranks(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    form, saved = profile(request, citizen)
    if saved:
        return redirect(request.get_full_path())
    circles = [own.group for own in groups.memberships(citizen)]
    wanted = Wanted.of(request, citizen, circles)
    shots = list(ranking.kept(wanted.period))
    shot = next((one for one in shots if one.period_start <= wanted.day < one.period_end), None)
    context = {
        "citizen": citizen,
        "form": form,
        "wanted": wanted,
        "circles": circles,
        "periods": [(Period.WEEK, _("Week")), (Period.MONTH, _("Month")), (Period.YEAR, _("Year"))],
        "measures": [
            (Measure.TOTAL, _("Reduction")),
            (Measure.IMPROVEMENT, _("Improvement")),
            (Measure.GREEN_DAYS, _("Green days")),
        ],
        "start": boards.period_start(wanted.period, wanted.day),
        "shot": shot,
        "cohort_min": COHORT_MIN,
        **_neighbours(shots, shot),
        **(_board(citizen, wanted, shot) if shot else {}),
    }
    return render(request, "community/ranks.html", context)


def _board(citizen: Citizen, wanted: Wanted, shot: Snapshot) -> dict[str, Any]:
    band = ranking.own_band(citizen, shot) if wanted.similar else None
    in_district = wanted.scope == "district"
    rows: list[Row] = []
    standing = None
    if wanted.similar and band is None:
        pass  # nobody to compare with, before anything of their own was counted
    elif wanted.group:
        circle = ranking.within(wanted.group, shot, wanted.measure, band, citizen.pk)
        rows, standing = circle.rows, circle.standing
    else:
        district_id = citizen.district_id if in_district else None
        start = shot.period_start
        rows = ranking.top(wanted.period, start, district_id, boards.TOP_MAX, measure=wanted.measure, band=band)
        standing = ranking.standing(
            citizen, wanted.period, start, in_district=in_district, measure=wanted.measure, similar=wanted.similar
        )
    return {
        "band_span": _span(shot, band),
        "is_unmeasured": wanted.similar and band is None,
        "standing": standing,
        **_lines(rows, citizen, standing),
        **({} if standing else _absence(citizen, wanted, shot)),
    }


def _lines(rows: list[Row], citizen: Citizen, standing: Standing | None) -> dict[str, Any]:
    """The best, and who stands next to the citizen: by nickname where the rows name them, else as steps without one."""
    best = rows[:BEST]
    own = next((place for place, row in enumerate(rows) if row.citizen_id == citizen.pk), None)
    if own is not None:
        first = max(BEST, own - ranking.REACH)
        return {"best": best, "near": rows[first : own + ranking.REACH + 1] if own >= BEST else []}
    return {"best": best, "steps": standing.around if standing else []}


def _absence(citizen: Citizen, wanted: Wanted, shot: Snapshot) -> dict[str, Any]:
    """Why there is no place, where one was asked for; `due_at` is by when there will be one."""
    if not (citizen.ranked or wanted.group):
        return {}
    reason = ranking.absence(
        citizen, shot, wanted.measure, in_district=wanted.scope == "district", in_group=wanted.group is not None
    )
    coming = reason == Absence.COMING
    return {"absence": reason, "due_at": boards.next_by(shot, timezone.now()) if coming else None}


def _span(shot: Snapshot, band: int | None) -> tuple[int, int | None] | None:
    """From and up to which trip length (m) the band goes; None where it has no bounds."""
    if band is None or band == 0 or not shot.band_edges_m:
        return None
    edges = [0, *shot.band_edges_m]
    return edges[band - 1], edges[band] if band < len(edges) else None


def _neighbours(shots: list[Snapshot], shot: Snapshot | None) -> dict[str, Snapshot | None]:
    """The periods before and after the one that is shown."""
    if shot is None:
        return {"earlier": shots[0] if shots else None, "later": None}
    place = shots.index(shot)
    return {
        "earlier": shots[place + 1] if place + 1 < len(shots) else None,
        "later": shots[place - 1] if place else None,
    }


def _choice(kind: Any, text: str | None, usual: Any) -> Any:
    return kind(text) if text in kind.values else usual


def _day(text: str) -> date:
    try:
        return min(date.fromisoformat(text), clock.city_today())
    except ValueError:
        return clock.city_today()
