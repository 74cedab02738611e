"""The same bars as `charts`, drawn by the server: there before any script, and where none is allowed. Pure.

Places are per cent of the drawing, which has no size of its own: letters keep theirs on a phone and on a desktop.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from dashboard.history.charts import MG_PER_UNIT, Label, Line, Stack, Texts, named, unit_for

LEFT, RIGHT, TOP, BOTTOM = 11.0, 99.0, 12.0, 90.0
BAR_SHARE = 0.68
"""How much of its place a bar fills."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar, in the tint of its stack."""

    tint: int
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Column:
    """A bar: its pieces from below, what it is called, and its sum as text."""

    label: Label
    amount: str
    x: str
    width: str
    middle: str
    tick: str
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Drawing:
    """`grid`: heights and their numbers; `strokes`: the pieces of the line that is compared with, `dots` its points."""

    unit_name: str
    columns: list[Column]
    grid: list[tuple[str, str]]
    strokes: list[tuple[tuple[str, str], tuple[str, str]]]
    dots: list[tuple[str, str]]


def draw(labels: Sequence[Label], stacks: Sequence[Stack], texts: Texts, line: Line | None = None) -> Drawing:
    """Lay the bars out, from zero to a round number above the highest."""
    totals = [sum(stack.reduction_mg.get(position, 0) for stack in stacks) for position in range(len(labels))]
    tops = [*totals, *(line.reduction_mg.values() if line else ())]
    unit = unit_for(tops)
    step = _round_step(max([*tops, 1]) / MG_PER_UNIT[unit])
    ceiling_mg = step * 4 * MG_PER_UNIT[unit]
    dots = _dots(line, len(labels), ceiling_mg) if line else []
    return Drawing(
        unit_name=texts.unit_names[unit],
        columns=_columns(labels, stacks, totals, ceiling_mg, texts),
        grid=[(_y(step * number * MG_PER_UNIT[unit], ceiling_mg), f"{step * number:,.10g}") for number in range(5)],
        strokes=list(pairwise(dots)),
        dots=dots,
    )


def _round_step(highest: float) -> float:
    """The least of 1, 2, 2.5, 5 times a power of ten of which four reach `highest`."""
    power = 10.0**-3
    while True:
        for digits in (1, 2, 2.5, 5):
            if digits * power * 4 >= highest:
                return digits * power
        power *= 10


def _columns(
    labels: Sequence[Label], stacks: Sequence[Stack], totals: Sequence[int], ceiling_mg: float, texts: Texts
) -> list[Column]:
    ticks, place = set(named(len(labels))), (RIGHT - LEFT) / len(labels)
    return [
        Column(
            label=label,
            amount=texts.mass(totals[position]),
            x=_percent(LEFT + place * (position + (1 - BAR_SHARE) / 2)),
            width=_percent(place * BAR_SHARE),
            middle=_percent(LEFT + place * (position + 0.5)),
            tick=label.tick if position in ticks else "",
            parts=_parts([(stack.tint, stack.reduction_mg.get(position, 0)) for stack in stacks], ceiling_mg),
        )
        for position, label in enumerate(labels)
    ]


def _parts(amounts: Sequence[tuple[int, int]], ceiling_mg: float) -> list[Part]:
    parts, below_mg = [], 0
    for tint, amount_mg in amounts:
        if amount_mg > 0:
            height = _percent((BOTTOM - TOP) * amount_mg / ceiling_mg)
            parts.append(Part(tint, _y(below_mg + amount_mg, ceiling_mg), height))
            below_mg += amount_mg
    return parts


def _dots(line: Line, count: int, ceiling_mg: float) -> list[tuple[str, str]]:
    place = (RIGHT - LEFT) / count
    return [
        (_percent(LEFT + place * (position + 0.5)), _y(line.reduction_mg.get(position, 0), ceiling_mg))
        for position in range(count)
    ]


def _y(amount_mg: float, ceiling_mg: float) -> str:
    return _percent(BOTTOM - (BOTTOM - TOP) * max(0.0, amount_mg) / ceiling_mg)


def _percent(value: float) -> str:
    return f"{value:.2f}%"
