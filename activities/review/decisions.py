"""A person's word on an activity: it is recorded for good, and the books follow it at once."""

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities import crediting
from activities.integrity import reasons
from activities.models import Activity, Decision, Reduction
from activities.pipeline import rejudge
from config.problems import Problem

NOTE_MAX = 500


class NoteMissing(Problem):
    code, title = "note_missing", _("Say in a sentence of at most 500 letters why: the citizen reads it.")


class DecisionUnchanged(Problem):
    status, code, title = 409, "decision_unchanged", _("The activity has this verdict already.")


class NotReviewable(Problem):
    status, code, title = 409, "not_reviewable", _("It waits for something that no person can decide.")


_CAUSES = {Decision.Kind.REVIEW: Reduction.Cause.REVIEWED, Decision.Kind.APPEAL: Reduction.Cause.APPEALED}


@transaction.atomic
def decide(
    activity: Activity, verdict: str, note: str, by: User, kind: Decision.Kind = Decision.Kind.REVIEW
) -> Decision:
    """Accept or reject an activity over the rules; a credit is booked, or taken back by a reversal.

    An appeal against what no person can lift can only be refused, with the note, and that changes nothing.
    Raises NoteMissing, NotReviewable or DecisionUnchanged, and then nothing was written.
    """
    activity = lock(activity)
    if not note.strip() or len(note) > NOTE_MAX:
        raise NoteMissing(fields={"note": note})
    if verdict != Activity.Status.REJECTED or kind == Decision.Kind.REVIEW:
        require_reviewable(activity)
    if activity.status == verdict and kind == Decision.Kind.REVIEW:
        raise DecisionUnchanged(fields={"verdict": verdict})
    decision = Decision.objects.create(
        citizen_id=activity.citizen_id,
        activity_id=activity.id,
        kind=kind,
        verdict=verdict,
        overruled=_rule_behind(activity),
        note=note.strip(),
        decided_by=by,
    )
    if activity.reason not in reasons.BEYOND_PEOPLE:
        Activity.objects.filter(pk=activity.pk, citizen_id=activity.citizen_id).update(decision=verdict)
        rejudge([(activity.citizen_id, activity.city_day)], _CAUSES[kind])
    return decision


def lock(activity: Activity) -> Activity:
    """The activity as it is once nothing else can credit its citizen."""
    with connection.cursor() as cursor:
        crediting.lock(cursor, [activity.citizen_id])
    return Activity.objects.get(pk=activity.pk, citizen_id=activity.citizen_id)


def require_reviewable(activity: Activity) -> None:
    """Raises NotReviewable where what was told decides, or the activity waits for a row or a methodology."""
    if activity.reason in reasons.BEYOND_PEOPLE:
        raise NotReviewable(reasons.describe(activity.reason))


def of(activity: Activity) -> QuerySet[Decision]:
    """What people have decided about an activity, oldest first."""
    return Decision.objects.filter(citizen_id=activity.citizen_id, activity_id=activity.pk).order_by("id")


def _rule_behind(activity: Activity) -> str:
    """The rule that first decided against it, also where a person has confirmed it since."""
    earlier = of(activity).first()
    return earlier.overruled if earlier and activity.reason == reasons.REVIEWED else activity.reason
