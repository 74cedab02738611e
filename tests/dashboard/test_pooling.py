"""Beside an entry a citizen reads whether it can become part of a carbon project, and why not."""

import pytest
from django.utils import translation

from activities.models import Scenario


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_scenario_says_whether_it_can_be_pooled_and_why(db, language):
    with translation.override(language):
        for scenario in Scenario.objects.all():
            words = scenario.pooling
            assert words.startswith(("可以", "Yes") if scenario.poolable else ("不可以", "暂不可以", "No"))
