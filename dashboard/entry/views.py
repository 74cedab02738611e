"""An entry, and what the citizen says about it: an appeal against its verdict, an answer to a reviewer's question."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import Citizen
from activities.models import Activity
from activities.retention import DetailsDropped
from activities.review import appeals, questions
from config.problems import Problem
from dashboard.entry import story
from dashboard.pages import citizen_page, form_on


@transaction.non_atomic_requests  # reads only
@require_safe
@citizen_page
def activity(request: HttpRequest, citizen: Citizen, activity_id: UUID) -> HttpResponse:
    try:
        return render(request, "dashboard/activity.html", {"story": story.tell(citizen.pk, activity_id)})
    except DetailsDropped as problem:
        rows = story.remains(citizen.pk, activity_id)
        return render(request, "dashboard/dropped.html", {"problem": problem, "rows": rows}, status=problem.status)


@form_on("activity")
@citizen_page
def appeal(request: HttpRequest, citizen: Citizen, activity_id: UUID) -> HttpResponse:
    said = _("The city has your words. Someone who has not decided this entry before will look at it.")
    return _say(request, citizen, activity_id, appeals.file, "appeal", said)


@form_on("activity")
@citizen_page
def answer(request: HttpRequest, citizen: Citizen, activity_id: UUID) -> HttpResponse:
    said = _("Thank you. The city goes on with the check.")
    return _say(request, citizen, activity_id, questions.answer, "answer", said)


def _say(
    request: HttpRequest,
    citizen: Citizen,
    activity_id: UUID,
    act: Callable[[Citizen, Activity, str], Any],
    field: str,
    said: str,
) -> HttpResponse:
    """Hand the text on; a refusal shows the page again with what was written."""
    try:
        told = story.tell(citizen.pk, activity_id)
    except DetailsDropped:
        return redirect("activity", activity_id)
    text = request.POST.get(field, "")
    try:
        act(citizen, told.activity, text)
    except Problem as problem:
        context = {"story": told, "problem": problem, "problem_field": field, "written": text}
        return render(request, "dashboard/activity.html", context, status=problem.status)
    messages.success(request, said)
    return redirect("activity", activity_id)
