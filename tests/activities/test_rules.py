"""The contest of activities that cannot both stand, on columns alone."""

import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from activities.integrity import registry
from activities.integrity.contest import pair_near, settle
from activities.integrity.registry import SettingsInvalid

TRIPS = st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(1, 12), st.integers(0, 2))


@given(trips=st.lists(TRIPS, max_size=25))
def test_the_contest_decides_as_one_after_the_other_would(trips):
    trips = sorted(trips)
    citizen = np.array([trip[0] for trip in trips], np.int64)
    start = np.array([trip[1] for trip in trips], np.float64)
    until = start + np.array([trip[2] for trip in trips], np.float64)
    order = sorted(range(len(trips)), key=lambda place: (trips[place][3], place))
    ranks = np.empty(len(trips), np.int64)
    ranks[order] = np.arange(len(trips))
    standing: list[int] = []
    for place in order:
        if all(
            citizen[place] != citizen[other] or start[place] >= until[other] or start[other] >= until[place]
            for other in standing
        ):
            standing.append(place)
    lost, to = settle(*pair_near(citizen, start, until), ranks)
    assert sorted(standing) == np.flatnonzero(~lost).tolist()
    assert all(not lost[to[place]] for place in np.flatnonzero(lost))


@pytest.mark.parametrize(
    ("rule", "given", "names"),
    [
        ("speed_implausible", {"max_m_per_h": -1}, "max_m_per_h"),
        ("speed_implausible", {}, "max_m_per_h"),
        ("daily_cap", {"max_count": 3, "min": 1}, "min"),
        ("levitation", {}, "levitation"),
    ],
)
def test_settings_out_of_bounds_are_named(rule, given, names):
    with pytest.raises(SettingsInvalid, match=names):
        registry.parse(rule, given)


def test_the_document_tells_the_rules_in_the_order_in_which_they_judge():
    page = (Path(__file__).parents[2] / "docs" / "integrity.md").read_text(encoding="utf-8")
    table = page[page.index("## The rules") : page.index("## Measured")]
    verdicts = [(rule.code, str(rule.verdict)) for rule in registry.RULES]
    assert re.findall(r"^\| `(\w+)` \|.*\| (\w+) \|$", table, re.MULTILINE) == verdicts


def test_every_rule_and_setting_of_the_catalogue_is_within_its_bounds():
    catalogue = Path(__file__).parents[2] / "sandbox" / "catalogue" / "scenarios.yaml"
    for scenario in yaml.safe_load(catalogue.read_text(encoding="utf-8"))["scenarios"]:
        for rule, limits in scenario["rules"].items():
            assert registry.parse(rule, limits) is not None
