"""A journey must lead somewhere: entering and leaving at one station is no trip."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Metres
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class SamePlace(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the straight line from start to end is known, it must be shorter than `near_m` as well.

    Stations are points; the places of rides are cells of a grid, within which one can travel. A track that leads
    `extent_m` away and back is a round trip, and no matter of this rule.
    """

    near_m: Metres = 50
    extent_m: Metres = 300


def judge(facts: Facts, open: Flags, settings: Mapping[int, SamePlace]) -> Found:
    near_m = facts.by_scenario({scenario: each.near_m for scenario, each in settings.items()})
    extent_m = facts.by_scenario({scenario: each.extent_m for scenario, each in settings.items()})
    with np.errstate(invalid="ignore"):
        near = (facts.displacement_m < 0) | (facts.displacement_m < near_m)
        round_trip = facts.track("extent_m") >= extent_m
    same = (facts.origin >= 0) & (facts.origin == facts.destination)
    return Found(open & facts.among(settings) & same & near & ~round_trip)


RULE = Rule(
    code="same_place",
    verdict=Activity.Status.REJECTED,
    name=_("nowhere"),
    says=_("It ended at the station or place where it began, so no journey was made."),
    judge=judge,
    settings=SamePlace,
)
