"""What a rule is: a pure function over the facts that finds what breaks it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from activities.integrity.facts import Facts, Flags
from activities.models import Activity


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a rule that has none. A rule with parameters subclasses it; each must check its bounds."""


def no_evidence(_place: int) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Found:
    """Which activities break the rule; `evidence` tells of one, by its place, what was found."""

    mask: Flags
    evidence: Callable[[int], dict[str, Any]] = field(default=no_evidence)


Judge = Callable[[Facts, Flags, Mapping[int, Any]], Found]


@dataclass(frozen=True, slots=True)
class Rule:
    """`judge(facts, open, settings)`: `open` marks what no earlier rule decided, `settings` are by scenario.

    A rule applies to the scenarios that have settings for it. `says` is the reason in words a citizen understands.
    With `window` "month" it sees whole months of a citizen; `reach_s` is how far apart two activities of
    neighbouring days can be for one to matter to the other.
    """

    code: str
    verdict: Activity.Status
    name: Any
    says: Any
    judge: Judge
    settings: type[Settings] = Settings
    window: Literal["day", "month"] = "day"
    reach_s: int = 0
