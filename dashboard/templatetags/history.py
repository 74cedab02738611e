"""The parts of History that are written here: a template takes ten times as long for their hundreds of cells."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

import msgspec
from django import template
from django.template import Context
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

from config.templatetags.interface import icon, whole
from dashboard.history.drawing import Column, Drawing
from dashboard.history.heat import Calendar, Cell
from dashboard.statistics import Scene
from dashboard.templatetags.amounts import bar_label, dated, day_name, mass, month_name, weekday_letter

register = template.Library()


_HARMLESS = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}


@register.simple_tag(takes_context=True)
def asking(context: Context, **changes: Any) -> str:
    """What the page is asked for, with changes; None asks no more.

    Django's `querystring`, which copies the whole question each time: a page of History has thirty addresses.
    """
    asked = context["request"].GET.dict() | changes
    return "?" + urlencode({name: value for name, value in asked.items() if value is not None})


@register.simple_tag(takes_context=True)
def scene_filters(context: Context, scenes: Iterable[Scene], chosen: Scene | None) -> SafeString:
    """A link a scenario, which narrows the page to it."""
    asked = asking(context, scenario=None, after=None)
    link = escape(asked if asked == "?" else f"{asked}&")
    current = {False: "", True: ' aria-current="true"'}
    return _safe(
        f'<a class="filter tint-{each.tint}" id="scenario-{each.code}" href="{link}scenario={each.code}"'
        f"{current[each == chosen]}>{icon(each.icon)}{escape(each.name)}</a>"
        for each in scenes
    )


@register.simple_tag
def figure_script(figure: dict[str, Any]) -> SafeString:
    """Django's `json_script` for a figure, whose hundreds of numbers are plain."""
    text = msgspec.json.encode(figure).decode().translate(_HARMLESS)
    return mark_safe(f'<script id="figure" type="application/json">{text}</script>')  # noqa: S308  harmless


@register.simple_tag
def chart_bars(drawing: Drawing, address: str) -> SafeString:
    """Grid, bars and the line that is compared with; a bar is a link to its entries at `address`."""
    grid = "".join(
        f'<line class="rule" x1="11%" x2="100%" y1="{y}" y2="{y}"/>'
        f'<text class="number" x="9.5%" y="{y}" dy="0.35em">{number}</text>'
        for y, number in drawing.grid
    )
    link = escape(f"{address}&bar=")
    columns = "".join(_bar(column, link) + _tick(column) for column in drawing.columns)
    line = "".join(
        f'<line class="compared" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>' for (x1, y1), (x2, y2) in drawing.strokes
    )
    dots = "".join(f'<circle class="compared" cx="{x}" cy="{y}" r="3"/>' for x, y in drawing.dots)
    return _safe([f'<g aria-hidden="true">{grid}</g>', columns, line, dots])


def _bar(column: Column, link: str) -> str:
    if not column.parts:
        return ""
    name, mark, amount = escape(column.label.name), column.label.mark, escape(column.amount)
    place = f'x="{column.x}" width="{column.width}"'
    parts = "".join(
        f'<rect class="part tint-{part.tint}" {place} y="{part.y}" height="{part.height}" rx="3"/>'
        for part in column.parts
    )
    return (
        f'<a href="{link}{mark}#entries" data-bar="{mark}" aria-label="{name}: {amount}">'
        f'<title>{name} · {amount}</title><rect class="ground" {place} y="12%" height="78%"/>{parts}</a>'
    )


def _tick(column: Column) -> str:
    if not column.tick:
        return ""
    return f'<text class="tick" x="{column.middle}" y="98%" aria-hidden="true">{escape(column.tick)}</text>'


@register.simple_tag
def table_rows(rows: Sequence[dict[str, Any]], shown: Sequence[Scene], step: str, address: str) -> SafeString:
    """A row a bar: its name, what each scenario brought, their sum, that of the bar compared with, the points."""
    link = escape(f"{address}&bar=")
    return _safe(
        f'<tr><th scope="row"><a href="{link}{row["start"]}#entries">{escape(bar_label(row["start"], step))}</a></th>'
        + "".join(f'<td class="number">{text}</td>' for text in _cells(row, shown))
        + "</tr>"
        for row in rows
    )


def _cells(row: dict[str, Any], shown: Sequence[Scene]) -> Iterable[str]:
    for scene in shown:
        yield mass(row["cells"].get(scene.id))
    yield mass(row["total"].reduction_mg)
    if row["before_mg"] is not None:
        yield mass(row["before_mg"])
    yield whole(row["total"].points)


@register.simple_tag
def heat_months(calendar: Calendar) -> SafeString:
    """The names of months over their weeks; over a single week there is no room for one."""
    return _safe(
        f'<th scope="colgroup" colspan="{weeks}">{escape(month_name(month))}</th>' if weeks > 1 else "<td></td>"
        for month, weeks in calendar.months
    )


@register.simple_tag
def heat_rows(calendar: Calendar, today: date, address: str) -> SafeString:
    """The rows of a calendar of colours.

    A day with an amount is a link to its entries, for a pointer and for who reads the table; the keyboard has the
    form below it instead of a stop at every day.
    """
    link = escape(f"{address}&bar=")
    weekdays = [(dated(row[0].day, "l"), weekday_letter(row[0].day)) for row in calendar.rows if row[0]]
    cells = ["".join(_heat_cell(cell, today, link) for cell in row) for row in calendar.rows]
    return format_html_join(
        "\n",
        '<tr><th scope="row" aria-label="{}">{}</th>{}</tr>',
        ((*weekday, mark_safe(row)) for weekday, row in zip(weekdays, cells, strict=True)),  # noqa: S308  built below
    )


def _heat_cell(cell: Cell | None, today: date, link: str) -> str:
    if cell is None:
        return '<td class="none"></td>'
    mark = " today" if cell.day == today else ""
    if not cell.level:
        return f'<td class="level-0{mark}"></td>'
    says = escape(f"{day_name(cell.day)}: {mass(cell.reduction_mg)}")
    entries = f'<a href="{link}{cell.day}#entries" tabindex="-1" title="{says}">{says}</a>'
    return f'<td class="level-{cell.level}{mark}">{entries}</td>'


def _safe(parts: Iterable[str]) -> SafeString:
    """Text whose every part was escaped above."""
    return mark_safe("".join(parts))  # noqa: S308
