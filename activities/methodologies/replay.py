"""Replay: what a version, draft or published, would have made of a past period, before anything is published.

The very functions of intake quantify the very inputs that are stored; only what is booked is not touched. A citizen's
change in points follows from the carried remainder as crediting has it: points = (carried + change) / rate, rounded
down. A rule's verdict does not depend on the version, so what was rejected stays out; what waits for a methodology or
for an input takes part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from heapq import nsmallest
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from activities import crediting, retention
from activities.methodologies import families, stored
from activities.methodologies.caps import cap_days
from activities.methodologies.columns import Integers
from activities.methodologies.stored import Entries
from activities.models import DailyTotal, Methodology
from config import sql
from config.problems import Problem

QUERIES = Path(__file__).parent.parent / "sql" / "methodologies"
LARGEST = 20

Progress = Callable[[int], None]
"""Is told how many activities were done."""


class ReplayUnfit(Problem):
    status, code, title = 422, "replay_unfit", _("This cannot be replayed.")


@dataclass(frozen=True, slots=True)
class Period:
    """City days from `first` to `last`, both included."""

    first: date
    last: date


@dataclass(slots=True)
class Scene:
    """The sums of one scenario."""

    version: Methodology
    activities: int = 0
    changed: int = 0
    lacking_input: int = 0
    newly_counted: int = 0
    before_mg: int = 0
    after_mg: int = 0

    def add(self, before_mg: Integers, after_mg: Integers) -> None:
        """`after_mg` is -1 where an input is missing: that activity would count nothing."""
        counted_mg = np.maximum(after_mg, 0)
        self.activities += len(before_mg)
        self.changed += int(np.count_nonzero(counted_mg != before_mg))
        self.lacking_input += int(np.count_nonzero(after_mg < 0))
        self.newly_counted += int(np.count_nonzero((before_mg == 0) & (counted_mg > 0)))
        self.before_mg += int(before_mg.sum())
        self.after_mg += int(counted_mg.sum())


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one activity."""

    activity_id: UUID
    scenario: str
    city_day: date
    before_mg: int
    after_mg: int

    @property
    def weight(self) -> tuple[int, str]:
        """The largest change first."""
        return -abs(self.after_mg - self.before_mg), str(self.activity_id)


@dataclass(slots=True)
class Tested:
    """The running result of a replay; `document` is its final form."""

    scenes: dict[int, Scene]
    largest: list[Change] = field(default_factory=list)


def check(versions: Sequence[Methodology], period: Period) -> None:
    """Raises ReplayUnfit, ParametersInvalid or DetailsDropped where a replay makes no sense."""
    if period.last < period.first:
        raise ReplayUnfit(fields={"until": _("The period ends before it begins.")})
    retention.require(period.first)
    if len({version.scenario_id for version in versions}) != len(versions):
        raise ReplayUnfit(fields={"versions": _("Choose one version a scenario.")})
    for version in versions:
        families.parse(version.family, version.parameters)


def count(versions: Sequence[Methodology], period: Period) -> int:
    """How many counted activities a replay reads, from the daily totals: the measure of its progress."""
    own = DailyTotal.objects.filter(
        city_day__range=(period.first, period.last), scenario__in=[version.scenario_id for version in versions]
    )
    return own.aggregate(activities=Sum("activities"))["activities"] or 0


@transaction.atomic
def run(versions: Sequence[Methodology], period: Period, progress: Progress = lambda done: None) -> dict[str, Any]:
    """Replay one version a scenario over a period. Writes nothing that stays.

    Returns a JSON document: masses in mg, points whole (see docs/methodologies.md). Raises as `check` does.
    """
    check(versions, period)
    tested = Tested({version.scenario_id: Scene(version) for version in versions})
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS replayed (citizen_id uuid, before_mg bigint, after_mg bigint,"
            " fixed_points bigint) ON COMMIT DROP; TRUNCATE replayed"
        )
    done = 0
    wanted = {"first": period.first, "last": period.last, "scenarios": list(tested.scenes)}
    for entries in stored.stream("of_period", wanted):
        _test(tested, entries)
        done += len(entries)
        progress(done)
    return _document(tested, period)


