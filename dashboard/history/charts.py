"""Charts as Plotly figures: rows in, a figure out. Pure; no database, no clock.

Colours are names of the stylesheet's tokens, `var(--tint-1)`, which the browser fills in: one figure serves the
light and the dark theme. Texts come from the caller, in the reader's language. Figures are plain dictionaries: Plotly's
own classes check every value, which took half of a page's time; the tests let them check ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

TRANSPARENT = "rgba(0,0,0,0)"
TINTS = 8
"""Tints that are told apart side by side."""
REST = 0
"""The tint of what is left when there are more than those."""
MG_PER_UNIT = {"g": 1_000, "kg": 1_000_000}


@dataclass(frozen=True, slots=True)
class Label:
    """What a bar is called: briefly below the axis, in full where there is room."""

    tick: str
    name: str
    mark: str = ""
    """What the page is asked for when the bar is tapped."""


@dataclass(frozen=True, slots=True)
class Line:
    """What the bars are compared with: its name, and mg by position of the bar."""

    name: str
    reduction_mg: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Stack:
    """One colour of a stacked chart: its name, its tint (1 to 8, or `REST`), and mg by position of the bar."""

    name: str
    tint: int
    reduction_mg: Mapping[int, int]

    @property
    def total_mg(self) -> int:
        return sum(self.reduction_mg.values())


@dataclass(frozen=True, slots=True)
class Texts:
    """Words of a figure: names of the units, and how a mass is written."""

    unit_names: Mapping[str, str]
    mass: Callable[[int], str]


def told_apart(stacks: Sequence[Stack], rest_name: str) -> list[Stack]:
    """The stacks, no two in one tint: the larger keeps its own, and what is left over is one, named `rest_name`."""
    by_size = sorted(stacks, key=lambda stack: -stack.total_mg)
    kept = by_size if len(by_size) <= TINTS else by_size[: TINTS - 1]
    own: dict[int, str] = {}
    for stack in kept:
        own.setdefault(stack.tint, stack.name)
    free = iter(tint for tint in range(1, TINTS + 1) if tint not in own)
    tints = {stack.name: stack.tint if own[stack.tint] == stack.name else next(free) for stack in kept}
    shown = [replace(stack, tint=tints[stack.name]) for stack in stacks if stack.name in tints]
    rest = [stack for stack in stacks if stack.name not in tints]
    return [*shown, _merged(rest, rest_name)] if rest else shown


def _merged(stacks: Sequence[Stack], name: str) -> Stack:
    positions = {position for stack in stacks for position in stack.reduction_mg}
    sums = {position: sum(stack.reduction_mg.get(position, 0) for stack in stacks) for position in sorted(positions)}
    return Stack(name, REST, sums)


def unit_for(totals_mg: Sequence[int]) -> str:
    """`kg` where the highest bar reaches one, else `g`."""
    return "kg" if max(totals_mg, default=0) >= MG_PER_UNIT["kg"] else "g"


def named(count: int) -> list[int]:
    """Which of so many bars are named below the axis: seven at most, the newest always."""
    step = max(1, -(-count // 7))
    return list(range((count - 1) % step, count, step))


def stacked_bars(
    labels: Sequence[Label], stacks: Sequence[Stack], texts: Texts, line: Line | None = None
) -> dict[str, Any]:
    """Bars of reductions, one per label, stacked by scenario. Returns the figure's JSON (`data`, `layout`)."""
    totals = [sum(stack.reduction_mg.get(position, 0) for stack in stacks) for position in range(len(labels))]
    unit = unit_for([*totals, *(line.reduction_mg.values() if line else ())])
    traces = [_trace(labels, stack, unit, texts) for stack in stacks]
    if line:
        traces.append(_line(labels, line, unit, texts))
    return {"data": traces, "layout": _layout(labels, texts.unit_names[unit])}


def _trace(labels: Sequence[Label], stack: Stack, unit: str, texts: Texts) -> dict[str, Any]:
    return _points(labels, stack.name, stack.reduction_mg, unit, texts) | {
        "type": "bar",
        "marker": {
            "color": f"var(--tint-{stack.tint})",
            "line": {"color": "var(--sheet)", "width": 1},
            "cornerradius": 3,
        },
    }


def _line(labels: Sequence[Label], line: Line, unit: str, texts: Texts) -> dict[str, Any]:
    return _points(labels, line.name, line.reduction_mg, unit, texts) | {
        "type": "scatter",
        "mode": "lines+markers",
        "line": {"color": "var(--accent)", "width": 2, "dash": "dot"},
        "marker": {"color": "var(--sheet)", "size": 7, "line": {"color": "var(--accent)", "width": 2}},
    }


def _points(
    labels: Sequence[Label], name: str, reduction_mg: Mapping[int, int], unit: str, texts: Texts
) -> dict[str, Any]:
    amounts = [reduction_mg.get(position, 0) for position in range(len(labels))]
    return {
        "name": name,
        "x": list(range(len(labels))),
        "y": [amount / MG_PER_UNIT[unit] for amount in amounts],
        "customdata": [
            [label.name, texts.mass(amount), label.mark] for label, amount in zip(labels, amounts, strict=True)
        ],
        # no <b>: Plotly would set a style attribute, which the content security policy forbids
        "hovertemplate": "%{customdata[0]}<br>%{fullData.name} · %{customdata[1]}<extra></extra>",
    }


def _layout(labels: Sequence[Label], unit_name: str) -> dict[str, Any]:
    shown = named(len(labels))
    return {
        "barmode": "stack",
        "bargap": 0.32,
        "showlegend": False,
        "dragmode": False,
        "paper_bgcolor": TRANSPARENT,
        "plot_bgcolor": TRANSPARENT,
        "margin": {"l": 8, "r": 4, "t": 26, "b": 8},
        "font": {"color": "var(--ink-soft)", "family": "var(--sans)", "size": 12},
        "hoverlabel": {
            "bgcolor": "var(--ink)",
            "bordercolor": "var(--ink)",
            "font": {"color": "var(--paper)", "family": "var(--sans)", "size": 13},
        },
        "xaxis": {
            "tickmode": "array",
            "tickvals": shown,
            "ticktext": [labels[position].tick for position in shown],
            "tickangle": 0,
            "fixedrange": True,
            "automargin": True,
            "range": [-0.6, len(labels) - 0.4],
            "showgrid": False,
            "zeroline": False,
            "linecolor": "var(--edge)",
        },
        "yaxis": {
            "rangemode": "tozero",
            "nticks": 5,
            "fixedrange": True,
            "automargin": True,
            "gridcolor": "var(--rule)",
            "zeroline": False,
            "title": None,
            "ticklabelstandoff": 6,
        },
        "annotations": [
            {
                "text": unit_name,
                "xref": "paper",
                "yref": "paper",
                "x": 0,
                "y": 1,
                "xanchor": "left",
                "yanchor": "bottom",
                "yshift": 6,
                "showarrow": False,
            }
        ],
    }
