"""What accepted activities are worth: the methodology in force, on the inputs of the whole citizen-day."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import numpy as np

from activities.integrity import reasons
from activities.methodologies import families
from activities.methodologies.caps import cap_days
from activities.methodologies.columns import GRADES, INPUTS, PLACES, Columns, Integers
from activities.methodologies.versions import Calendar
from activities.models import Activity, Methodology
from activities.pipeline.act import Act
from config import clock

HOUR_S = 3600
OWN = frozenset({"duration_s", "amount_fen", "energy_wh"})
"""Inputs that are columns of an activity, whatever its traits say."""


@dataclass(frozen=True, slots=True)
class Worth:
    """`inputs` are those used that differ from the activity's own, so that it can be computed anew."""

    methodology_id: int
    reduction_mg: int
    fixed_points: int
    inputs: dict[str, Any] | None


def quantify(acts: Iterable[Act], bodies: set[int], until: Any) -> dict[UUID, Worth]:
    """The worth of each accepted activity by its id; what cannot be quantified is held, with the reason.

    The activities are in the order of `days.gather`: it decides which of a day come under its cap.
    """
    calendar = Calendar()
    accepted = [act for act in acts if act.status == Activity.Status.ACCEPTED]
    trips = [act for act in accepted if act.scenario_id in bodies]
    groups: dict[int, list[Act]] = defaultdict(list)
    for act in accepted:
        version = calendar.in_force(act.scenario_id, act.started_at)
        if version is None:
            act.status, act.reason = Activity.Status.HELD, reasons.METHODOLOGY_MISSING
        else:
            groups[version.pk].append(act)
    worths: dict[UUID, Worth] = {}
    for version_id, own in groups.items():
        worths.update(_quantify_version(calendar.by_id[version_id], own, trips, until))
    return worths


def _quantify_version(
    version: Methodology, acts: Sequence[Act], trips: Sequence[Act], until: Any
) -> Iterable[tuple[UUID, Worth]]:
    parsed = families.parse(version.family, version.parameters)
    netted = _net_steps(acts, trips, until) if version.family == "steps" else {}
    columns = _columns(acts, [netted.get(act.id, act.quantity) if netted else act.quantity for act in acts])
    amounts = families.quantify(version.family, version.parameters, columns)
    counted = _cap(amounts, acts, parsed.day_max_g)
    points = families.fixed_points(version.family, version.parameters, columns)
    for act, full_mg, reduction_mg, fixed in zip(
        acts, amounts.tolist(), counted.tolist(), points.tolist(), strict=True
    ):
        if reduction_mg < 0:
            act.status, act.reason = Activity.Status.HELD, reasons.INPUT_MISSING
            continue
        inputs: dict[str, Any] = {}
        if netted and netted.get(act.id, act.quantity) != act.quantity:
            inputs["quantity"] = netted[act.id]
        if reduction_mg < full_mg:
            inputs["day_left_mg"] = reduction_mg
        yield act.id, Worth(version.pk, reduction_mg, fixed, inputs or None)


def _columns(acts: Sequence[Act], quantities: Sequence[int | None]) -> Columns:
    def numbers(values: Iterable[int | None]) -> Integers:
        return np.array([-1 if value is None else value for value in values], np.int64)

    durations = (None if act.ended_at is None else (act.ended_at - act.started_at).total_seconds() for act in acts)
    dense = {
        "distance_m": numbers(act.distance_m for act in acts),
        "basis": np.array([PLACES[act.distance_basis] for act in acts], np.int64),
        "quantity": numbers(quantities),
        "evidence": np.array([GRADES[act.evidence] for act in acts], np.int64),
        "duration_s": numbers(None if lasted is None else int(lasted) for lasted in durations),
        "amount_fen": numbers(act.amount_fen for act in acts),
        "energy_wh": numbers(act.energy_wh for act in acts),
    }
    return Columns.assemble(
        dense, [(place, _told(act)) for place, act in enumerate(acts) if act.traits or act.category]
    )


def _told(act: Act) -> dict[str, Any]:
    """The inputs that only some rows have."""
    found = {name: value for name, value in (act.traits or {}).items() if name in INPUTS and name not in OWN}
    if act.category and act.category.isdigit():
        found["mcc"] = int(act.category)
    return found


def _cap(amounts: Any, acts: Sequence[Act], day_max_g: Decimal | None) -> Any:
    if day_max_g is None:
        return amounts
    places: dict[tuple[UUID, date], int] = {}
    days = np.array([places.setdefault((act.citizen_id, act.city_day), len(places)) for act in acts], np.int64)
    return cap_days(amounts, days, int(day_max_g * 1000))


def _net_steps(acts: Sequence[Act], trips: Sequence[Act], until: Any) -> dict[UUID, int]:
    """Steps of a day less those inside the citizen's accepted trips of the same day, where there are any.

    By the hourly profile where one was told; else as if the steps were spread evenly over the time they are told for.
    """
    own: dict[UUID, list[tuple[float, float]]] = defaultdict(list)
    walkers = {act.citizen_id for act in acts}
    for trip in trips:
        if trip.citizen_id in walkers and trip.ended_at is not None:
            own[trip.citizen_id].append((trip.started_at.timestamp(), until(trip)))
    return {
        act.id: _outside(act, own[act.citizen_id]) for act in acts if act.quantity is not None and act.citizen_id in own
    }


def _outside(act: Act, busy: Sequence[tuple[float, float]]) -> int:
    """Whole steps outside the busy times, which do not overlap; rounded down."""
    begins = clock.day_start(act.city_day).timestamp()
    hours = (act.traits or {}).get("steps_by_hour")
    if hours:
        bins = [(begins + n * HOUR_S, begins + (n + 1) * HOUR_S, steps) for n, steps in enumerate(hours)]
    else:
        start = act.started_at.timestamp()
        end = act.ended_at.timestamp() if act.ended_at else clock.day_end(act.city_day).timestamp()
        bins = [(start, max(end, start + 1), act.quantity or 0)]
    inside = 0.0
    for first, last, steps in bins:
        shared = sum(max(0.0, min(last, stop) - max(first, go)) for go, stop in busy)
        inside += steps * shared / (last - first)
    return max(0, (act.quantity or 0) - int(np.ceil(round(inside, 6))))
