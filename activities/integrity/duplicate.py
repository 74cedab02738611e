"""One trip reported by two partners counts once: operator order beats payment beats phone."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Metres, Percent
from activities.integrity.contest import pair_near, rank, settle
from activities.integrity.facts import Facts, Flags, Integers
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Duplicate(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How near two reports must be: starts and ends, and distances by share of the longer one and in metres.

    A report without an end, as a payment is, may lie anywhere within the other one: some pay as they leave.
    """

    near_s: Annotated[int, msgspec.Meta(ge=0, le=3_600)] = 180
    distance_percent: Percent = 25
    distance_m: Metres = 300


def judge(facts: Facts, open: Flags, settings: Mapping[int, Duplicate]) -> Found:
    places = np.flatnonzero(open & facts.among(settings))
    near_s = facts.by_scenario({scenario: each.near_s for scenario, each in settings.items()})
    over_s = np.where(facts.has_end, facts.until_s, facts.start_s)[places]
    until_s = np.nextafter(over_s + near_s[places], np.inf)
    first, second = pair_near(facts.citizen[places], facts.start_s[places], until_s)
    first, second = places[first], places[second]
    same = (facts.partner[first] != facts.partner[second]) & (facts.scenario[first] == facts.scenario[second])
    same &= _times_near(facts, first, second, near_s) & _distances_near(facts, first, second, settings)
    lost, to = settle(first[same], second[same], rank(facts))

    def evidence(place: int) -> dict[str, Any]:
        return {"other_id": str(facts.ids[to[place]])}

    return Found(lost & ~facts.settled, evidence)


def _times_near(facts: Facts, first: Integers, second: Integers, near_s: Any) -> Flags:
    """Of pairs of which the second begins before the first is over, or soon after."""
    within = facts.has_end[first] & ~facts.has_end[second]
    starts_near = facts.start_s[second] - facts.start_s[first] <= near_s[first]
    both_end = facts.has_end[first] & facts.has_end[second]
    ends_near = np.abs(facts.until_s[first] - facts.until_s[second]) <= near_s[first]
    near: Flags = within | (starts_near & (~both_end | ends_near))
    return near


def _distances_near(facts: Facts, first: Integers, second: Integers, settings: Mapping[int, Duplicate]) -> Flags:
    one, other = facts.distance_m[first], facts.distance_m[second]
    share = facts.by_scenario({scenario: each.distance_percent / 100 for scenario, each in settings.items()})[first]
    metres = facts.by_scenario({scenario: each.distance_m for scenario, each in settings.items()})[first]
    near: Flags = (one < 0) | (other < 0) | (np.abs(one - other) <= np.maximum(metres, share * np.maximum(one, other)))
    return near


RULE = Rule(
    code="duplicate",
    verdict=Activity.Status.REJECTED,
    name=_("one trip reported twice"),
    says=_("Another partner reported the same trip; it counts once."),
    judge=judge,
    settings=Duplicate,
    reach_s=3_600,
)
