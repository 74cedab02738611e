"""Nobody ends a trip in one corner of the city and begins the next one in another a minute later."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.intake.geodesy import AREA_DEGREES, DEGREE_M
from activities.integrity.bounds import Speed
from activities.integrity.facts import Facts, Flags, Floats
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity

TRAIN_M_PER_H, BOARDING_S = 300_000, 600
PLANE_M_PER_H, CHECK_IN_S = 800_000, 3_600
CLOCKS_S = 300
"""So far apart are the clocks of two partners, with trips that are ended late."""


class Teleport(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The fastest that one can get by road from the end of a trip to the start of the next. Further away, fast trains
    and planes are faster, once one sits in them."""

    speed_max_m_per_h: Speed = 120_000


def judge(facts: Facts, open: Flags, settings: Mapping[int, Teleport]) -> Found:
    limit = facts.by_scenario({scenario: each.speed_max_m_per_h for scenario, each in settings.items()})
    begins, ends = facts.area("from_area"), facts.area("to_area")
    places = np.flatnonzero(open & facts.occupies_body & ~np.isnan(begins[0]) & ~np.isnan(ends[0]))
    before, after = places[:-1], places[1:]
    gap_s = np.maximum(facts.start_s[after] - facts.until_s[before], 0)
    apart_m = _apart_m(ends[:, before], begins[:, after])
    needs_s = _needs_s(apart_m, limit[after])
    with np.errstate(invalid="ignore"):
        leaps = (facts.citizen[before] == facts.citizen[after]) & (needs_s > gap_s + CLOCKS_S)
    found = {
        int(after[leap]): {
            "other_id": str(facts.ids[before[leap]]),
            "apart_m": round(apart_m[leap]),
            "gap_s": round(gap_s[leap]),
            "needs_s": round(needs_s[leap]),
        }
        for leap in np.flatnonzero(leaps)
    }
    mask = np.zeros(len(facts), np.bool_)
    mask[list(found)] = True
    return Found(mask, lambda place: found[place])


def _needs_s(apart_m: Floats, by_road_m_per_h: Floats) -> Floats:
    """How long it takes at least, by the fastest means."""
    by_train = BOARDING_S + apart_m * 3600 / TRAIN_M_PER_H
    by_plane = CHECK_IN_S + apart_m * 3600 / PLANE_M_PER_H
    needs: Floats = np.minimum(apart_m * 3600 / by_road_m_per_h, np.minimum(by_train, by_plane))
    return needs


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
