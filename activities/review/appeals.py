"""A citizen's objection to a verdict, also to one that counts: once for an activity, decided by someone who has not
decided it before.
"""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import citizens
from accounts.models import Citizen, User
from activities.integrity import reasons
from activities.models import Activity, Appeal, Decision
from activities.retention import DetailsDropped
from activities.review import decisions
from config.problems import Problem

TEXT_MIN, TEXT_MAX = 5, 1000
WINDOW = timedelta(days=90)


class AppealTextUnfit(Problem):
    code, title = "appeal_text_unfit", _("An appeal has 5 to 1,000 letters.")


class AppealNotOpen(Problem):
    status, code, title = 409, "appeal_not_open", _("There is nothing to appeal against here.")


class AppealTooLate(Problem):
    status, code, title = 409, "appeal_too_late", _("An appeal is possible for 90 days after the entry arrived.")


class AppealedAlready(Problem):
    status, code, title = 409, "appealed_already", _("You have appealed against this entry already.")


class AppealDecided(Problem):
    status, code, title = 409, "appeal_decided", _("This appeal is decided already.")


class AnotherPersonNeeded(Problem):
    status, code, title = 403, "another_person_needed", _("Someone who has not decided this entry before must decide.")


def possible(activity: Activity) -> bool:
    """Whether the citizen could file an appeal now, had they not done so before."""
    return activity.reason not in reasons.BEYOND_PEOPLE and not too_late(activity)


def too_late(activity: Activity) -> bool:
    return activity.created_at <= timezone.now() - WINDOW


@transaction.atomic
def file(citizen: Citizen, activity: Activity, text: str) -> Appeal:
    """Take an appeal in; the same text again is the same appeal.

    Raises CitizenSuspended, AppealTextUnfit, AppealNotOpen, AppealTooLate or AppealedAlready.
    """
    citizens.require_active(citizen)
    text = text.strip()
    if not TEXT_MIN <= len(text) <= TEXT_MAX:
        raise AppealTextUnfit(fields={"text": _("It has %(count)s letters.") % {"count": len(text)}})
    activity = decisions.lock(activity)
    if earlier := of(activity):
        if earlier.text == text:
            return earlier
        raise AppealedAlready
    if not possible(activity):
        raise AppealTooLate if too_late(activity) else AppealNotOpen
    appeal = Appeal(citizen_id=citizen.pk, activity_id=activity.pk, against=activity.status, reason=activity.reason)
    appeal.text = text
    appeal.save()
    return appeal


def of(activity: Activity) -> Appeal | None:
    return (
        Appeal.objects.select_related("decision")
        .filter(citizen_id=activity.citizen_id, activity_id=activity.pk)
        .first()
    )


@transaction.atomic
def answer(appeal_id: UUID, verdict: str, note: str, by: User) -> Decision:
    """Say what holds now, that the activity counts (accepted) or that it does not, with a note to the citizen.

    Against a verdict of accepted it may stay as it is, or what was credited is taken back by a reversal.

    Raises AppealDecided, AnotherPersonNeeded, DetailsDropped and what decisions.decide raises; then nothing was
    written.
    """
    appeal = Appeal.objects.select_for_update().get(pk=appeal_id)
    if appeal.decision_id is not None:
        raise AppealDecided
    earlier = Decision.objects.filter(citizen_id=appeal.citizen_id, activity_id=appeal.activity_id)
    if earlier.filter(decided_by=by).exists():
        raise AnotherPersonNeeded
    activity = Activity.objects.filter(pk=appeal.activity_id, citizen_id=appeal.citizen_id).first()
    if activity is None:
        raise DetailsDropped
    appeal.decision = decisions.decide(activity, verdict, note, by, Decision.Kind.APPEAL)
    appeal.save(update_fields=["decision"])
    return appeal.decision
