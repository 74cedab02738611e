"""The order of many scores, cut into stretches: pure, numpy in, bytes out.

A stretch holds up to STRETCH different scores in falling order with the number of people on each, both in the narrowest
integers that hold them. To find a place, one stretch is read, however many people are on the board.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.int64]
STRETCH = 256
"""A packed stretch stays on the page of its row: PostgreSQL moves values out from 2 KB on."""
WIDTHS_BYTES = 2


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


def cut(falling: Scores) -> Iterator[Piece]:
    """The stretches of a board's scores, which are best first; so are the stretches."""
    ahead = np.flatnonzero(np.concatenate(([True], falling[1:] != falling[:-1])))
    steps, people = falling[ahead], np.diff(ahead, append=len(falling))
    for start in range(0, len(steps), STRETCH):
        some = slice(start, start + STRETCH)
        low = int(steps[some][-1])
        yield Piece(
            low=low,
            ahead=int(ahead[start]),
            above=int(steps[start - 1]) if start else None,
            packed=_pack(steps[some] - low, people[some]),
        )


def find(score: int, piece: Piece) -> Rung:
    """The rung of a score inside its stretch; a score that nobody has counts as between its neighbours."""
    steps, people = _unpack(piece.packed)
    place = int(np.count_nonzero(steps > score - piece.low))
    held = place < len(steps) and int(steps[place]) == score - piece.low
    return Rung(
        ahead=piece.ahead + int(people[:place].sum()),
        equal=int(people[place]) if held else 0,
        above=int(steps[place - 1]) + piece.low if place else piece.above,
    )


@dataclass(frozen=True, slots=True)
class Step:
    """Some people with one score on a board, and the place they share."""

    place: int
    people: int
    score: int


def around(score: int, piece: Piece, reach: int) -> list[Step]:
    """The steps up to `reach` above and below a score, best first; no farther than its own stretch."""
    steps, people = _unpack(piece.packed)
    middle = int(np.count_nonzero(steps > score - piece.low))
    ahead = piece.ahead + np.cumsum(people, dtype=np.int64) - people
    near = range(max(0, middle - reach), min(len(steps), middle + reach + 1))
    return [Step(int(ahead[one]) + 1, int(people[one]), int(steps[one]) + piece.low) for one in near]


def _pack(*columns: Scores) -> bytes:
    narrow = [column.astype(np.min_scalar_type(column.max())) for column in columns]
    return bytes(column.itemsize for column in narrow) + b"".join(column.tobytes() for column in narrow)


def _unpack(packed: bytes) -> tuple[NDArray[Any], NDArray[Any]]:
    step_bytes, people_bytes = packed[:WIDTHS_BYTES]
    count = (len(packed) - WIDTHS_BYTES) // (step_bytes + people_bytes)
    steps = np.frombuffer(packed, f"<u{step_bytes}", count, WIDTHS_BYTES)
    return steps, np.frombuffer(packed, f"<u{people_bytes}", count, WIDTHS_BYTES + count * step_bytes)
