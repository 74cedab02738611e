"""A trip does not take half a day. A very long one is held: somebody may have forgotten to lock."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Seconds
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Limit(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    max_s: Seconds


def judge(facts: Facts, open: Flags, settings: Mapping[int, Limit]) -> Found:
    limit = facts.by_scenario({scenario: each.max_s for scenario, each in settings.items()})
    duration_s = facts.duration_s
    with np.errstate(invalid="ignore"):
        mask = open & (duration_s > limit)

    def evidence(place: int) -> dict[str, Any]:
        return {"duration_s": int(duration_s[place]), "duration_max_s": int(limit[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="duration_too_long",
    verdict=Activity.Status.HELD,
    name=_("unusually long"),
    says=_("The trip took unusually long. It waits for a check."),
    judge=judge,
    settings=Limit,
)
