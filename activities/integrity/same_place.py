"""A journey must lead somewhere: entering and leaving at one station is no trip."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Metres
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class SamePlace(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the straight line from start to end is known, it must be shorter than this as well.

    Stations are points; the places of rides are cells of a grid, within which one can travel.
    """

    near_m: Metres = 50


def judge(facts: Facts, open: Flags, settings: Mapping[int, SamePlace]) -> Found:
    near_m = facts.by_scenario({scenario: each.near_m for scenario, each in settings.items()})
    with np.errstate(invalid="ignore"):
        near = (facts.displacement_m < 0) | (facts.displacement_m < near_m)
    return Found(open & facts.among(settings) & (facts.origin >= 0) & (facts.origin == facts.destination) & near)


RULE = Rule(
    code="same_place",
    verdict=Activity.Status.REJECTED,
    name=_("nowhere"),
    says=_("You entered and left at the same station, so no journey was made."),
    judge=judge,
    settings=SamePlace,
)
