"""So many of one scenario in a calendar month are rewarded, and no more: the first ones."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count
from activities.integrity.counting import number_within
from activities.integrity.facts import Facts, Flags, Integers
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity

EPOCH = date(1970, 1, 1).toordinal()


class Limit(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    max_count: Count


def judge(facts: Facts, open: Flags, settings: Mapping[int, Limit]) -> Found:
    limit = facts.by_scenario({scenario: each.max_count for scenario, each in settings.items()})
    places = np.flatnonzero(open & ~np.isnan(limit))
    month = _month(facts.day[places])
    order = np.lexsort((places, ~facts.settled[places], facts.scenario[places], month, facts.citizen[places]))
    sorted_ = places[order]
    mask = np.zeros(len(facts), np.bool_)
    number = number_within([facts.citizen[sorted_], month[order], facts.scenario[sorted_]])
    mask[sorted_] = number >= limit[sorted_]

    def evidence(place: int) -> dict[str, Any]:
        return {"monthly_count_max": int(limit[place])}

    return Found(mask & ~facts.settled, evidence)


def _month(day: Integers) -> Integers:
    """The month of proleptic ordinal days, counted from January 1970."""
    return (day - EPOCH).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


RULE = Rule(
    code="monthly_cap",
    verdict=Activity.Status.REJECTED,
    name=_("monthly limit"),
    says=_("The monthly limit for this kind of activity was reached."),
    judge=judge,
    settings=Limit,
    window="month",
)
