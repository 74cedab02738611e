"""Reading ranks: a citizen's own place, the best of a board, and the order within a group.

Whose places: those who opted in, under the nickname they chose. Equal scores share a place. A board with fewer
than COHORT_MIN people shows nothing, not even one's own place. All is read from the current snapshot of a period.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Q, QuerySet

from accounts import groups
from accounts.models import Citizen, Group
from activities.models import DailyTotal
from dashboard.models import Board, Measure, Period, Snapshot
from dashboard.ranks import cohorts, ladder
from dashboard.ranks.boards import TOP_MAX, period_start
from dashboard.ranks.ladder import Piece, Rung, Step
from dashboard.statistics import COHORT_MIN

USUAL_PERIOD = Period.MONTH
"""What is shown first: long enough not to be empty every Monday, while operators still report."""
CLOSE_MIN = 2
"""Who joins friends or a team agrees that the others see them; an employer's or school's board needs COHORT_MIN."""
REACH = 2
"""How many neighbours are shown above and below."""


@dataclass(frozen=True, slots=True)
class Score:
    """A citizen in a snapshot. `improvement_mg` is None without a baseline; `trip_m` is 0 where no length is known."""

    citizen_id: UUID
    district_id: int
    public: bool
    trip_m: int
    total_mg: int
    improvement_mg: int | None
    green_days: int

    def by(self, measure: Measure) -> int | None:
        return {
            Measure.TOTAL: self.total_mg,
            Measure.IMPROVEMENT: self.improvement_mg,
            Measure.GREEN_DAYS: self.green_days,
        }[measure]


@dataclass(frozen=True, slots=True)
class Standing:
    """A citizen's own place. `ahead_percent`: how many of the others have less; scores are mg, or days.

    `around` are the steps next to it and its own, which name nobody; none in a group, where few are too well known.
    """

    place: int
    of: int
    ahead_percent: int
    measure: Measure
    score: int
    to_next: int | None
    reduction_mg: int
    refreshed_at: datetime
    around: list[Step]

    @property
    def to_next_mg(self) -> int | None:
        return None if self.measure == Measure.GREEN_DAYS else self.to_next


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a board; `score` in mg, or days."""

    place: int
    nickname: str
    score: int
    citizen_id: UUID


@dataclass(frozen=True, slots=True)
class Circle:
    """The order inside a group: who may be named, best first, and the viewer's own place among all `people`."""

    people: int
    rows: list[Row]
    standing: Standing | None


class Absence(StrEnum):
    """Why somebody who takes part has no place."""

    COMING = "coming"
    CLOSED = "closed"
    NOTHING = "nothing"
    NO_BASELINE = "no baseline"
    FEW = "few"


def snapshot(period: Period, day: date) -> Snapshot | None:
    """The boards of the period that holds the day, as they stand now."""
    return Snapshot.objects.filter(period=period, period_start=period_start(period, day), current=True).first()


def kept(period: Period) -> QuerySet[Snapshot]:
    """All periods that can be looked at, newest first."""
    return Snapshot.objects.filter(period=period, current=True).order_by("-period_start")


