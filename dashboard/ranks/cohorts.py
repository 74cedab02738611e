"""Who is compared with whom: people in columns, and the order of every cohort of them. Pure, numpy in and out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.models import Board, Measure

NO_SCORE = -(2**63)
BANDS_MAX, BAND_PEOPLE = 5, 50

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class People:
    """Those who take part, by columns; `ids` are 16 bytes each, a score without a value is NO_SCORE."""

    ids: NDArray[Any]
    district_ids: NDArray[Any]
    trips_m: NDArray[Any]
    scores: dict[Measure, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Some people in the order of a measure, best first, as rows of People. The order of equals says nothing."""

    measure: Measure
    district_id: int
    band: int
    rows: Rows


def band_edges(trips_m: NDArray[Any]) -> list[int]:
    """Where one band of commuters ends and the next begins (m): equal numbers of those whose trips are known."""
    known = trips_m[trips_m > 0]
    count = min(BANDS_MAX, len(known) // BAND_PEOPLE)
    if count < 2:
        return []
    return sorted({int(edge) for edge in np.quantile(known, [step / count for step in range(1, count)])})


def bands_of(trips_m: NDArray[Any], edges_m: list[int]) -> NDArray[np.uint8]:
    """The band of each typical trip: 1 for the shortest; 0 where no trip's length is known."""
    return np.where(trips_m > 0, np.searchsorted(edges_m, trips_m, side="right") + 1, 0).astype(np.uint8)


def ordered(people: People, edges_m: list[int]) -> Iterator[Cohort]:
    """Every cohort in the order of every measure. Scores are sorted once a measure: what follows keeps their order."""
    homes, home = np.unique(people.district_ids, return_inverse=True)
    bands = bands_of(people.trips_m, edges_m)
    kinds = len(edges_m) + 2
    home = home.astype(np.uint16)
    home_and_band = (home * kinds + bands).astype(np.uint16)
    for measure, scores in people.scores.items():
        taking = np.flatnonzero(scores != NO_SCORE)
        best_first = taking[np.argsort(-scores[taking])]
        yield Cohort(measure, Board.CITY, Board.EVERYBODY, best_first)
        for band, rows in _split(best_first, bands):
            yield Cohort(measure, Board.CITY, band, rows)
        for number, rows in _split(best_first, home):
            if homes[number] != Board.CITY:
                yield Cohort(measure, int(homes[number]), Board.EVERYBODY, rows)
        for number, rows in _split(best_first, home_and_band):
            if homes[number // kinds] != Board.CITY:
                yield Cohort(measure, int(homes[number // kinds]), number % kinds, rows)


def _split(rows: Rows, keys: NDArray[Any]) -> Iterator[tuple[int, Rows]]:
    """The rows of each key, in the order they had."""
    found = keys[rows]
    grouped = rows[np.argsort(found, kind="stable")]
    counts = np.bincount(found)
    ends = np.cumsum(counts)
    for key in np.flatnonzero(counts):
        yield int(key), grouped[ends[key] - counts[key] : ends[key]]
