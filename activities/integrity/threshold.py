"""Trips that again and again end just after they begin to count are made for the reward."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count, Metres, Seconds
from activities.integrity.counting import number_within
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Threshold(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where the reward begins (s, m), how narrow the band above it is, and how many trips of a day may end in it."""

    begins_s: Seconds
    begins_m: Metres = 0
    band_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 25
    max_count: Count = 3


def judge(facts: Facts, open: Flags, settings: Mapping[int, Threshold]) -> Found:
    def limit(name: str) -> Any:
        return facts.by_scenario({scenario: getattr(each, name) for scenario, each in settings.items()})

    band = 1 + limit("band_percent") / 100
    with np.errstate(invalid="ignore"):
        short = (facts.duration_s >= limit("begins_s")) & (facts.duration_s < limit("begins_s") * band)
        short |= (facts.distance_m >= limit("begins_m")) & (facts.distance_m < limit("begins_m") * band)
    places = np.flatnonzero(open & short)
    order = places[np.lexsort((places, facts.scenario[places], facts.day[places], facts.citizen[places]))]
    number = np.zeros(len(facts), np.int64)
    number[order] = number_within([facts.citizen[order], facts.day[order], facts.scenario[order]]) + 1
    with np.errstate(invalid="ignore"):
        mask = number > limit("max_count")

    def evidence(place: int) -> dict[str, Any]:
        return {"times": int(number[place]), "begins_s": settings[int(facts.scenario[place])].begins_s}

    return Found(mask, evidence)


RULE = Rule(
    code="threshold",
    verdict=Activity.Status.HELD,
    name=_("just above the threshold"),
    says=_("Several of your trips that day ended just after they begin to count. A person looks at it."),
    judge=judge,
    settings=Threshold,
)