def scores(shot: Snapshot, citizen_ids: list[UUID]) -> list[Score]:
    """What the snapshot says of these citizens; who has nothing in the period is not in it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT citizen_id, district_id, public, trip_m, total_mg, "  # noqa: S608  the table's name is ours
            f"improvement_mg, green_days FROM {shot.scores_table} WHERE citizen_id = ANY(%s)",
            [citizen_ids],
        )
        return [Score(*row) for row in cursor.fetchall()]


def band_of(score: Score, shot: Snapshot) -> int:
    return int(cohorts.bands_of(np.array([score.trip_m]), shot.band_edges_m)[0])


def standing(
    citizen: Citizen,
    period: Period,
    day: date,
    *,
    in_district: bool = False,
    measure: Measure = Measure.TOTAL,
    similar: bool = False,
) -> Standing | None:
    """The citizen's exact place, or None: not in the ranks, nothing counted, no district, or fewer than COHORT_MIN.

    `similar` compares with commuters of the same band only. One round trip, however many take part.
    """
    if not citizen.ranked:
        return None
    wanted: list[str | date | UUID | bool] = [
        period.value,
        period_start(period, day),
        citizen.pk,
        measure.value,
        in_district,
        similar,
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM dashboard_place(%s, %s, %s, %s, %s, %s)", wanted)
        found = cursor.fetchone()
    if found is None:
        return None
    score, reduction_mg, refreshed_at, people, *piece = found
    around = ladder.around(score, Piece(*piece), REACH)
    return _standing(score, ladder.find(score, Piece(*piece)), people, measure, reduction_mg, refreshed_at, around)


def _standing(
    score: int,
    rung: Rung,
    people: int,
    measure: Measure,
    reduction_mg: int,
    refreshed_at: datetime,
    around: list[Step],
) -> Standing:
    return Standing(
        place=rung.ahead + 1,
        of=people,
        ahead_percent=(people - rung.ahead - rung.equal) * 100 // (people - 1),
        measure=measure,
        score=score,
        to_next=rung.above - score if rung.above is not None else None,
        reduction_mg=reduction_mg,
        refreshed_at=refreshed_at,
        around=around,
    )


def absence(
    citizen: Citizen, shot: Snapshot, measure: Measure, *, in_district: bool = False, in_group: bool = False
) -> Absence:
    """Why the citizen, who takes part, has no place on a board. At most two queries."""
    own = next(iter(scores(shot, [citizen.pk])), None)
    if own and (in_group or own.public) and not (in_district and own.district_id != citizen.district_id):
        return Absence.NO_BASELINE if own.by(measure) is None else Absence.FEW
    span = {"city_day__gte": shot.period_start, "city_day__lt": shot.period_end}
    if not DailyTotal.objects.filter(citizen_id=citizen.pk, **span).exists():
        return Absence.NOTHING
    return Absence.CLOSED if shot.closed_at else Absence.COMING


def own_band(citizen: Citizen, shot: Snapshot) -> int | None:
    """The band of similar commuters the citizen is in; None where nothing of theirs was counted."""
    own = next(iter(scores(shot, [citizen.pk])), None)
    return band_of(own, shot) if own else None


def top(
    period: Period,
    day: date,
    district_id: int | None = None,
    limit: int = 50,
    *,
    measure: Measure = Measure.TOTAL,
    band: int | None = None,
) -> list[Row]:
    """The best of the city or of a district; empty among fewer than COHORT_MIN. Who opted out since is left out."""
    board = Board.objects.filter(
        snapshot__period=period,
        snapshot__period_start=period_start(period, day),
        snapshot__current=True,
        measure=measure,
        district_id=district_id or Board.CITY,
        band=Board.EVERYBODY if band is None else band,
    ).first()
    if board is None:
        return []
    shown = _nicknames(board.top_ids, Q(ranked=True))
    lines = _placed(list(zip(board.top_ids, board.top_scores, strict=True)), shown)
    return [line for line in lines if line.citizen_id in shown][: min(limit, TOP_MAX)]


def within(
    group: Group, shot: Snapshot, measure: Measure, band: int | None = None, viewer: UUID | None = None
) -> Circle:
    """The order inside a group; nobody in it among too few. Three queries.

    In a company or a school only the viewer and those who are in the public ranks are named.
    """
    some = [one for one in scores(shot, groups.member_ids(group)) if band is None or band_of(one, shot) == band]
    counted = [(one, value) for one in some if (value := one.by(measure)) is not None]
    if len(counted) < (CLOSE_MIN if group.is_close else COHORT_MIN):
        return Circle(0, [], None)
    counted.sort(key=lambda pair: (-pair[1], pair[0].citizen_id))
    pairs = [(one.citizen_id, value) for one, value in counted]
    shown = _nicknames([pair[0] for pair in pairs], Q() if group.is_close else Q(ranked=True) | Q(pk=viewer))
    rows = [line for line in _placed(pairs, shown) if line.citizen_id in shown]
    own = next(((one, value) for one, value in counted if one.citizen_id == viewer), None)
    if own is None:
        return Circle(len(pairs), rows, None)
    mine, values = own[1], [value for _citizen_id, value in pairs]
    better = [value for value in values if value > mine]
    rung = Rung(len(better), values.count(mine), min(better, default=None))
    standing = _standing(mine, rung, len(pairs), measure, own[0].total_mg, shot.refreshed_at, [])
    return Circle(len(pairs), rows, standing)


def _nicknames(ids: list[UUID], condition: Q) -> dict[UUID, str]:
    people = Citizen.objects.filter(condition, pk__in=ids, suspended_at__isnull=True, erased_at__isnull=True)
    return {person.pk: person.nickname for person in people}


def _placed(pairs: list[tuple[UUID, int]], nicknames: dict[UUID, str]) -> list[Row]:
    """Lines with places by score, best first; equal scores share a place."""
    lines: list[Row] = []
    for position, (citizen_id, score) in enumerate(pairs, start=1):
        place = lines[-1].place if lines and lines[-1].score == score else position
        lines.append(Row(place, nicknames.get(citizen_id, ""), score, citizen_id))
    return lines


def refreshed_at(period: Period, day: date) -> datetime | None:
    """When the period's boards were rebuilt last."""
    shot = snapshot(period, day)
    return shot.refreshed_at if shot else None
