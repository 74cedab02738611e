"""Asking the citizen before deciding: one question at a time, one answer to each."""

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import citizens
from accounts.models import Citizen, User
from activities.models import Activity, Question
from activities.review import decisions
from config.problems import Problem

QUESTION_MAX, ANSWER_MAX = 500, 1000


class QuestionUnfit(Problem):
    code, title = "question_unfit", _("A question has 5 to 500 letters.")


class QuestionOpen(Problem):
    status, code, title = 409, "question_open", _("The last question is not answered yet.")


class AnswerUnfit(Problem):
    code, title = "answer_unfit", _("An answer has 1 to 1,000 letters.")


class QuestionClosed(Problem):
    status, code, title = 409, "question_closed", _("There is no open question about this entry.")


@transaction.atomic
def ask(activity: Activity, question: str, by: User) -> Question:
    """Ask the citizen about an activity that is held. Raises QuestionUnfit, QuestionOpen or NotReviewable."""
    question = question.strip()
    if not 5 <= len(question) <= QUESTION_MAX:
        raise QuestionUnfit(fields={"question": question})
    if activity.status != Activity.Status.HELD:
        raise decisions.NotReviewable(_("Only what is held can be asked about."))
    decisions.require_reviewable(activity)
    try:
        with transaction.atomic():
            return Question.objects.create(
                citizen_id=activity.citizen_id, activity_id=activity.pk, question=question, asked_by=by
            )
    except IntegrityError as error:
        raise QuestionOpen from error


@transaction.atomic
def answer(citizen: Citizen, activity: Activity, text: str) -> Question:
    """The citizen's answer to the open question. Raises CitizenSuspended, AnswerUnfit or QuestionClosed."""
    citizens.require_active(citizen)
    text = text.strip()
    if not 1 <= len(text) <= ANSWER_MAX:
        raise AnswerUnfit(fields={"answer": _("It has %(count)s letters.") % {"count": len(text)}})
    question = of(activity).filter(answered_at=None).select_for_update().first()
    if question is None:
        raise QuestionClosed
    question.answer, question.answered_at = text, timezone.now()
    question.save(update_fields=["answer_encrypted", "answered_at"])
    return question


def of(activity: Activity) -> QuerySet[Question]:
    return Question.objects.filter(citizen_id=activity.citizen_id, activity_id=activity.pk)
