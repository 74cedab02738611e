"""Writes what was measured of the rules into docs/integrity.md, between two marks."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from sandbox.benchmarks.integrity import FASTEST_KM_PER_H

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "integrity.md"
BEGIN, END = "<!-- begin: manage.py bench integrity --docs -->", "<!-- end -->"


def write(figures: dict[str, Any]) -> None:
    """Replace what stands between the marks. Raises ValueError where the document has none."""
    before, _begin, rest = DOCUMENT.read_text().partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{DOCUMENT} has no place for the tables")
    DOCUMENT.write_text(f"{before}{BEGIN}\n{render(figures)}\n{END}{after}")


def render(figures: dict[str, Any]) -> str:
    lines = [
        f"Played: {figures['cases']} cheats and as many honest look-alikes of each kind.",
        "",
        *_played(figures["rules"]),
        "",
    ]
    real = figures["real"]
    return "\n".join([*lines, *(_real(real) if isinstance(real, dict) else [f"Real data: {real}."])])


def _played(rules: dict[str, dict[str, Any]]) -> Iterator[str]:
    names = ("found", "stopped", "recall", "recall_of_all", "precision", "hurt", "hurt_by_any")
    yield "| kind | cheats | found by it | by any rule | recall | of all rules | precision | honest | hurt | by any |"
    yield "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
    for rule, figures in rules.items():
        found, stopped, *shares, hurt, hurt_by_any = (_plain(figures[name]) for name in names)
        yield _line([f"`{rule}`", figures["cheats"], found, stopped, *shares, figures["honest"], hurt, hurt_by_any])


def _real(samples: dict[str, dict[str, Any]]) -> Iterator[str]:
    yield "| data | honest | activities | accepted | held | rejected | stopped | by rule |"
    yield "|---|---|--:|--:|--:|--:|--:|---|"
    for name, figures in samples.items():
        counts = [f"{figures[each]:,}" for each in ("activities", "accepted", "held", "rejected")]
        reasons = ", ".join(f"`{rule}` {count}" for rule, count in figures["reasons"].items())
        honest = "yes" if figures["honest"] else "no"
        yield _line([f"`{name}`", honest, *counts, f"{figures['stopped_percent']} %", reasons])
    wide = samples["mobike_wide"]
    yield ""
    yield (
        f"Of the {wide['plausible']:,} rides of `mobike_wide` that a person can have made (not on two bikes at once,"
        f" within a day, not above {FASTEST_KM_PER_H} km/h) {wide['plausible_stopped']:,} are stopped:"
        f" {100 * wide['plausible_stopped'] / wide['plausible']:.2f} %."
    )


def _plain(value: float | None) -> str:
    return "–" if value is None else str(value)


def _line(cells: Iterable[Any]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
