import re
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from accounts import privacy
from accounts.models import Citizen, Departure, User
from activities.models import Activity
from config import clock
from config.templatetags import interface
from dashboard.me.forms import ProfileForm
from dashboard.models import Period
from dashboard.ranks import boards
from ledger.clawback import Clawback, claw_back
from tests.dashboard.conftest import TODAY, credit, tally
from tests.ledger.book import rule_of_before

ENTRY = UUID(int=1)
PAGES = ["/home/", "/history/", "/history/?by=week", "/history/?by=month", "/history/?by=year", "/ranks/", "/me/"]


def in_language(client, language):
    client.cookies["tanpuhui_language"] = language


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "三步开始"), ("en", "Three steps")])
def test_the_welcome_page_greets_in_both_languages(client, db, language, words):
    in_language(client, language)
    response = client.get("/")
    assert response.status_code == 200
    assert words in response.text
    assert reverse("account_signup") in response.text


def test_the_welcome_page_is_in_chinese_unless_asked(client, db):
    assert '<html lang="zh-hans">' in client.get("/").text


def test_who_is_signed_in_goes_home(signed_in):
    assert signed_in.get("/").url == "/home/"


@pytest.mark.parametrize("path", [*PAGES, f"/activities/{UUID(int=1)}/"])
def test_a_visitor_is_sent_to_sign_in(client, db, path):
    assert client.get(path).url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/me/goal/", "/me/"),
        ("/groups/code/", "/groups/"),
        ("/challenges/code/", "/challenges/"),
        (f"/activities/{ENTRY}/appeal/", f"/activities/{ENTRY}/"),
        (f"/activities/{ENTRY}/answer/", f"/activities/{ENTRY}/"),
    ],
)
def test_coming_back_to_what_took_a_form_opens_the_page_with_the_form(signed_in, path, page):
    answer = signed_in.get(path)
    assert (answer.status_code, answer.url) == (302, page)


def test_another_language_after_a_form_that_did_not_fit_leads_to_the_page(signed_in, alice):
    refused = signed_in.post("/me/goal/", {"weekly_goal_kg": "-1"})
    assert 'name="next" value="/me/goal/"' in refused.text
    answer = signed_in.post("/accounts/language/", {"language": "en", "next": "/me/goal/"}, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, "/me/")


