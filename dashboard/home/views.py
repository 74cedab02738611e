"""Welcome, for who is not signed in, and Home."""

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from accounts.models import Citizen, Partner
from config import clock
from dashboard import entries, periods, statistics
from dashboard.achievements import levels
from dashboard.city import anonymity, days, publication
from dashboard.home import equivalents, extras, habits, streak, suggestions
from dashboard.pages import citizen_page
from dashboard.periods import Step

LATEST = 4


@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    today = clock.city_today()
    day = days.latest(today)
    context = {
        "today": today,
        "day": day,
        "car_m": days.round_down(equivalents.picture(day.reduction_mg).car_m) if day else None,
        "so_far": publication.so_far(),
        "k": anonymity.K,
        "city_name": settings.CITY_NAME[get_language() or settings.LANGUAGE_CODE],
        "raw_hours": settings.RAW_RETENTION_HOURS,
    }
    return render(request, "dashboard/welcome.html", context)


@transaction.non_atomic_requests  # reads only
@require_safe
@citizen_page
def home(request: HttpRequest, citizen: Citizen) -> HttpResponse:
    today = clock.city_today()
    scenes = statistics.scenes()
    weeks = habits.weeks(citizen.pk, today)
    progress = habits.progress(weeks, today, citizen.weekly_goal_mg)
    sources = statistics.sources(citizen.pk)
    linked = frozenset(source.partner.kind for source in sources)
    wallet = statistics.wallet(citizen.pk)
    since = statistics.enough_since(weeks, LATEST)
    latest = entries.page(citizen.pk, scenes, limit=LATEST, enough_since=since).entries
    context = {
        "citizen": citizen,
        "wallet": wallet,
        "debt": extras.last_debt(citizen.pk, scenes) if wallet.owed_points else None,
        "extras": extras.running(citizen, today, scenes),
        "sources": sources,
        "has_transit": Partner.Kind.TRANSIT in linked,
        "known": bool(weeks),
        "is_new": not (weeks or latest),
        "progress": progress,
        "days": habits.days(weeks, today),
        "streak": streak.count({week.start for week in weeks}, periods.floor(today, Step.WEEK)),
        "suggestion": suggestions.suggest(suggestions.Person(weeks, progress, scenes, linked, today)),
        "standing": levels.progress(citizen.pk, today),
        "picture": equivalents.picture(progress.year_mg),
        "potential_mg": equivalents.POTENTIAL_MG,
        "latest": latest,
        "today": today,
    }
    return render(request, "dashboard/home.html", context)
