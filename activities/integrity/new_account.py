"""An account that is a few days old is rewarded for a few activities a day; a person looks at the rest."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count
from activities.integrity.counting import number_within
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Ramp(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """For how many days after it was opened an account is new, and how many activities of a day it may have."""

    days: Annotated[int, msgspec.Meta(ge=1, le=90)] = 7
    max_count: Count = 6


def judge(facts: Facts, open: Flags, settings: Mapping[int, Ramp]) -> Found:
    days = facts.by_scenario({scenario: each.days for scenario, each in settings.items()})
    limit = facts.by_scenario({scenario: each.max_count for scenario, each in settings.items()})
    with np.errstate(invalid="ignore"):
        new = (facts.opened_day >= 0) & (facts.day >= facts.opened_day) & (facts.day < facts.opened_day + days)
    places = np.flatnonzero(open & new)
    order = places[np.lexsort((places, facts.scenario[places], facts.day[places], facts.citizen[places]))]
    number = np.zeros(len(facts), np.int64)
    number[order] = number_within([facts.citizen[order], facts.day[order], facts.scenario[order]]) + 1
    with np.errstate(invalid="ignore"):
        mask = number > limit

    def evidence(place: int) -> dict[str, Any]:
        return {"account_days": int(facts.day[place] - facts.opened_day[place]), "max_count": int(limit[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="new_account",
    verdict=Activity.Status.HELD,
    name=_("new account"),
    says=_("Your account is new, and this is more than usual for a day. A person looks at it."),
    judge=judge,
    settings=Ramp,
)
