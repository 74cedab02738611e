"""One card, account or phone behind many accounts: rewards of a whole dormitory of accounts go to one person."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.bounds import Count
from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


class Shared(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many accounts one card may serve, to pay with or to be paid to, or one phone; a family shares one."""

    means: Literal["payer", "device"] = "payer"
    max_accounts: Count = 4


def judge(facts: Facts, open: Flags, settings: Mapping[int, Shared]) -> Found:
    limit = facts.by_scenario({scenario: each.max_accounts for scenario, each in settings.items()})
    by_device = facts.among({scenario: 0 for scenario, each in settings.items() if each.means == "device"})
    sharers = np.where(by_device, facts.device_accounts, facts.payer_accounts)
    with np.errstate(invalid="ignore"):
        mask = open & (sharers > limit)

    def evidence(place: int) -> dict[str, Any]:
        return {"accounts": int(sharers[place]), "max_accounts": int(limit[place])}

    return Found(mask, evidence)


RULE = Rule(
    code="shared_means",
    verdict=Activity.Status.HELD,
    name=_("shared by many accounts"),
    says=_("The card, account or phone behind it is used by many people. A person looks at it."),
    judge=judge,
    settings=Shared,
)
