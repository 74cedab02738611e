"""Measures of a track: how far, how fast, how straight. Pure; the track itself is not kept.

Distances are whole metres, speeds metres per hour, shares per cent. Points nearer than JITTER_M to the last kept one
do not lengthen a track: a receiver at rest wanders. Speeds are taken over at least WINDOW_S, so that one stray
point does not make a rider a car; standing still is no speed.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from activities.intake import starts
from activities.intake.geodesy import DEGREE_M, Place, crow_fly_m

JITTER_M = 5
WINDOW_S = 15
MOVING_M_PER_S = 0.5
STOP_S = 20
NEAR_M, AWAY_M = 60, 180
"""Back at the start is within NEAR_M of it, after having been AWAY_M from it."""
REVISIT_CELL_M = 40
REVISIT_AFTER_M = 250

Floats = npt.NDArray[np.float64]


class Fix(NamedTuple):
    """A point of a track; `at_s` is seconds since any fixed instant, None where the track has no times."""

    place: Place
    at_s: float | None = None


def measure(fixes: Sequence[Fix], *, ordered: bool = True) -> dict[str, int]:
    """What the track says, with the units in the names; {} for fewer than two points."""
    if len(fixes) < 2:
        return {}
    if not ordered:
        return {"points": len(fixes), "extent_m": round(_extent_m([fix.place for fix in fixes]))}
    timed = all(fix.at_s is not None for fix in fixes)
    if timed:
        fixes = _sort(fixes)
    kept = _thin(fixes)
    steps = np.array([crow_fly_m(a.place, b.place) for a, b in pairwise(kept)], dtype=float)
    found = {
        "points": len(fixes),
        "distance_m": round(float(steps.sum())),
        "displacement_m": round(crow_fly_m(fixes[0].place, fixes[-1].place)),
        "extent_m": round(_extent_m([fix.place for fix in kept])),
        "returns": _count_returns(kept),
        "repeated_pct": _repeated_pct(kept, steps),
    }
    return found | _motion(fixes) if timed else found


def _sort(fixes: Sequence[Fix]) -> list[Fix]:
    """By time; of points at one instant the first."""
    by_time: dict[float, Fix] = {}
    for fix in sorted(fixes, key=lambda fix: fix.at_s or 0.0):
        by_time.setdefault(fix.at_s or 0.0, fix)
    return list(by_time.values())


def _thin(fixes: Sequence[Fix]) -> list[Fix]:
    kept = [fixes[0]]
    for fix in fixes[1:]:
        if crow_fly_m(kept[-1].place, fix.place) >= JITTER_M:
            kept.append(fix)
    return kept


def _extent_m(places: Sequence[Place]) -> float:
    """The diagonal of the box around it."""
    lons, lats = [place[0] for place in places], [place[1] for place in places]
    return crow_fly_m((min(lons), min(lats)), (max(lons), max(lats)))


def _count_returns(fixes: Sequence[Fix]) -> int:
    """How often the track comes back to where it began."""
    returns, away = 0, False
    for fix in fixes[1:]:
        far = crow_fly_m(fixes[0].place, fix.place)
        if far >= AWAY_M:
            away = True
        elif far <= NEAR_M and away:
            returns, away = returns + 1, False
    return returns


def _repeated_pct(fixes: Sequence[Fix], steps: Floats) -> int:
    """The share of the way that runs where it ran before: laps, there and back."""
    if steps.sum() == 0:
        return 0
    visited: dict[tuple[int, int], float] = {}
    width = np.cos(np.radians(fixes[0].place[1])) * DEGREE_M
    gone, repeated = 0.0, 0.0
    for fix, step in zip(fixes[1:], steps, strict=True):
        gone += step
        spot = (int(fix.place[0] * width // REVISIT_CELL_M), int(fix.place[1] * DEGREE_M // REVISIT_CELL_M))
        first = visited.setdefault(spot, gone)
        if gone - first >= REVISIT_AFTER_M:
            repeated += step
    return round(100 * repeated / gone)


def _motion(fixes: Sequence[Fix]) -> dict[str, int]:
    """What the times add. `fixes` are in order, no two at one instant."""
    at = np.array([fix.at_s for fix in fixes], dtype=float)
    if len(at) < 2:
        return {}
    steps = np.array([crow_fly_m(a.place, b.place) for a, b in pairwise(fixes)])
    took = np.diff(at)
    moving = steps / took >= MOVING_M_PER_S
    speeds, spans = _smooth_speeds(at, steps)
    found = {
        "duration_s": round(float(at[-1] - at[0])),
        "moving_s": round(float(took[moving].sum())),
        "gap_max_s": round(float(took.max())),
        "stops": _count_stops(moving, took),
    }
    riding = speeds >= MOVING_M_PER_S
    if riding.any():
        middle, high = _weighted_percentiles(speeds[riding], spans[riding], (50, 95))
        found |= {
            "speed_p50_m_per_h": round(middle * 3600),
            "speed_p95_m_per_h": round(high * 3600),
            "speed_max_m_per_h": round(float(speeds.max()) * 3600),
        }
    if len(speeds) > 1:
        change = np.abs(np.diff(speeds)) / ((spans[1:] + spans[:-1]) / 2)
        found["acceleration_p95_mm_per_s2"] = round(float(np.percentile(change, 95)) * 1000)
    return found | starts.measure(at, *_metres(fixes))


def _metres(fixes: Sequence[Fix]) -> Floats:
    """How far east and north of the first place the places are."""
    degrees = np.array([fix.place for fix in fixes]) - fixes[0].place
    metres: Floats = degrees.T * DEGREE_M
    metres[0] *= np.cos(np.radians(fixes[0].place[1]))
    return metres


def _smooth_speeds(at: Floats, steps: Floats) -> tuple[Floats, Floats]:
    """Speeds (m/s) over windows of at least WINDOW_S, one after the other, and how long each window is (s)."""
    speeds, spans, gone, began = [], [], 0.0, float(at[0])
    for step, now in zip(steps, at[1:], strict=True):
        gone += float(step)
        if now - began >= WINDOW_S or now == at[-1]:
            speeds.append(gone / (now - began))
            spans.append(now - began)
            gone, began = 0.0, float(now)
    return np.array(speeds), np.array(spans)


def _count_stops(moving: npt.NDArray[np.bool_], took: Floats) -> int:
    stops, standing = 0, 0.0
    for moves, span in zip(moving, took, strict=True):
        if moves:
            stops, standing = stops + (standing >= STOP_S), 0.0
        else:
            standing += float(span)
    return stops


def _weighted_percentiles(values: Floats, weights: Floats, wanted: Sequence[int]) -> list[float]:
    order = np.argsort(values)
    share = np.cumsum(weights[order]) / weights.sum() * 100
    return [float(values[order][min(int(np.searchsorted(share, percent)), len(values) - 1)]) for percent in wanted]
