"""A journey must lead somewhere: entering and leaving at one station is no trip."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity


def judge(facts: Facts, open: Flags, settings: Mapping[int, Settings]) -> Found:
    return Found(open & facts.among(settings) & (facts.origin >= 0) & (facts.origin == facts.destination))


RULE = Rule(
    code="same_place",
    verdict=Activity.Status.REJECTED,
    name=_("nowhere"),
    says=_("You entered and left at the same station, so no journey was made."),
    judge=judge,
)
