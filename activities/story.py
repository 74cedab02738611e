"""The whole story of an activity, for whoever may see it: what came from whom, how it was judged, what it is worth."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from activities.integrity import reasons
from activities.methodologies import restatement
from activities.methodologies.explain import Explanation, explain
from activities.models import Activity, CampaignAward, Finding, Methodology, Reduction, Restatement
from config import sql

SQL_DIR = Path(__file__).parent / "sql"


class Beside(NamedTuple):
    """Of which kinds there are rows beside an activity. Most have none, so that one query stands for five."""

    findings: bool
    bonuses: bool
    appeal: bool
    decisions: bool
    questions: bool


@dataclass(frozen=True)
class Story:
    """An activity with its findings and, where it counts, its reduction and the explanation.

    `rows` are all that was ever booked for it, oldest first: more than one where it was corrected.
    """

    activity: Activity
    beside: Beside
    findings: list[Finding]
    reason: str
    rows: list[Reduction]
    restatement: Restatement | None
    reduction: Reduction | None
    methodology: Methodology | None
    explanation: Explanation | None
    bonuses: list[CampaignAward]


def tell(activity: Activity) -> Story:
    """The story of one activity: three queries where it has neither findings nor bonuses."""
    own = {"citizen_id": activity.citizen_id, "activity_id": activity.id}
    beside = _look_beside(activity)
    bonuses = CampaignAward.objects.select_related("campaign").filter(**own)
    booked = Reduction.objects.select_related("methodology__scenario").filter(**own)
    rows = list(booked.order_by("generation", "reversal"))
    reduction = rows[-1] if rows and not rows[-1].reversal else None
    methodology = reduction.methodology if reduction else None
    return Story(
        activity,
        beside,
        list(Finding.objects.filter(**own).order_by("id")) if beside.findings else [],
        reasons.describe(activity.reason) if activity.reason else "",
        rows,
        restatement.behind(rows),
        reduction,
        methodology,
        explain(reduction, methodology) if reduction and methodology else None,
        list(bonuses.order_by("generation", "-points")) if beside.bonuses else [],
    )


def _look_beside(activity: Activity) -> Beside:
    (found,) = sql.rows(SQL_DIR, "beside", {"citizen": activity.citizen_id, "activity": activity.pk})
    return Beside(*found)
