"""A track with a point every few minutes proves neither the way nor the mode: a person looks at it."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Seconds
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Thin(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many metres a point may stand for at most, and how long a track may be silent."""

    m_per_point_max: Annotated[int, msgspec.Meta(ge=10, le=10_000)] = 250
    gap_max_s: Seconds = 300


def judge(facts: Facts, open: Flags, settings: Mapping[int, Thin]) -> Found:
    points, length_m, gap_s = facts.track("points"), facts.track("distance_m"), facts.track("gap_max_s")
    stands_for = facts.by_scenario({scenario: each.m_per_point_max for scenario, each in settings.items()})
    silence = facts.by_scenario({scenario: each.gap_max_s for scenario, each in settings.items()})
    with np.errstate(invalid="ignore"):
        mask = open & ((length_m > stands_for * points) | (gap_s > silence))

    def evidence(place: int) -> dict[str, Any]:
        return {"points": int(points[place]), "distance_m": int(length_m[place])} | (
            {} if np.isnan(gap_s[place]) else {"gap_max_s": int(gap_s[place])}
        )

    return Found(mask, evidence)


RULE = Rule(
    code="thin_track",
    verdict=Activity.Status.HELD,
    name=_("too few points"),
    says=_("The track has too few points to show how you travelled. A person looks at it."),
    judge=judge,
    settings=Thin,
)
