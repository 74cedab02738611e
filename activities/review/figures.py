"""How often each rule spoke, and how often a person found it wrong."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from activities.integrity import reasons
from activities.models import Activity, Appeal, Decision, Finding


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """Of the period: activities the rule stopped, those a person has decided, those it was wrong about.

    What a person has counted has no finding any more and is added to what is stopped still.

    `open_appeals` are of all times. `false_positive_rate` is of the decided; None before the first.
    """

    code: str
    name: str
    says: str
    found: int
    decided: int
    overturned: int
    open_appeals: int

    @property
    def false_positive_rate(self) -> float | None:
        return self.overturned / self.decided if self.decided else None

    @property
    def percentage(self) -> str:
        """The rate as people write it; empty before the first decision."""
        return "" if self.false_positive_rate is None else f"{self.false_positive_rate:.1%}"


def of_rules(since: datetime) -> list[RuleFigures]:
    """The figures of every reason from `since` on, in the order in which rules judge. Three queries."""
    found = dict(
        Finding.objects.filter(created_at__gte=since).values_list("rule").annotate(count=Count("id")).order_by()
    )
    decided = {
        rule: (count, overturned)
        for rule, count, overturned in Decision.objects.filter(created_at__gte=since)
        .exclude(overruled="")
        .values_list("overruled")
        .annotate(
            count=Count("activity_id", distinct=True),
            overturned=Count("activity_id", distinct=True, filter=Q(verdict=Activity.Status.ACCEPTED)),
        )
        .order_by()
    }
    appeals = dict(Appeal.objects.filter(decision=None).values_list("reason").annotate(count=Count("id")).order_by())
    return [
        RuleFigures(
            code,
            reasons.name(code),
            reasons.describe(code),
            found.get(code, 0) + decided.get(code, (0, 0))[1],
            *decided.get(code, (0, 0)),
            appeals.get(code, 0),
        )
        for code in reasons.codes()
        if code in found or code in decided or code in appeals
    ]
