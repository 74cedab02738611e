"""The same way again and again on one day, there and back or one way, is no commute."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count
from activities.integrity.counting import number_within
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Farming(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How often one pair of places, in either direction, may be travelled on a day."""

    max_count: Count = 4


def judge(facts: Facts, open: Flags, settings: Mapping[int, Farming]) -> Found:
    limit = facts.by_scenario({scenario: each.max_count for scenario, each in settings.items()})
    places = np.flatnonzero(open & facts.among(settings) & (facts.origin >= 0) & (facts.destination >= 0))
    one = np.minimum(facts.origin[places], facts.destination[places])
    other = np.maximum(facts.origin[places], facts.destination[places])
    order = np.lexsort((other, one, facts.scenario[places], facts.day[places], facts.citizen[places]))
    sorted_ = places[order]
    keys = [facts.citizen[sorted_], facts.day[sorted_], facts.scenario[sorted_], one[order], other[order]]
    number = np.zeros(len(facts), np.int64)
    number[sorted_] = number_within(keys) + 1
    with np.errstate(invalid="ignore"):
        mask = number > limit

    def evidence(place: int) -> dict[str, Any]:
        return {"times": int(number[place]), "max_count": int(limit[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="farming",
    verdict=Activity.Status.HELD,
    name=_("the same way again and again"),
    says=_("You travelled the same way unusually often that day. A person looks at it."),
    judge=judge,
    settings=Farming,
)
