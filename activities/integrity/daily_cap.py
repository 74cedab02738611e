"""So many of one scenario on one city day are rewarded, and no more: the first ones."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count
from activities.integrity.counting import number_within
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Limit(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    max_count: Count


def judge(facts: Facts, open: Flags, settings: Mapping[int, Limit]) -> Found:
    limit = facts.by_scenario({scenario: each.max_count for scenario, each in settings.items()})
    places = np.flatnonzero(open & ~np.isnan(limit))
    order = places[
        np.lexsort((~facts.settled[places], facts.scenario[places], facts.day[places], facts.citizen[places]))
    ]
    mask = np.zeros(len(facts), np.bool_)
    mask[order] = number_within([facts.citizen[order], facts.day[order], facts.scenario[order]]) >= limit[order]

    def evidence(place: int) -> dict[str, Any]:
        return {"daily_count_max": int(limit[place])}

    return Found(mask & ~facts.settled, evidence)


RULE = Rule(
    code="daily_cap",
    verdict=Activity.Status.REJECTED,
    name=_("daily limit"),
    says=_("The daily limit for this kind of activity was reached."),
    judge=judge,
    settings=Limit,
)
