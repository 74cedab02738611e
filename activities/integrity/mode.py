"""A "bike" at 60 km/h is a car: the speeds and accelerations of a track must be possible in the scenario's mode."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Speed
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Mode(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Limits for the speed that a track exceeds in 5 % of its moving time, and for such an acceleration."""

    speed_p95_max_m_per_h: Speed
    acceleration_p95_max_mm_per_s2: Annotated[int, msgspec.Meta(ge=100, le=20_000)] = 2_500


def judge(facts: Facts, open: Flags, settings: Mapping[int, Mode]) -> Found:
    speed, acceleration = facts.track("speed_p95_m_per_h"), facts.track("acceleration_p95_mm_per_s2")
    speed_max = facts.by_scenario({scenario: each.speed_p95_max_m_per_h for scenario, each in settings.items()})
    acceleration_max = facts.by_scenario(
        {scenario: each.acceleration_p95_max_mm_per_s2 for scenario, each in settings.items()}
    )
    with np.errstate(invalid="ignore"):
        mask = open & ((speed > speed_max) | (acceleration > acceleration_max))

    def evidence(place: int) -> dict[str, Any]:
        if speed[place] > speed_max[place]:
            return {"speed_p95_m_per_h": int(speed[place]), "speed_p95_max_m_per_h": int(speed_max[place])}
        found = {"acceleration_p95_mm_per_s2": int(acceleration[place])}
        return found | {"acceleration_p95_max_mm_per_s2": int(acceleration_max[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="mode_implausible",
    verdict=Activity.Status.REJECTED,
    name=_("another way of travel"),
    says=_("The track is faster than this way of travel can be, as if by car."),
    judge=judge,
    settings=Mode,
)
