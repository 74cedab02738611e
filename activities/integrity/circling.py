"""Riding in circles: laps over the same ground, or a long way that ends where it began, move nobody anywhere."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count, Metres, Percent
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Circling(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A way is suspicious with more returns to its start, within a small extent, or long, going nowhere and repeating.

    `straight_min_percent`: what the straight line from start to end must be of the distance, where the distance is
    at least `long_m`. With a track, `repeated_max_percent` of it may run where it ran before; without one the
    straight line alone decides.
    """

    returns_max: Count = 2
    extent_min_m: Metres = 150
    long_m: Metres = 3_000
    straight_min_percent: Percent = 10
    repeated_max_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] = 60


def judge(facts: Facts, open: Flags, settings: Mapping[int, Circling]) -> Found:
    def limit(name: str) -> Any:
        return facts.by_scenario({scenario: getattr(each, name) for scenario, each in settings.items()})

    returns, repeated, extent_m = facts.track("returns"), facts.track("repeated_pct"), facts.track("extent_m")
    known = (facts.distance_m >= 0) & (facts.displacement_m >= 0)
    with np.errstate(invalid="ignore"):
        nowhere = known & (facts.distance_m >= limit("long_m"))
        nowhere &= facts.displacement_m * 100 < facts.distance_m * limit("straight_min_percent")
        laps = (repeated > limit("repeated_max_percent")) | np.isnan(repeated)
        on_the_spot = ~np.isnan(returns) & (extent_m < limit("extent_min_m"))
        mask = open & facts.among(settings) & ((returns > limit("returns_max")) | on_the_spot | (nowhere & laps))

    def evidence(place: int) -> dict[str, Any]:
        found = {"distance_m": int(facts.distance_m[place]), "displacement_m": int(facts.displacement_m[place])}
        if not np.isnan(returns[place]):
            found |= {"returns": int(returns[place]), "repeated_pct": int(repeated[place])}
            found["extent_m"] = int(extent_m[place])
        return found

    return Found(mask, evidence)


RULE = Rule(
    code="circling",
    verdict=Activity.Status.HELD,
    name=_("riding in circles"),
    says=_("The trip went round and round and ended near where it began. A person looks at it."),
    judge=judge,
    settings=Circling,
)
