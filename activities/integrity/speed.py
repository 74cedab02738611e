"""Nobody cycles at 60 km/h: distance over duration must be possible in the scenario's mode."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Speed
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity

LEAST_S = 60
"""What a trip is taken to last that begins and ends at the same moment: some clocks tell whole minutes."""


class Limit(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    max_m_per_h: Speed


def judge(facts: Facts, open: Flags, settings: Mapping[int, Limit]) -> Found:
    limit = facts.by_scenario({scenario: each.max_m_per_h for scenario, each in settings.items()})
    duration_s = np.where(facts.duration_s == 0, LEAST_S, facts.duration_s)
    with np.errstate(invalid="ignore"):
        mask = open & (facts.distance_m >= 0) & (facts.distance_m * 3600.0 > limit * duration_s)

    def evidence(place: int) -> dict[str, Any]:
        speed = round(facts.distance_m[place] * 3600 / duration_s[place])
        return {"speed_m_per_h": speed, "speed_max_m_per_h": int(limit[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="speed_implausible",
    verdict=Activity.Status.REJECTED,
    name=_("too fast"),
    says=_("The trip was faster than this way of travel can be."),
    judge=judge,
    settings=Limit,
)
