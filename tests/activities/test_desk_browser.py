"""The city desk in a real browser: nothing that the content security policy stops, no raw codes in titles."""

from datetime import date
from uuid import uuid4

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import User
from activities import jobs
from activities.models import Activity, Methodology
from config import clock
from ledger import holds
from tests.activities.conftest import rides, take_in
from tests.browsers import cookie, cookie_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NINE_MINUTES = ("2016-08-01 08:00", "2016-08-01 08:09")
ADDED = ["rewards_offer", "activities_campaign", "activities_replay", "activities_methodology"]


@pytest.fixture
def full_desk(alice, bike_feed, link, give_points):
    """A ride, a hold, a row nobody understood and a job that waits; the addresses to look at."""
    link(alice, bike_feed, "B1")
    take_in(bike_feed, rides(("R1", "B1", *NINE_MINUTES, "1.52"), ("R2", "B1", *NINE_MINUTES, "x")))
    give_points(alice.id, 700)
    holds.place(uuid4(), alice.id, 500, clock.day_start(date(2027, 1, 1)))
    jobs.digest_delivery.defer(delivery_id=str(uuid4()))
    lists = [
        reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") for model in admin.site._registry
    ]
    version = Methodology.objects.filter(scenario__code="shared-bike")[0]
    return [
        "/admin/",
        *lists,
        *(reverse(f"admin:{name}_add") for name in ADDED),
        reverse("admin:activities_methodology_change", args=[version.pk]),
        reverse("admin:activities_activity_change", args=[Activity.objects.get().pk]),
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_browser_has_nothing_to_say_against_the_desk(browser, live_server, client, full_desk, language):
    staff = User.objects.create_superuser("staff", "staff@example.org")
    context = browser.new_context(viewport={"width": 390, "height": 844})
    context.add_cookies([cookie_of(client, live_server, staff), cookie(live_server, "tanpuhui_language", language)])
    page = context.new_page()
    said = []
    page.on("console", lambda message: said.append((page.url, message.text)))
    page.on("pageerror", lambda error: said.append((page.url, str(error))))
    for path in full_desk:
        assert page.goto(live_server.url + path).ok, path
    assert said == []
    assert page.title().startswith("Shared bike 2016-08-01 accepted" if language == "en" else "共享单车 2016-08-01")
