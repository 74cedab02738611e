"""The story of one activity: who reported it, how it was checked, what it is worth and why."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404

from activities import story as activity_story
from activities.integrity import reasons
from activities.methodologies import proof
from activities.methodologies.explain import Explanation, Fact
from activities.models import (
    Activity,
    Appeal,
    CampaignAward,
    Decision,
    Finding,
    Methodology,
    Question,
    Reduction,
    Restatement,
)
from activities.retention import DetailsDropped
from activities.review import appeals, decisions, questions
from activities.story import Beside
from dashboard import entries, statistics
from dashboard.statistics import Scene

REPORTED = ("distance_m", "quantity", "evidence")
"""Fields of an activity that its page tells with the report."""


@dataclass(frozen=True, slots=True)
class Award:
    """How a reduction became points: `sum_mg` = (`points` - `fixed_points`) x `mg_per_point` + `remainder_mg`.

    `fixed_points` do not follow from grams; `unfunded_points` the programme did not have: their grams are in the
    remainder.
    """

    carried_mg: int
    sum_mg: int
    mg_per_point: int
    points: int
    fixed_points: int
    remainder_mg: int
    unfunded_points: int


@dataclass(frozen=True, slots=True)
class Check:
    """One finding about the activity, in words; `other` is the person's own activity that it did not stand beside."""

    rule: str
    verdict: str
    says: str
    other: UUID | None


@dataclass(frozen=True, slots=True)
class Word:
    """What people have said about the activity: decisions and questions oldest first, the appeal, what is possible."""

    decisions: list[Decision]
    questions: list[Question]
    appeal: Appeal | None
    may_appeal: bool
    too_late: bool

    @property
    def open_question(self) -> Question | None:
        return next((question for question in self.questions if question.answered_at is None), None)


@dataclass(frozen=True, slots=True)
class Story:
    """`reason` is filled where the activity was not accepted; `reduction` and what follows from it are None there.

    `rows` is everything that was booked for it, oldest first. `facts` of the calculation are those that the report does
    not say already.
    """

    activity: Activity
    scene: Scene
    duration: timedelta | None
    checks: list[Check]
    reason: str
    reduction: Reduction | None
    methodology: Methodology | None
    award: Award | None
    explanation: Explanation | None
    facts: list[Fact]
    rows: list[Reduction]
    restatement: Restatement | None
    bonuses: list[CampaignAward]
    word: Word

    @property
    def bonus_points(self) -> int:
        """What campaigns paid and did not take back."""
        return sum(bonus.points for bonus in self.bonuses)

    @property
    def points(self) -> int:
        return (self.reduction.points if self.reduction else 0) + self.bonus_points


def tell(citizen_id: UUID, activity_id: UUID) -> Story:
    """The story of a citizen's own activity; Http404 for a stranger's. Five queries, and one a kind of rows beside it.

    Raises DetailsDropped where it counts and nothing else is known of it any more.
    """
    activity = _own(citizen_id, activity_id)
    told = activity_story.tell(activity)
    return Story(
        activity=activity,
        scene=statistics.scene(activity.scenario_id),
        duration=activity.ended_at - activity.started_at if activity.ended_at else None,
        checks=[_check(finding) for finding in told.findings],
        reason=told.reason,
        reduction=told.reduction,
        methodology=told.methodology,
        award=_award(told.reduction) if told.reduction else None,
        explanation=told.explanation,
        facts=[fact for fact in told.explanation.facts if not _is_reported(fact, activity)] if told.explanation else [],
        rows=told.rows,
        restatement=told.restatement,
        bonuses=told.bonuses,
        word=_word(activity, told.beside),
    )


def remains(citizen_id: UUID, activity_id: UUID) -> list[Reduction]:
    """What stays where the details are no longer kept: all that was booked, oldest first."""
    own = Reduction.objects.select_related("scenario").filter(citizen_id=citizen_id, activity_id=activity_id)
    return list(own.order_by("generation", "reversal"))


def _is_reported(fact: Fact, activity: Activity) -> bool:
    if fact.counted is None or fact.counted[0] not in REPORTED:
        return False
    name, value = fact.counted
    return bool(getattr(activity, name) == value)


def _own(citizen_id: UUID, activity_id: UUID) -> Activity:
    activity = entries.activities_of(citizen_id).select_related("delivery").filter(pk=activity_id).first()
    if activity is None and Reduction.objects.filter(citizen_id=citizen_id, activity_id=activity_id).exists():
        raise DetailsDropped
    if activity is None:
        raise Http404
    return activity


def _check(finding: Finding) -> Check:
    other = finding.evidence.get("other_id")
    return Check(finding.rule, finding.verdict, reasons.describe(finding.rule), UUID(other) if other else None)


def _word(activity: Activity, beside: Beside) -> Word:
    appeal = appeals.of(activity) if beside.appeal else None
    return Word(
        decisions=list(decisions.of(activity)) if beside.decisions else [],
        questions=list(questions.of(activity)) if beside.questions else [],
        appeal=appeal,
        may_appeal=appeal is None and appeals.possible(activity),
        too_late=appeals.too_late(activity),
    )


def prove(citizen_id: UUID, activity_id: UUID) -> dict[str, Any]:
    """The verifier's document of a citizen's own activity; Http404 where it is a stranger's or nothing was booked."""
    activity = _own(citizen_id, activity_id)
    row = proof.current(list(proof.rows_of(activity)))
    if row is None:
        raise Http404
    return proof.prove(row, activity)


def _award(reduction: Reduction) -> Award:
    sum_mg = reduction.carried_mg + reduction.reduction_mg
    return Award(
        carried_mg=reduction.carried_mg,
        sum_mg=sum_mg,
        mg_per_point=reduction.mg_per_point,
        points=reduction.points,
        fixed_points=reduction.fixed_points,
        remainder_mg=sum_mg - (reduction.points - reduction.fixed_points) * reduction.mg_per_point,
        unfunded_points=reduction.unfunded_points,
    )
