"""A scooter may keep to the speed of a bike, but it starts harder, at light after light, than legs can."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class HardStarts(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The hardest that the middle one of the starts of a track may be, and from how many starts on it is judged.

    A track whose points are too far apart tells no starts (activities/intake/starts.py).
    """

    start_p50_max_mm_per_s2: Annotated[int, msgspec.Meta(ge=500, le=10_000)] = 1_250
    starts_min: Count = 5


def judge(facts: Facts, open: Flags, settings: Mapping[int, HardStarts]) -> Found:
    starts, middle = facts.track("starts"), facts.track("start_p50_mm_per_s2")
    hardest = facts.by_scenario({scenario: each.start_p50_max_mm_per_s2 for scenario, each in settings.items()})
    fewest = facts.by_scenario({scenario: each.starts_min for scenario, each in settings.items()})
    with np.errstate(invalid="ignore"):
        mask = open & (starts >= fewest) & (middle > hardest)

    def evidence(place: int) -> dict[str, Any]:
        found = {"starts": int(starts[place]), "start_p50_mm_per_s2": int(middle[place])}
        return found | {"start_p50_max_mm_per_s2": int(hardest[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="hard_starts",
    verdict=Activity.Status.HELD,
    name=_("starting too hard"),
    says=_("Again and again it started off harder than this way of travel can. A person looks at it."),
    judge=judge,
    settings=HardStarts,
)
