"""The desk of budgets: how programmes stand, and the buttons that fund, limit, publish and stop."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

from accounts.models import District, User
from activities import campaigns, crediting
from activities.budgets import paces
from activities.campaigns import Stage
from activities.crediting import Entry
from activities.models import Campaign, Methodology, Pace, Scenario
from config.clock import city_today
from config.identifiers import new_id
from ledger import budgets, outlook
from ledger.models import PROGRAMME, Count, Funding, Programme

TODAY = date(2026, 11, 22)
TONNE = 10**9


@pytest.fixture
def staff(client, db):
    client.force_login(User.objects.create_superuser("staff", "staff@example.org"))
    client.cookies["tanpuhui_language"] = "en"
    return client


@pytest.fixture
def clerk(client, db):
    """Staff who may look at budgets and nothing else."""
    user = User.objects.create_user(username="clerk", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_programme", "view_campaign"]))
    client.force_login(user)
    return client


@pytest.fixture
def sponsor(db):
    found = Programme(code="bank", kind="sponsor", name_zh="银行", name_en="Bank", fen_per_thousand_points=2_000)
    return budgets.open_programme(found)


@pytest.fixture
def campaign(sponsor):
    tomorrow = city_today() + timedelta(days=1)
    names = {"code": "autumn", "name_zh": "秋", "name_en": "Autumn"}
    return Campaign.objects.create(
        **names, programme=sponsor, first_day=tomorrow, last_day=tomorrow, multiplier_percent=200
    )


def act(client, place, step, **data):
    return client.post(f"/admin/{place}/do/{step}/", data, follow=True).content.decode()


def fund(programme, points):
    budgets.fund(uuid4(), programme.pk, points, "No. 1", "li")


def credit(citizen, scenario, day, reduction_mg, programme):
    version = Methodology.objects.get(scenario=scenario)
    entry = Entry(
        citizen_id=citizen.pk, activity_id=new_id(), generation=1, cause="credited",
        methodology_id=version.pk, scenario_id=scenario.pk,
        city_day=day, distance_m=1000, reduction_mg=reduction_mg, programme_id=programme.pk,
    )  # fmt: skip
    crediting.book([entry])


def test_the_page_says_how_each_programme_stands(staff, sponsor):
    fund(sponsor, 1_000)
    Pace.objects.create(programme=sponsor, days=10, points=200, reduction_mg=2 * TONNE // 1000)
    found = next(budget for budget in paces.budgets() if budget.programme == sponsor)
    assert (found.left_percent, found.points_per_day, found.days_left) == (100, 20, 50)
    assert found.fen_per_tonne == 200_000  # 200 points cost 4 yuan and paid for 2 kg
    page = staff.get("/admin/ledger/programme/").content.decode()
    assert "1,000 of 1,000 points left (100 %)" in page and "50 days" in page and "¥2,000" in page


def test_what_is_not_known_is_not_invented(staff, sponsor):
    Programme.objects.update(fen_per_thousand_points=0)
    found = next(budget for budget in paces.budgets() if budget.programme == sponsor)
    assert (found.days_left, found.fen_per_tonne, found.level, found.points_per_day) == (None, None, None, 0)
    page = staff.get("/admin/ledger/programme/").content.decode()
    assert "Nothing was counted yet." in page and "What 1,000 points cost is not known." in page


def test_the_pace_is_of_the_activities_of_four_weeks(alice, bike_feed, sponsor):
    scenario = Scenario.objects.get(code="shared-bike")
    fund(sponsor, 10_000)
    credit(alice, scenario, TODAY - timedelta(days=28), 900_000, sponsor)
    credit(alice, scenario, TODAY - timedelta(days=9), 500_000, sponsor)
    credit(alice, scenario, TODAY, 300_000, sponsor)
    assert paces.count(TODAY) == 1
    assert paces.count(TODAY) == 1
    pace = Pace.objects.get()
    assert (pace.programme_id, pace.days, pace.points, pace.reduction_mg) == (sponsor.pk, 10, 80, 800_000)


def test_counting_by_the_button_counts_both(staff, sponsor):
    assert "Counted" in staff.post("/admin/ledger/programme/count/", follow=True).content.decode()
    assert Count.objects.count() == 1 and outlook.latest().outstanding_points == 0


def test_funding_by_the_button_is_booked_once(staff, sponsor):
    told = {"id": str(uuid4()), "points": "500", "document": "No. 7"}
    place = f"ledger/programme/{sponsor.pk}"
    assert "Booked: +500 points." in act(staff, place, "fund", **told)
    act(staff, place, "fund", **told)
    assert budgets.left(sponsor.pk) == 500
    assert [(paper.document, paper.by) for paper in Funding.objects.all()] == [("No. 7", "staff@example.org")]


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"points": "0", "document": "No. 7"}, "Give a number"),
        ({"points": "5", "document": ""}, "This field is required."),
        ({"points": "-5", "document": "No. 8"}, "0 are left."),
    ],
)
def test_a_funding_that_cannot_be_booked_says_why(staff, sponsor, told, says):
    assert says in act(staff, f"ledger/programme/{sponsor.pk}", "fund", id=str(uuid4()), **told)
    assert not Funding.objects.exists()


def test_a_new_programme_is_limited_and_has_its_slices(staff):
    told = {"code": "shop", "kind": "merchant", "name_zh": "店", "name_en": "Shop", "warn_at_percent": "20"}
    told |= {"taper_percent": "50", "fen_per_thousand_points": "0"}
    staff.post("/admin/ledger/programme/add/", told)
    made = Programme.objects.get(code="shop")
    assert made.limited and made.slices.count() == budgets.SLICES
    staff.post("/admin/ledger/programme/add/", {**told, "code": "town", "kind": "city"})
    assert not Programme.objects.filter(code="town").exists()


def test_the_city_is_limited_by_its_button_for_good(staff):
    Programme.objects.get_or_create(
        pk=PROGRAMME, defaults={"code": "city", "kind": "city", "name_zh": "市", "name_en": "City", "limited": False}
    )
    assert "only what is funded is issued" in act(staff, f"ledger/programme/{PROGRAMME}", "limit")
    assert Programme.objects.get(pk=PROGRAMME).limited


def test_who_may_only_look_moves_nothing(clerk, sponsor, campaign):
    assert clerk.get("/admin/ledger/programme/").status_code == 200
    told = {"id": str(uuid4()), "points": "500", "document": "No. 7"}
    assert clerk.post(f"/admin/ledger/programme/{sponsor.pk}/do/fund/", told).status_code == 403
    assert clerk.post("/admin/ledger/programme/count/").status_code == 403
    assert clerk.post(f"/admin/activities/campaign/{campaign.pk}/do/publish/").status_code == 403
    campaign.refresh_from_db()
    assert not Funding.objects.exists() and campaign.published_at is None


def test_a_campaign_is_published_once_funded_and_then_only_stopped(staff, campaign, sponsor):
    place = f"activities/campaign/{campaign.pk}"
    assert "fund it first" in act(staff, place, "publish")
    fund(sponsor, 100)
    assert "It does not change any more." in act(staff, place, "publish")
    campaign.refresh_from_db()
    assert campaigns.state(campaign, city_today()) == Stage.ANNOUNCED
    assert staff.post(f"/admin/{place}/change/", {"multiplier_percent": "900"}).status_code == 403
    assert "what was paid stays" in act(staff, place, "stop")
    assert "not published, or was stopped" in act(staff, place, "stop")
    campaign.refresh_from_db()
    assert campaigns.state(campaign, city_today()) == Stage.STOPPED


def test_the_first_page_of_the_desk_tells_of_budgets_that_need_somebody(staff, sponsor):
    assert "running low" not in staff.get("/admin/").content.decode()
    fund(sponsor, 100)
    budgets.draw({sponsor.pk: 95}, {})
    page = staff.get("/admin/").content.decode()
    assert "Bank: running low" in page and f"/admin/ledger/programme/{sponsor.pk}/change/" in page


def test_citizens_see_campaigns_of_their_district_with_points_left(alice, campaign, sponsor):
    day = campaign.first_day
    Campaign.objects.update(published_at=timezone.now())
    assert campaigns.open_on(day) == []  # no points yet
    fund(sponsor, 100)
    assert campaigns.open_on(day) == [campaign]
    assert campaigns.open_on(day + timedelta(days=1)) == []
    assert campaigns.is_for(campaign, alice)
    district = District.objects.create(code="far", name_zh="远", name_en="Far")
    campaign.districts.add(district)
    assert not campaigns.is_for(campaign, alice)
    alice.district = district
    assert campaigns.is_for(campaign, alice)
