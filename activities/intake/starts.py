"""How hard a track starts from standing: what tells a motor from legs where both keep to the same speed. Pure.

A start is measured over two stretches of STRETCH_S, one after the other: how much faster the second is than the first.
That needs points no further apart than such a stretch, so that where they are, nothing is said. A receiver that
stays put while one rides off, and then leaps to where one is, looks like a hard start: what leaps faster than one
rides after it does not count, and of all starts the middle one does, not the hardest.
"""

from collections.abc import Iterator
from statistics import median

import numpy as np
import numpy.typing as npt

STRETCH_S = 3.0
GAP_MAX_S = 3.5
"""Receivers that are set to three seconds take a little longer now and then."""
STANDING_M_PER_S, RIDING_M_PER_S = 1.0, 3.5
EARLY_S, WITHIN_S = 3, 10
"""A start begins up to EARLY_S before one is seen to move, and leads to riding WITHIN_S after."""
LEAP, LEAP_M_PER_S = 1.3, 0.5
"""No step is faster than LEAP times what one rides, and LEAP_M_PER_S more for the noise."""
HELD_M = 5.0
"""So far one may have ridden while the receiver still said the very same place."""

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def measure(at: Floats, east_m: Floats, north_m: Floats) -> dict[str, int]:
    """How many starts could be measured, and the acceleration of the middle one; {} without any.

    `at` are seconds, ascending.
    """
    dense = np.split(np.arange(len(at)), np.flatnonzero(np.diff(at) > GAP_MAX_S) + 1)
    found = [start for part in dense for start in _starts(at[part], east_m[part], north_m[part])]
    if not found:
        return {}
    return {"starts": len(found), "start_p50_mm_per_s2": round(median(found) * 1000)}


def _starts(at: Floats, east_m: Floats, north_m: Floats) -> Iterator[float]:
    """The accelerations (m/s²) of the starts in points without a gap."""
    moments = np.arange(at[0] + STRETCH_S, at[-1] - 2 * STRETCH_S, 1.0)
    if not len(moments):
        return
    edges = moments + STRETCH_S * np.arange(-1, 3)[:, np.newaxis]
    east, north = np.interp(edges, at, east_m), np.interp(edges, at, north_m)
    before, after, later = np.hypot(np.diff(east, axis=0), np.diff(north, axis=0)) / STRETCH_S
    steps = np.hypot(np.diff(east_m), np.diff(north_m)) / np.diff(at)
    first = np.searchsorted(at, edges[0], "right") - 1
    turn, beyond = np.searchsorted(at, edges[1]), np.searchsorted(at, edges[3])
    sure = _greatest(steps, first, beyond) <= LEAP * np.minimum(after, later) + LEAP_M_PER_S
    held = _greatest((steps == 0).astype(float), first, turn)
    gains = (after - before - held * HELD_M / STRETCH_S) / STRETCH_S
    over = 0
    for moment in np.flatnonzero((before < STANDING_M_PER_S) & (after >= STANDING_M_PER_S)).tolist():
        window = slice(max(moment - EARLY_S, 0), moment + WITHIN_S)
        if moment < over or after[window].max() <= RIDING_M_PER_S:
            continue
        over = moment + WITHIN_S
        if sure[window].any():
            yield float(gains[window][sure[window]].max())


def _greatest(values: Floats, first: Integers, beyond: Integers) -> Floats:
    """The greatest of each run of values, `beyond` not included."""
    greatest: Floats = np.maximum.reduceat(np.append(values, 0.0), np.column_stack([first, beyond]).ravel())[::2]
    return greatest
