"""How the city's figures are drawn by the server: months as columns, lines of a table as bars, shades of the map. Pure.

What is hidden is drawn as such, and is another thing than nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.models import CityFigure

TOP, BOTTOM = 14.0, 82.0
COLUMN_SHARE = 0.62
"""How much of its place a column fills."""


@dataclass(frozen=True, slots=True)
class Column:
    """A month in per cent of the drawing; `figure` is None where nothing is published."""

    month: date
    figure: CityFigure | None
    x: str
    width: str
    middle: str
    y: str
    height: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table: what it is about, its figure (None: nothing happened), its bar, its shade (0: no amount)."""

    subject: Any
    name: str
    figure: CityFigure | None
    percent: int
    level: int = 0

    @property
    def hidden(self) -> bool:
        return self.figure is not None and self.figure.hidden

    @property
    def amount_mg(self) -> int:
        return amount_mg(self.figure)

    @property
    def citizens(self) -> int:
        return self.figure.citizens if self.figure else 0

    @property
    def activities(self) -> int:
        return self.figure.activities or 0 if self.figure else 0


def amount_mg(figure: CityFigure | None) -> int:
    return figure.reduction_mg or 0 if figure else 0


def columns(months: Sequence[tuple[date, CityFigure | None]]) -> list[Column]:
    """The months beside each other, the highest from bottom to top; what is hidden is half as high as there is room."""
    highest, place = max([1, *(amount_mg(figure) for _month, figure in months)]), 100 / len(months)
    return [
        _column(month, figure, place * position, place, amount_mg(figure) / highest)
        for position, (month, figure) in enumerate(months)
    ]


def _column(month: date, figure: CityFigure | None, left: float, place: float, share: float) -> Column:
    if figure and figure.hidden:
        share = 0.5
    height = (BOTTOM - TOP) * share
    return Column(
        month=month,
        figure=figure,
        x=_percent(left + place * (1 - COLUMN_SHARE) / 2),
        width=_percent(place * COLUMN_SHARE),
        middle=_percent(left + place / 2),
        y=_percent(BOTTOM - height),
        height=_percent(height),
    )


def lines(rows: Iterable[tuple[Any, str, CityFigure | None]]) -> list[Line]:
    """The largest first, then what brought nothing, what is hidden last."""
    found = [*rows]
    highest = max([1, *(amount_mg(figure) for _subject, _name, figure in found)])
    shades = levels([amount_mg(figure) for _subject, _name, figure in found])
    drawn = [
        Line(subject, name, figure, max(0, amount_mg(figure)) * 100 // highest, level)
        for (subject, name, figure), level in zip(found, shades, strict=True)
    ]
    return sorted(drawn, key=lambda line: (line.hidden, -line.amount_mg))


def levels(amounts: Sequence[int], steps: int = 4) -> list[int]:
    """The shade of each amount by rank, 1 to `steps`; 0 for nothing."""
    known = sorted(amount for amount in amounts if amount > 0)
    return [1 + known.index(amount) * steps // len(known) if amount > 0 else 0 for amount in amounts]


def key(drawn: Sequence[Line]) -> list[tuple[int, int, int]]:
    """The shades that are on the map, with the least and the most of each (mg)."""
    on_map = [line for line in drawn if line.level]
    found = {level: [line.amount_mg for line in on_map if line.level == level] for level in range(1, 5)}
    return [(level, min(amounts), max(amounts)) for level, amounts in found.items() if amounts]


def _percent(value: float) -> str:
    return f"{value:.2f}%"
