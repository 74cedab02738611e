"""What a rule is: a query that finds the undecided activities of a batch that break it."""

from dataclasses import dataclass
from typing import Any

from activities.models import Activity


@dataclass(frozen=True)
class Rule:
    """`sql` selects (activity_id, evidence jsonb) from `stage_activity` rows with `verdict IS NULL`.

    `says` is the reason in words a citizen understands. A rule with `repeat` runs until it finds no more,
    since a decision on one activity can clear the next.
    """

    code: str
    verdict: Activity.Status
    says: Any
    sql: str
    repeat: bool = False
