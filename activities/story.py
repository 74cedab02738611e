"""The whole story of an activity, for whoever may see it: what came from whom, how it was judged, what it is worth."""

from dataclasses import dataclass

from activities.integrity import reasons
from activities.methodologies.explain import Explanation, explain
from activities.models import Activity, Finding, Methodology, Reduction


@dataclass(frozen=True)
class Story:
    """An activity with its findings and, where it was accepted, its reduction and the explanation."""

    activity: Activity
    findings: list[Finding]
    reason: str
    reduction: Reduction | None
    methodology: Methodology | None
    explanation: Explanation | None


def tell(activity: Activity) -> Story:
    """The story of one activity, in two queries."""
    own = {"citizen_id": activity.citizen_id, "activity_id": activity.id}
    reduction = Reduction.objects.live().select_related("methodology__scenario").filter(**own).first()
    methodology = reduction.methodology if reduction else None
    return Story(
        activity,
        list(Finding.objects.filter(**own).order_by("id")),
        reasons.describe(activity.reason) if activity.reason else "",
        reduction,
        methodology,
        explain(reduction, activity, methodology) if reduction and methodology else None,
    )
