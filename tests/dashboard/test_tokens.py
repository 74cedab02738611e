"""Colours of the stylesheet: tints are told apart, also without red or green, and what has a meaning is seen."""

import itertools
import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "config" / "static" / "css"
TINTS = [f"tint-{number}" for number in range(1, 9)]
NO_GREEN = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))
NO_RED = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
"""Machado, Oliveira, Fernandes 2009, the severest forms."""


def tokens(theme: str) -> dict[str, str]:
    sheets = [(CSS / "app.css").read_text()] + ([(CSS / "dark.css").read_text()] if theme == "dark" else [])
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", "".join(sheets)))


def linear(colour: str) -> list[float]:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        red, green, blue = linear(colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def seen(rgb: list[float], by: tuple[tuple[float, ...], ...]) -> list[float]:
    return [max(0.0, sum(share * part for share, part in zip(row, rgb, strict=True))) for row in by]


def oklab(rgb: list[float]) -> list[float]:
    cones = seen(rgb, ((0.41222, 0.53633, 0.05145), (0.21190, 0.68070, 0.10740), (0.08830, 0.28172, 0.62998)))
    long, medium, short = (part ** (1 / 3) for part in cones)
    return [
        0.21045 * long + 0.79362 * medium - 0.00407 * short,
        1.97800 * long - 2.42859 * medium + 0.45059 * short,
        0.02590 * long + 0.78277 * medium - 0.80868 * short,
    ]


def distance(one: list[float], other: list[float]) -> float:
    return 100 * sum((a - b) ** 2 for a, b in zip(oklab(one), oklab(other), strict=True)) ** 0.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_tints_are_told_apart(theme):
    values = tokens(theme)
    for one, other in itertools.combinations(TINTS, 2):
        a, b = linear(values[one]), linear(values[other])
        assert distance(a, b) > 12, (one, other)
        assert min(distance(seen(a, by), seen(b, by)) for by in (NO_GREEN, NO_RED)) > 6, (one, other)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", [*TINTS, "edge", "heat-3", "heat-4", "green", "accent"])
def test_what_has_a_meaning_is_seen_on_every_ground(theme, name):
    """WCAG 1.4.11; heat 0 to 2 have an edge of heat 3, bars of last week and rests one of `edge`."""
    values = tokens(theme)
    assert all(contrast(values[name], values[ground]) >= 3 for ground in ("sheet", "paper")), name
