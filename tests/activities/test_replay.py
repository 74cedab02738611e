"""Replay: what another version would have made of a period, to the milligram and point, with nothing written."""

from datetime import date

import pytest

from activities.methodologies import replay
from activities.methodologies.replay import Period
from activities.models import Methodology, Reduction, Tally
from tests.activities.conftest import rides, take_in

AUGUST = Period(date(2016, 8, 1), date(2016, 8, 31))


@pytest.fixture
def booked() -> Methodology:
    return Methodology.objects.select_related("scenario").get(scenario__code="shared-bike")


@pytest.fixture
def draft(booked) -> Methodology:
    """35 g/km instead of 33.88."""
    return Methodology(
        scenario=booked.scenario,
        version=2,
        family=booked.family,
        parameters={**booked.parameters, "baseline_g_per_km": "43.7"},
        valid_from=booked.valid_from,
        source_zh="测试",
        source_en="test",
    )


@pytest.fixture
def ridden(bike_feed, alice, bob, link):
    link(alice, bike_feed, "a")
    link(bob, bike_feed, "b")
    take_in(
        bike_feed,
        rides(
            ("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "3.000"),
            ("2", "a", "2016-08-02 07:00", "2016-08-02 07:20", "2.000"),
            ("3", "b", "2016-08-03 07:00", "2016-08-03 07:20", "1.000"),
            ("4", "b", "2016-08-03 07:00", "2016-08-03 07:01", "0.100"),  # too short
            ("5", "b", "2016-09-01 07:00", "2016-09-01 07:20", "1.000"),  # another month
        ),
    )


def test_a_draft_is_replayed_to_the_milligram(ridden, booked, draft):
    rows = Reduction.objects.count()
    result = replay.run([draft], AUGUST)
    assert (result["activities"], result["lacking_input"], result["citizens"]) == (3, 0, 2)
    assert (result["before_mg"], result["after_mg"], result["change_mg"]) == (203_280, 210_000, 6_720)
    assert result["scenarios"][0]["changed"] == 3
    # Alice carries 9,400 mg: 5,600 more make a point; Bob carries 7,760 mg and 1,120 more make none
    assert [tally.remainder_mg for tally in Tally.objects.order_by("-reduction_mg")] == [9_400, 7_760]
    assert result["points"] == {"mg_per_point": 10_000, "change": 1, "gained": 1, "lost": 0}
    assert [change["change_mg"] for change in result["largest"]] == [3_360, 2_240, 1_120]
    assert [decile["winners"] for decile in result["deciles"]] == [1, 1]
    assert Reduction.objects.count() == rows


def test_the_published_version_replays_to_what_is_booked(ridden, booked):
    result = replay.run([booked], AUGUST)
    assert (result["change_mg"], result["points"]["change"], result["largest"]) == (0, 0, [])
