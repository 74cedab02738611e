"""The order of many scores, cut into stretches: pure, numpy in, bytes out.

A stretch holds up to STRETCH different scores in falling order with the number of people on each, as differences,
compressed. To find a place, one stretch is read, however many people are on the board.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.int64]
STRETCH = 2048


@dataclass(frozen=True, slots=True)
class Piece:
    """Scores down to `low`; `ahead` people are better than all of them, the nearest by `above`."""

    low: int
    ahead: int
    above: int | None
    packed: bytes


@dataclass(frozen=True, slots=True)
class Rung:
    """Where a score stands: people with more, people with the same, and the next better score."""

    ahead: int
    equal: int
    above: int | None


def cut(scores: Scores) -> Iterator[Piece]:
    """The board's stretches, best first."""
    steps, people = np.unique(scores, return_counts=True)
    steps, people = steps[::-1], people[::-1]
    ahead = np.cumsum(people) - people
    for start in range(0, len(steps), STRETCH):
        some = slice(start, start + STRETCH)
        yield Piece(
            low=int(steps[some][-1]),
            ahead=int(ahead[start]),
            above=int(steps[start - 1]) if start else None,
            packed=_pack(steps[some], people[some]),
        )


def find(score: int, ahead: int, above: int | None, packed: bytes) -> Rung:
    """The rung of a score inside its stretch; a score that nobody has counts as between its neighbours."""
    steps, people = _unpack(packed)
    place = int(np.searchsorted(-steps, -score))
    held = place < len(steps) and int(steps[place]) == score
    return Rung(
        ahead=ahead + int(people[:place].sum()),
        equal=int(people[place]) if held else 0,
        above=int(steps[place - 1]) if place else above,
    )


def _pack(steps: Scores, people: NDArray[np.int64]) -> bytes:
    falls = np.diff(steps, prepend=0).astype("<i8")
    return zlib.compress(falls.tobytes() + people.astype("<i4").tobytes(), 1)


def _unpack(packed: bytes) -> tuple[Scores, NDArray[np.int64]]:
    content = zlib.decompress(packed)
    count = len(content) // 12
    falls = np.frombuffer(content, "<i8", count)
    return np.cumsum(falls), np.frombuffer(content, "<i4", count, offset=8 * count)
