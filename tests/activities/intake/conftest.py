"""The feeds of docs/feeds, as strangers would write them, and a way to read a sample with one."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from activities.intake import formats, sidecars
from activities.intake.preview import Preview, preview

FEEDS = Path(__file__).resolve().parents[3] / "docs" / "feeds"
SCENARIOS = {
    "shared-bike",
    "metro",
    "bus",
    "walking",
    "no-cutlery",
    "carpool",
    "ev-charging",
    "recycling",
    "e-ticket",
    "e-invoice",
    "green-card",
}


def declared() -> dict[str, dict]:
    return {
        feed["code"]: feed["format"] for path in sorted(FEEDS.glob("*.yaml")) for feed in sidecars.load(path)["feeds"]
    }


@pytest.fixture
def understand() -> Callable[..., Preview]:
    """Reads a body with a feed of docs/feeds, or with a format given as it is."""

    def read(feed: str | dict, body: bytes) -> Preview:
        parsed = formats.parse(declared()[feed] if isinstance(feed, str) else feed)
        return preview(io.BytesIO(body), len(body), parsed, SCENARIOS)

    return read
