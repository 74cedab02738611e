"""Nobody makes a trip in seconds: a lock that was opened and closed again is none."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Seconds
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Limit(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    min_s: Seconds


def judge(facts: Facts, open: Flags, settings: Mapping[int, Limit]) -> Found:
    limit = facts.by_scenario({scenario: each.min_s for scenario, each in settings.items()})
    duration_s = facts.duration_s
    with np.errstate(invalid="ignore"):
        mask = open & (duration_s < limit)

    def evidence(place: int) -> dict[str, Any]:
        return {"duration_s": int(duration_s[place]), "duration_min_s": int(limit[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="duration_too_short",
    verdict=Activity.Status.REJECTED,
    name=_("too short in time"),
    says=_("The trip is too short in time to be one."),
    judge=judge,
    settings=Limit,
)
