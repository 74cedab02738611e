"""A journey must lead somewhere: entering and leaving at one station is no trip."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Metres
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class SamePlace(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the straight line from start to end is known, it alone says: it must not be shorter than `near_m`.

    Stations are points; the places of rides are cells of a grid, within which one can travel, and across whose edges
    one can step. A track that leads `extent_m` away and back is a round trip, and no matter of this rule.
    """

    near_m: Metres = 50
    extent_m: Metres = 300


def judge(facts: Facts, open: Flags, settings: Mapping[int, SamePlace]) -> Found:
    near_m = facts.by_scenario({scenario: each.near_m for scenario, each in settings.items()})
    extent_m = facts.by_scenario({scenario: each.extent_m for scenario, each in settings.items()})
    known = facts.displacement_m >= 0
    same = (facts.origin >= 0) & (facts.origin == facts.destination)
    with np.errstate(invalid="ignore"):
        nowhere = np.where(known, facts.displacement_m < near_m, same)
        round_trip = facts.track("extent_m") >= extent_m
    mask = open & facts.among(settings) & nowhere & ~round_trip

    def evidence(place: int) -> dict[str, Any]:
        if not known[place]:
            return {"same_place": True}
        return {"displacement_m": int(facts.displacement_m[place]), "near_m": int(near_m[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="same_place",
    verdict=Activity.Status.REJECTED,
    name=_("nowhere"),
    says=_("It ended at the station or place where it began, so no journey was made."),
    judge=judge,
    settings=SamePlace,
)
