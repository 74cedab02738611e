"""The rules in the order in which they judge; the first to find something decides."""

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity import (
    cadence,
    circling,
    daily_cap,
    duplicate,
    farming,
    hard_starts,
    mode,
    monthly_cap,
    new_account,
    overlap,
    same_place,
    shared_means,
    speed,
    teleport,
    thin_track,
    threshold,
    too_long,
    too_short,
)
from activities.integrity.facts import Facts
from activities.integrity.rule import Rule
from activities.models import RuleSetting
from config.problems import Problem

RULES: tuple[Rule, ...] = (
    same_place.RULE,
    too_short.RULE,
    speed.RULE,
    mode.RULE,
    too_long.RULE,
    duplicate.RULE,
    overlap.RULE,
    cadence.RULE,
    thin_track.RULE,
    hard_starts.RULE,
    circling.RULE,
    teleport.RULE,
    farming.RULE,
    threshold.RULE,
    shared_means.RULE,
    new_account.RULE,
    daily_cap.RULE,
    monthly_cap.RULE,
)
BY_CODE = {rule.code: rule for rule in RULES}


class SettingsInvalid(Problem):
    status, code, title = 422, "rule_settings_invalid", _("The settings of the rule are not valid.")


def parse(code: str, given: Any) -> Any:
    """A rule's checked settings. Raises SettingsInvalid, naming the setting and its bounds."""
    if code not in BY_CODE:
        raise SettingsInvalid(f"rule {code!r} is none of {', '.join(BY_CODE)}")
    try:
        return msgspec.convert(given, BY_CODE[code].settings)
    except msgspec.ValidationError as error:
        raise SettingsInvalid(str(error)) from error


@dataclass(frozen=True, slots=True)
class Judgement:
    """The decision against an activity, by its place in the facts."""

    place: int
    rule: Rule
    evidence: dict[str, Any]


class RuleBook:
    """The rules with their active settings by scenario. Read once a batch."""

    def __init__(self) -> None:
        self.settings: dict[str, dict[int, Any]] = {}
        for row in RuleSetting.objects.filter(active=True, rule__in=BY_CODE):
            self.settings.setdefault(row.rule, {})[row.scenario_id] = parse(row.rule, row.settings)

    @property
    def active(self) -> list[Rule]:
        return [rule for rule in RULES if rule.code in self.settings]

    @property
    def monthly(self) -> set[int]:
        """The scenarios of which some rule must see whole months."""
        return {scenario for rule in self.active if rule.window == "month" for scenario in self.settings[rule.code]}

    @property
    def reach_s(self) -> int:
        return max((rule.reach_s for rule in self.active), default=0)

    def judge(self, facts: Facts) -> list[Judgement]:
        """What speaks against activities; who is not in it is accepted, and so is what a person settled."""
        open_ = np.ones(len(facts), np.bool_)
        found: list[Judgement] = []
        for rule in self.active:
            result = rule.judge(facts, open_, self.settings[rule.code])
            mask = result.mask & open_ & ~facts.settled
            found += [Judgement(place, rule, result.evidence(place)) for place in np.flatnonzero(mask).tolist()]
            open_ &= ~mask
        return found
