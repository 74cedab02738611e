"""The whole story of an activity, for whoever may see it: what came from whom, how it was judged, what it is worth."""

from dataclasses import dataclass

from activities.integrity import reasons
from activities.methodologies import restatement
from activities.methodologies.explain import Explanation, explain
from activities.models import Activity, CampaignAward, Finding, Methodology, Reduction, Restatement


@dataclass(frozen=True)
class Story:
    """An activity with its findings and, where it counts, its reduction and the explanation.

    `rows` are all that was ever booked for it, oldest first: more than one where it was corrected.
    """

    activity: Activity
    findings: list[Finding]
    reason: str
    rows: list[Reduction]
    restatement: Restatement | None
    reduction: Reduction | None
    methodology: Methodology | None
    explanation: Explanation | None
    bonuses: list[CampaignAward]


def tell(activity: Activity) -> Story:
    """The story of one activity, in four queries."""
    own = {"citizen_id": activity.citizen_id, "activity_id": activity.id}
    booked = Reduction.objects.select_related("methodology__scenario").filter(**own)
    rows = list(booked.order_by("generation", "reversal"))
    reduction = rows[-1] if rows and not rows[-1].reversal else None
    methodology = reduction.methodology if reduction else None
    return Story(
        activity,
        list(Finding.objects.filter(**own).order_by("id")),
        reasons.describe(activity.reason) if activity.reason else "",
        rows,
        restatement.behind(rows),
        reduction,
        methodology,
        explain(reduction, methodology) if reduction and methodology else None,
        list(CampaignAward.objects.prefetch_related("campaign").filter(**own).order_by("generation", "-points")),
    )
