"""Reading ranks: a citizen's own place, the best of a board, and the order within a group.

Whose places: those who opted in, under the nickname they chose. Equal scores share a place. A board with fewer
than COHORT_MIN people shows nothing, not even one's own place. All is read from the current snapshot of a period.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Q, QuerySet

from accounts import groups
from accounts.models import Citizen, Group
from dashboard.models import Board, Measure, Period, Snapshot
from dashboard.ranks import cohorts, ladder
from dashboard.ranks.boards import TOP_MAX, period_start
from dashboard.ranks.ladder import Piece
from dashboard.statistics import COHORT_MIN

USUAL_PERIOD = Period.MONTH
"""What is shown first: long enough not to be empty every Monday, while operators still report."""
SMALL_CIRCLES = {Group.Kind.FRIENDS, Group.Kind.TEAM}
"""Who joins one agrees that the others see them, so two are enough; an employer's or school's board needs ten."""


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
    """A citizen's own place. `ahead_percent`: how many of the others have less; scores are mg, or days."""

    place: int
    of: int
    ahead_percent: int
    measure: Measure
    score: int
    to_next: int | None
    reduction_mg: int
    refreshed_at: datetime

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
    rung = ladder.find(score, Piece(*piece))
    return Standing(
        place=rung.ahead + 1,
        of=people,
        ahead_percent=(people - rung.ahead - rung.equal) * 100 // (people - 1),
        measure=measure,
        score=score,
        to_next=rung.above - score if rung.above is not None else None,
        reduction_mg=reduction_mg,
        refreshed_at=refreshed_at,
    )


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
) -> list[Row]:
    """The order inside a group, best first; empty among too few.

    In a company or a school only the viewer and those who are in the public ranks are named. Three queries.
    """
    ids = groups.member_ids(group)
    some = [score for score in scores(shot, ids) if band is None or band_of(score, shot) == band]
    pairs = [(score.citizen_id, value) for score in some if (value := score.by(measure)) is not None]
    if len(pairs) < (2 if group.kind in SMALL_CIRCLES else COHORT_MIN):
        return []
    pairs.sort(key=lambda pair: (-pair[1], pair[0]))
    shown = _nicknames(
        [pair[0] for pair in pairs], Q() if group.kind in SMALL_CIRCLES else Q(ranked=True) | Q(pk=viewer)
    )
    return [line for line in _placed(pairs, shown) if line.citizen_id in shown]


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
