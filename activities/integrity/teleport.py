"""Nobody ends a trip in one corner of the city and begins the next one in another a minute later."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.intake.geodesy import AREA_DEGREES, DEGREE_M
from activities.integrity.bounds import Speed
from activities.integrity.facts import Facts, Flags, Floats
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity

GRACE_S = 600


class Teleport(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fastest that one can get from the end of a trip to the start of the next."""

    speed_max_m_per_h: Speed = 150_000


def judge(facts: Facts, open: Flags, settings: Mapping[int, Teleport]) -> Found:
    limit = facts.by_scenario({scenario: each.speed_max_m_per_h for scenario, each in settings.items()})
    begins, ends = facts.area("from_area"), facts.area("to_area")
    places = np.flatnonzero(open & facts.occupies_body & ~np.isnan(begins[0]) & ~np.isnan(ends[0]))
    before, after = places[:-1], places[1:]
    gap_s = np.maximum(facts.start_s[after] - facts.until_s[before], 0) + GRACE_S
    apart_m = _apart_m(ends[:, before], begins[:, after])
    with np.errstate(invalid="ignore"):
        leaps = (facts.citizen[before] == facts.citizen[after]) & (apart_m * 3600 > limit[after] * gap_s)
    other = dict(zip(after[leaps].tolist(), before[leaps].tolist(), strict=True))
    distance_m = dict(zip(after[leaps].tolist(), apart_m[leaps].tolist(), strict=True))
    mask = np.zeros(len(facts), np.bool_)
    mask[after[leaps]] = True

    def evidence(place: int) -> dict[str, Any]:
        return {"other_id": str(facts.ids[other[place]]), "apart_m": round(distance_m[place])}

    return Found(mask, evidence)


def _apart_m(one: Floats, other: Floats) -> Floats:
    """At least how far two areas are apart: between their nearest edges."""
    steps = np.maximum(np.abs(one - other) - 1, 0) * AREA_DEGREES * DEGREE_M
    east = steps[0] * np.cos(np.radians(one[1] * AREA_DEGREES))
    apart: Floats = np.hypot(east, steps[1])
    return apart


RULE = Rule(
    code="teleport",
    verdict=Activity.Status.HELD,
    name=_("a leap between trips"),
    says=_("This trip began far from where your last one had just ended. A person looks at it."),
    judge=judge,
    settings=Teleport,
    reach_s=7_200,
)
