"""The replay benchmark compares like with like: loop and replay find the same change."""

from datetime import date

import pytest

from activities.methodologies import replay
from activities.methodologies.replay import Period
from activities.models import Methodology
from sandbox.benchmarks import replay as benchmark


@pytest.mark.django_db
def test_the_loop_finds_what_the_replay_finds():
    booked = Methodology.objects.select_related("scenario").get(scenario__code="shared-bike", version=1)
    benchmark._fill(booked, citizens=3, days=4)
    parameters = {**booked.parameters, "baseline_g_per_km": "43.7"}
    draft = Methodology(scenario=booked.scenario, version=2, family=booked.family, parameters=parameters)
    period = Period(date(2016, 8, 1), date(2016, 8, 4))
    result = replay.run([draft], period)
    assert result["activities"] == 36
    assert benchmark._loop(draft, period, 100) == result["change_mg"] > 0
    assert replay.run([booked], period)["change_mg"] == 0
