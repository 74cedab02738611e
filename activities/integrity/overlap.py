"""One body, one trip: of trips that overlap in time the one with the better evidence counts, then the earlier."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.contest import pair_near, rank, settle
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


def judge(facts: Facts, open: Flags, settings: Mapping[int, Settings]) -> Found:
    trips = np.flatnonzero(open & facts.occupies_body & facts.among(settings))
    first, second = pair_near(facts.citizen[trips], facts.start_s[trips], facts.until_s[trips])
    lost, to = settle(trips[first], trips[second], rank(facts))

    def evidence(place: int) -> dict[str, Any]:
        return {"other_id": str(facts.ids[to[place]])}

    return Found(lost & ~facts.settled, evidence)


RULE = Rule(
    code="overlap",
    verdict=Activity.Status.REJECTED,
    name=_("two trips at the same time"),
    says=_("Another of your trips at the same time was counted already."),
    judge=judge,
)