def test_an_address_that_only_takes_forms_says_so(signed_in, client):
    answer = signed_in.get(f"/challenges/{ENTRY}/withdraw/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "这里只接收表单" in answer.text
    api = client.post("/api/v1/summary")
    assert (api.status_code, api["Content-Type"], api.json()["code"]) == (
        405,
        "application/problem+json",
        "method_not_allowed",
    )


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_renders_for_a_new_and_for_an_old_citizen(signed_in, alice, path, language, make_activity, total):
    in_language(signed_in, language)
    new = signed_in.get(path)
    assert new.status_code == 200
    make_activity(alice)
    make_activity(alice, reason="overlap", hour=7)
    total(alice, TODAY, 67_760, 7)
    tally(alice.pk, 67_760, 7, 2_000)
    old = signed_in.get(path)
    assert old.status_code == 200
    for response in (new, old):
        assert f'<html lang="{language}">' in response.text
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_the_first_visit_guides_to_linking(signed_in):
    in_language(signed_in, "en")
    assert "Link your first account" in signed_in.get("/home/").text


@pytest.mark.parametrize("path", ["/home/", "/history/", "/history/?by=year"])
def test_a_page_takes_as_many_queries_for_twenty_entries_as_for_one(signed_in, alice, path, make_activity, total):
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert signed_in.get(path).status_code == 200
        return len(queries)

    make_activity(alice)
    total(alice, TODAY, 1)
    tally(alice.pk, 1, 0)
    signed_in.get(path)
    one = count()
    for number in range(1, 20):
        make_activity(alice, TODAY - timedelta(days=number % 10))
        total(alice, TODAY - timedelta(days=number), 1)
    assert count() == one
    assert one <= 14  # two are the test's own savepoint


def test_history_shows_the_chart_its_table_and_the_entries(signed_in, alice, make_activity, total):
    in_language(signed_in, "en")
    make_activity(alice)
    total(alice, TODAY, 67_760, 7)
    page = signed_in.get("/history/").text
    assert '<script id="figure" type="application/json">' in page
    assert "<noscript>" in page
    assert "67.8" not in page  # three digits: 68 g
    assert "68\u202fg" in page
    assert "18 Nov, Wed" in page


def test_history_filters_by_scenario(signed_in, alice, make_activity, total, metro):
    make_activity(alice)
    assert "load-more" not in signed_in.get("/history/?scenario=metro").text
    assert reverse("activity", args=[alice_activity(alice)]) in signed_in.get("/history/?scenario=shared-bike").text
    assert reverse("activity", args=[alice_activity(alice)]) not in signed_in.get("/history/?scenario=metro").text
    assert signed_in.get("/history/?scenario=nonsense").status_code == 200


def alice_activity(alice: Citizen):
    return Activity.objects.get(citizen_id=alice.pk).pk


def test_history_loads_earlier_entries_as_a_part_of_the_page(signed_in, alice, make_activity):
    for number in range(25):
        make_activity(alice, TODAY - timedelta(days=number % 5), hour=number % 24)
    page = signed_in.get("/history/")
    after = page.context["page"].after
    assert f"after={after}" in page.text
    assert page.text.count('class="list-item"') == 10
    part = signed_in.get("/history/", {"after": after}, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert part.text.count('class="list-item"') == 15


def test_an_empty_time_leads_to_the_latest_entry(signed_in, alice, make_activity):
    in_language(signed_in, "en")
    make_activity(alice, TODAY - timedelta(days=40))
    make_activity(alice, TODAY - timedelta(days=18))
    page = signed_in.get("/history/").text
    assert 'href="?last=2026-10-31">To the latest entry, 31 Oct 2026</a>' in page
    assert "No activity was reported for this time." in page
    assert "Take away" not in page
    filtered = signed_in.get("/history/?scenario=metro").text
    assert "No activity that the filters leave was reported for this time." in filtered
    assert "To the latest entry" not in filtered
    assert "Take away the filters" in filtered
    assert "To the latest entry" not in signed_in.get("/history/?last=2026-10-31").text


@pytest.mark.parametrize(
    "query", ["by=century", "last=yesterday", "last=0001-01-01", "last=9999-12-31", "after=nonsense"]
)
def test_history_survives_nonsense(signed_in, query):
    assert signed_in.get(f"/history/?{query}").status_code == 200


@pytest.mark.parametrize(
    ("language", "calculation", "points"),
    [
        (
            "zh-hans",
            "2 公里 × (42.58 − 8.7) 克/公里 = 67.76 克",
            "（结转 4.24 克 + 本次 67.76 克）÷ 每积分 10 克 = 7；余 2 克",
        ),
        ("en", "2 km × (42.58 − 8.7) g/km = 67.76 g", "(4.24 g carried over + 67.76 g) ÷ 10 g per point = 7; 2 g"),
    ],
)
@pytest.mark.parametrize("reason", ["", "overlap"])
def test_an_entry_tells_its_story(signed_in, alice, make_activity, reason, language, calculation, points):
    in_language(signed_in, language)
    response = signed_in.get(f"/activities/{make_activity(alice, reason=reason).pk}/")
    assert response.status_code == 200
    for text in (calculation, points):
        assert (text in response.text) is (reason == "")


def test_an_entry_without_a_whole_point_says_that_its_grams_are_carried_over(signed_in, alice, make_activity, total):
    in_language(signed_in, "en")
    activity = make_activity(alice, reason="overlap")
    Activity.objects.update(status="accepted", reason="")
    credit(activity, 5_000, carried_mg=400)
    total(alice, TODAY, 5_000)
    page = signed_in.get("/home/").text
    assert "carried over" in page
    assert "+0 points" not in page
    assert "Not a whole point yet" in signed_in.get(f"/activities/{activity.pk}/").text


@pytest.mark.parametrize(
    ("language", "now", "before"),
    [("en", "22 Nov, 08:15", "22 Nov 2025, 08:15"), ("zh-hans", "11月22日 08:15", "2025年11月22日 08:15")],
)
def test_a_moment_names_the_year_where_it_is_not_this_one(language, now, before):
    with translation.override(language):
        at = datetime(2026, 11, 22, 8, 15, tzinfo=clock.city_zone())
        assert interface.city_moment(at) == now
        assert interface.city_moment(at.replace(year=2025)) == before
        assert interface.city_date(at.replace(year=2025)) == before[:-6].rstrip(",")


def test_a_strangers_entry_is_not_found(signed_in, bob, make_activity):
    assert signed_in.get(f"/activities/{make_activity(bob).pk}/").status_code == 404


@pytest.mark.parametrize("path", ["/me/", "/ranks/"])
def test_taking_part_in_the_ranks_needs_a_nickname(signed_in, alice, path):
    in_language(signed_in, "en")
    response = signed_in.post(path, {"nickname": "", "ranked": "on"})
    assert response.status_code == 200
    assert "nickname" in response.context["form"].errors
    alice.refresh_from_db()
    assert not alice.ranked
    assert signed_in.post(path, {"nickname": "heron", "ranked": "on"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.nickname, alice.ranked, alice.district) == ("heron", True, None)


@pytest.mark.parametrize("path", ["/me/", "/ranks/"])
@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("en", ["nickname", "reduction", "improvement", "green days", "district"]),
        ("zh-hans", ["昵称", "减排量", "进步", "绿色出行日", "所在区"]),
    ],
)
def test_who_joins_the_ranks_reads_all_that_others_then_see(signed_in, path, language, shown):
    in_language(signed_in, language)
    with translation.override(language):
        told = str(ProfileForm.base_fields["ranked"].help_text)
    assert [word for word in shown if word not in told] == []
    assert told in signed_in.get(path).text


def test_the_profile_keeps_the_district(signed_in, alice, district):
    signed_in.post("/me/", {"nickname": "heron", "district": district.pk})
    alice.refresh_from_db()
    assert (alice.district, alice.ranked) == (district, False)


@pytest.mark.parametrize("path", ["/home/", "/me/"])
def test_an_account_that_ends_soon_says_so_and_can_be_kept(signed_in, alice, path):
    in_language(signed_in, "en")
    assert "Keep my account" not in signed_in.get(path).text
    privacy.request_departure(alice)
    Departure.objects.update(due_at=datetime(2026, 11, 25, 9, 30, tzinfo=clock.city_zone()))
    page = signed_in.get(path).text
    assert "Your account will be deleted on 25 Nov, 09:30." in page
    assert f'action="{reverse("privacy_stay")}"' in page
    signed_in.post(reverse("privacy_stay"))
    assert "will be deleted" not in signed_in.get(path).text


def test_who_has_disconnected_everything_is_not_asked_for_a_first_account(signed_in, alice, make_activity):
    in_language(signed_in, "en")
    assert "Link your first account" in signed_in.get("/home/").text
    make_activity(alice)
    for path in ("/home/", "/history/"):
        page = signed_in.get(path).text
        assert "Link your first account" not in page
        assert "Nothing is linked at present" in page
        assert "Choose what to link" in page


def test_who_is_suspended_is_not_asked_to_link(signed_in, alice):
    in_language(signed_in, "en")
    Citizen.objects.update(suspended_at=timezone.now())
    for path in ("/home/", "/history/"):
        page = signed_in.get(path).text
        assert "While this account is suspended, nothing can be linked." in page
        assert "Link your first account" not in page
        assert "Choose what to link" not in page


def test_a_suspended_citizen_reads_but_does_not_change(signed_in, alice):
    alice.suspended_at = timezone.now()
    alice.save()
    assert signed_in.get("/home/").status_code == 200
    assert signed_in.post("/me/", {"nickname": "heron"}).status_code == 200
    alice.refresh_from_db()
    assert alice.nickname == ""


def test_commutes_like_mine_need_trips_of_my_own(signed_in, alice, make_citizen, total):
    in_language(signed_in, "en")
    for number in range(10):
        total(make_citizen(nickname=f"bird {number}", ranked=True), TODAY, 1_000)
    boards.refresh(Period.MONTH, TODAY)
    page = signed_in.get("/ranks/?with=similar").text
    assert "Once you take part and trips of yours are counted in this time" in page
    assert "at least 10 people" not in page
    Citizen.objects.filter(pk=alice.pk).update(nickname="heron", ranked=True)
    page = signed_in.get("/ranks/?with=similar").text
    assert "Once trips of yours are counted in this time" in page
    assert "at least 10 people" not in page
    total(alice, TODAY, 1_000)
    boards.refresh(Period.MONTH, TODAY)
    page = signed_in.get("/ranks/?with=similar").text
    assert "Your trips are not in this rank yet" not in page
    assert "bird 1" in page


def test_ranks_show_places_once_ten_take_part(signed_in, alice, make_citizen, total, district):
    in_language(signed_in, "en")
    alice.nickname, alice.ranked, alice.district = "heron", True, district
    alice.save()
    total(alice, TODAY, 500_000)
    for number in range(8):
        total(make_citizen(nickname=f"bird {number}", ranked=True), TODAY, 1_000)
    boards.refresh(Period.MONTH, TODAY)
    assert "bird 1" not in signed_in.get("/ranks/").text
    total(make_citizen(nickname="bird 8", ranked=True), TODAY, 1_000)
    boards.refresh(Period.MONTH, TODAY)
    page = signed_in.get("/ranks/").text
    assert "bird 1" in page
    assert "you lead" in page
    assert "bird 1" not in signed_in.get("/ranks/?scope=district").text
    assert signed_in.get("/ranks/?period=nonsense&scope=moon").status_code == 200


def test_staff_without_a_carbon_account_are_told_so(client, db):
    staff = User.objects.create_user(username="staff", email="staff@example.org", is_staff=True)
    client.force_login(staff)
    response = client.get("/home/")
    assert response.status_code == 403
    assert reverse("admin:index") in response.text
    assert not Citizen.objects.filter(user=staff).exists()


def test_the_language_is_switched_by_a_form(signed_in):
    signed_in.post(reverse("set_language"), {"language": "en", "next": "/me/"})
    assert '<html lang="en">' in signed_in.get("/me/").text


def test_a_missing_page_is_a_page_in_the_readers_language(client, db):
    in_language(client, "en")
    response = client.get("/nothing/")
    assert response.status_code == 404
    assert "There is nothing here" in response.text


def test_the_page_for_a_failure_needs_neither_request_nor_database():
    assert 'href="/"' in render_to_string("500.html")


def test_days_before_the_first_window_are_reached_by_going_back(signed_in, alice, total):
    total(alice, date(2024, 5, 5), 67_760)
    page = signed_in.get("/history/?by=month&last=2024-05-31")
    assert page.context["total"].reduction_mg == 67_760


def test_home_says_what_is_owed_and_why(signed_in, alice, give_points):
    give_points(alice.pk, 6)
    claw_back([Clawback(uuid4(), alice.pk, 9, uuid4())])
    in_language(signed_in, "en")
    assert "You owe 3 points: an entry was taken back" in signed_in.get("/home/").text


def test_home_and_summary_say_what_expires_when(signed_in, alice, give_points, monkeypatch):
    give_points(alice.pk, 6)
    today = clock.city_day(timezone.now())  # points are given now, whatever day the other tests have
    rule_of_before(clock.month_later(today, 0), 1, 1)
    day = clock.month_later(today, 2)
    monkeypatch.setattr(clock, "city_today", lambda: day - timedelta(days=20))
    in_language(signed_in, "en")
    assert "6 points expire on" in signed_in.get("/home/").text
    assert signed_in.get("/api/v1/summary").json()["expiring"] == [{"expires_on": str(day), "points": 6}]


@pytest.fixture
def forty(alice, make_citizen, total):
    """Forty in the ranks, from 40 g down to 1 g; Alice, "heron", is not yet among them."""
    for number in range(1, 41):
        total(make_citizen(f"bird {number}", nickname=f"bird {number}", ranked=True), TODAY, number * 1_000)
    alice.nickname = "heron"
    alice.save()


def ranked(page):
    return re.findall(r'<span class="place">(\d+)</span>\s*<span class="grow">([^<]*?)\s*<', page)


def test_the_rank_page_shows_the_best_ten_and_ones_own_neighbours(signed_in, alice, forty, total):
    in_language(signed_in, "en")
    Citizen.objects.filter(pk=alice.pk).update(ranked=True)
    total(alice, TODAY, 15_500)
    boards.refresh(Period.MONTH, TODAY)
    best = [(str(41 - number), f"bird {number}") for number in range(40, 30, -1)]
    near = [("24", "bird 17"), ("25", "bird 16"), ("26", "heron"), ("27", "bird 15"), ("28", "bird 14")]
    page = signed_in.get("/ranks/").text
    assert ranked(page) == best + near
    assert '26 <span class="unit">of 41</span>' in page


def test_green_days_are_shown_as_a_share_of_the_days_so_far(signed_in, alice, forty, total):
    in_language(signed_in, "en")
    Citizen.objects.filter(pk=alice.pk).update(ranked=True)
    for day in range(7, 19):
        total(alice, date(2026, 11, day), 10)
    boards.refresh(Period.MONTH, TODAY)
    page = " ".join(signed_in.get("/ranks/?measure=green_days").text.split())
    assert '<dd class="figure small">66%</dd><dd class="muted small">12 of 18 days</dd>' in page
    assert '<strong class="nowrap">12 days</strong> <span class="muted small">66%</span>' in page
    assert '<strong class="nowrap">1 day</strong> <span class="muted small">5%</span>' in page
    assert "because nobody reports car trips to the city" in page
    in_language(signed_in, "zh-hans")
    assert '<dd class="muted small">18 天中的 12 天</dd>' in signed_in.get("/ranks/?measure=green_days").text
    assert "%</span>" not in signed_in.get("/ranks/").text


def test_far_down_the_neighbours_have_no_names(signed_in, alice, forty, total, monkeypatch):
    in_language(signed_in, "en")
    monkeypatch.setattr(boards, "TOP_MAX", 10)
    Citizen.objects.filter(pk=alice.pk).update(ranked=True)
    total(alice, TODAY, 15_000)
    boards.refresh(Period.MONTH, TODAY)
    page = signed_in.get("/ranks/").text
    assert [place for place, _name in ranked(page)[10:]] == ["24", "25", "26", "28", "29"]
    assert "2 people share this place" in page
    assert "bird 15" not in page and "bird 16" not in page


def test_who_has_just_joined_the_ranks_is_told_by_when_they_appear(signed_in, alice, forty, total):
    in_language(signed_in, "en")
    total(alice, TODAY, 15_000)
    boards.refresh(Period.MONTH, TODAY)
    answer = signed_in.post("/ranks/?measure=green_days", {"nickname": "heron", "ranked": "on"})
    assert answer["Location"] == "/ranks/?measure=green_days"
    assert "You take part. Your place appears by " in signed_in.get("/ranks/?measure=green_days").text
    boards.refresh(Period.MONTH, TODAY)
    assert "Your place appears by" not in signed_in.get("/ranks/?measure=green_days").text


def test_a_mistake_in_the_form_is_in_sight(signed_in, alice, forty):
    closed, opened = '<details class="card">', '<details class="card" open>'
    Citizen.objects.filter(pk=alice.pk).update(ranked=True)
    assert closed in signed_in.get("/ranks/").text
    assert opened in signed_in.post("/ranks/", {"nickname": "", "ranked": "on"}).text
