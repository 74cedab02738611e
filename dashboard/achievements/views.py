"""The page of levels and achievements."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Citizen
from config import clock
from dashboard.achievements import levels
from dashboard.pages import citizen_page


@require_safe
@citizen_page
def achievements(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    today = clock.city_today()
    context = {
        "progress": levels.progress(citizen.pk, today),
        "refreshed_at": levels.refreshed_at(today),
        "ladder": levels.catalogue(),
        "badges": levels.badges(citizen.pk, today),
        "past": levels.past(citizen.pk, today),
    }
    return render(request, "dashboard/achievements.html", context)
