"""Replays kept for the admin: run once, with their result; a broken version fails with its reason."""

from datetime import date

import pytest

from activities.methodologies import replays
from activities.methodologies.replay import Period, ReplayUnfit
from activities.models import Methodology, Replay
from tests.activities.conftest import rides, take_in

AUGUST = Period(date(2016, 8, 1), date(2016, 8, 31))


@pytest.fixture
def version(bike_feed, alice, link) -> Methodology:
    link(alice, bike_feed, "a")
    take_in(bike_feed, rides(("1", "a", "2016-08-01 07:00", "2016-08-01 07:20", "3.000")))
    return Methodology.objects.select_related("scenario").get(scenario__code="shared-bike", version=1)


def test_a_replay_is_kept_run_once_and_its_result_stays(version, make_staff):
    kept = replays.request([version], AUGUST, make_staff("desk"))
    assert (kept.state, kept.expected) == ("waiting", 1)
    done = replays.run(kept.pk)
    assert (done.state, done.done, done.result["before_mg"]) == ("done", 1, 101_640)
    assert replays.run(kept.pk).finished_at == done.finished_at


def test_a_period_that_ends_before_it_begins_is_refused(version, make_staff):
    with pytest.raises(ReplayUnfit):
        replays.request([version], Period(AUGUST.last, AUGUST.first), make_staff("desk"))
    assert not Replay.objects.exists()


def test_what_cannot_be_computed_fails_with_a_reason(version, make_staff):
    kept = replays.request([version], AUGUST, make_staff("desk"))
    broken = Methodology.objects.create(
        scenario=version.scenario, version=9, family="distance_shift", parameters={}, valid_from=version.valid_from
    )
    kept.versions.set([broken])
    failed = replays.run(kept.pk)
    assert failed.state == "failed"
    assert "missing required field" in failed.failure