def quantify(entries: Entries, versions: Sequence[Methodology]) -> tuple[Integers, Integers, Integers]:
    """By the version of each entry's scenario: milligrams of the formula, what the daily cap leaves, fixed points.

    -1 mg where an input is missing.
    """
    full_mg, after_mg = np.full(len(entries), -1), np.full(len(entries), -1)
    fixed_points = np.zeros(len(entries), dtype=np.int64)
    for version in versions:
        chosen = entries.scenarios == version.scenario_id
        if not chosen.any():
            continue
        columns = entries.columns if chosen.all() else stored.take(entries.columns, chosen)
        amounts = families.quantify(version.family, version.parameters, columns)
        full_mg[chosen] = amounts
        limit = families.parse(version.family, version.parameters).day_max_g
        if limit is not None:
            amounts = cap_days(amounts, entries.citizen_days()[chosen], int(limit * 1000))
        after_mg[chosen] = amounts
        fixed_points[chosen] = families.fixed_points(version.family, version.parameters, columns)
    return full_mg, after_mg, fixed_points


def _test(tested: Tested, entries: Entries) -> None:
    _full_mg, after_mg, fixed_points = quantify(entries, [scene.version for scene in tested.scenes.values()])
    for scenario_id, scene in tested.scenes.items():
        chosen = entries.scenarios == scenario_id
        scene.add(entries.booked_mg[chosen], after_mg[chosen])
    counted_mg = np.maximum(after_mg, 0)
    tested.largest = nsmallest(
        LARGEST, [*tested.largest, *_largest(tested, entries, counted_mg)], key=lambda change: change.weight
    )
    sums = zip(
        entries.citizens,
        entries.by_citizen(entries.booked_mg).tolist(),
        entries.by_citizen(counted_mg).tolist(),
        entries.by_citizen(fixed_points - entries.fixed_points).tolist(),
        strict=True,
    )
    with connection.cursor() as cursor, cursor.copy("COPY replayed FROM STDIN") as copy:
        for row in sums:
            copy.write_row(row)


def _largest(tested: Tested, entries: Entries, counted_mg: Integers) -> list[Change]:
    sizes = np.abs(counted_mg - entries.booked_mg)
    places = np.argpartition(-sizes, min(LARGEST, len(sizes) - 1))[:LARGEST]
    return [
        Change(
            entries.id(place),
            tested.scenes[int(entries.scenarios[place])].version.scenario.code,
            entries.day(place),
            int(entries.booked_mg[place]),
            int(counted_mg[place]),
        )
        for place in places.tolist()
        if sizes[place]
    ]


def _document(tested: Tested, period: Period) -> dict[str, Any]:
    scenes = tested.scenes.values()
    rate = crediting.rate_in_force()
    deciles = _deciles(rate)
    return {
        "from": period.first.isoformat(),
        "until": period.last.isoformat(),
        "activities": sum(scene.activities for scene in scenes),
        "lacking_input": sum(scene.lacking_input for scene in scenes),
        **_change(sum(scene.before_mg for scene in scenes), sum(scene.after_mg for scene in scenes)),
        "scenarios": [_of_scene(scene) for scene in scenes],
        "points": {
            "mg_per_point": rate,
            "change": sum(decile["points_change"] for decile in deciles),
            "gained": sum(decile["points_gained"] for decile in deciles),
            "lost": sum(decile["points_lost"] for decile in deciles),
        },
        "citizens": sum(decile["citizens"] for decile in deciles),
        "deciles": deciles,
        "largest": [
            {
                "activity_id": str(change.activity_id),
                "scenario": change.scenario,
                "city_day": change.city_day.isoformat(),
                **_change(change.before_mg, change.after_mg),
            }
            for change in tested.largest
        ],
    }


def _of_scene(scene: Scene) -> dict[str, Any]:
    return {
        "scenario": scene.version.scenario.code,
        "version": scene.version.version,
        "state": scene.version.state,
        "activities": scene.activities,
        "changed": scene.changed,
        "lacking_input": scene.lacking_input,
        "newly_counted": scene.newly_counted,
        **_change(scene.before_mg, scene.after_mg),
    }


def _change(before_mg: int, after_mg: int) -> dict[str, int]:
    return {"before_mg": before_mg, "after_mg": after_mg, "change_mg": after_mg - before_mg}


def _deciles(mg_per_point: int) -> list[dict[str, Any]]:
    """Citizens in ten equal groups by what the period counts for them now, the least first."""
    with connection.cursor() as cursor:
        cursor.execute(sql.read(QUERIES, "deciles"), {"mg_per_point": mg_per_point})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
