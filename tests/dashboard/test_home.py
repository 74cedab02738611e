"""Home: the week, the goal, the year, the weeks in a row, one suggestion; and how pages are displayed."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Citizen
from config import clock
from dashboard.home import equivalents, habits, streak, suggestions
from dashboard.statistics import Scene
from dashboard.templatetags import amounts
from tests.dashboard.conftest import TODAY

MONDAY = date(2026, 11, 16)
WEEK = timedelta(days=7)
BIKE, METRO = Scene(1, "shared-bike", "Shared bike", "bike", 1), Scene(2, "metro", "Metro", "metro", 2)
OWN_BIKE = Scene(3, "own-bike", "Own bike", "bike", 3)


def week(back: int, scene: Scene = METRO, activities: int = 4, reduction_mg: int = 1_600_000) -> habits.Week:
    return habits.Week(MONDAY - WEEK * back, scene.id, activities, reduction_mg, reduction_mg // 2, reduction_mg)


def test_weeks_are_summed_by_scenario_up_to_yesterday_and_within_the_year(alice, total, metro):
    total(alice, MONDAY, 1_000)
    total(alice, TODAY, 20_000)
    total(alice, MONDAY - timedelta(days=1), 300_000)  # Sunday of last week
    total(alice, MONDAY - WEEK, 4_000_000)
    total(alice, MONDAY, 7, scenario=metro)
    total(alice, date(2025, 12, 31), 50_000_000)
    found = habits.progress(habits.weeks(alice.pk, TODAY), TODAY, 10_000)
    assert (found.week_mg, found.last_week_mg) == (21_007, 4_300_000)
    assert (found.week_so_far_mg, found.last_week_so_far_mg) == (1_007, 4_000_000)
    assert found.year_mg == 4_321_007
    assert (found.goal_percent, found.to_goal_mg, found.behind_mg) == (210, 0, 3_998_993)


def test_what_happens_today_is_not_compared_with_the_whole_of_that_weekday(signed_in, alice, total):
    signed_in.cookies["tanpuhui_language"] = "en"
    total(alice, TODAY, 143_000)
    total(alice, TODAY - WEEK, 9_000_000)
    total(alice, MONDAY, 500_000)
    total(alice, MONDAY - WEEK, 400_000)
    assert "100\u202fg more than last week, up to yesterday" in signed_in.get("/home/").text


def test_on_a_monday_nothing_is_more_or_less(signed_in, alice, total, monkeypatch):
    signed_in.cookies["tanpuhui_language"] = "en"
    monkeypatch.setattr(clock, "city_today", lambda: MONDAY)
    total(alice, MONDAY, 143_000)
    total(alice, MONDAY - WEEK, 9_000_000)
    page = signed_in.get("/home/").text
    assert "last week in all 9.00\u202fkg" in page
    assert "up to yesterday" not in page.lower()


def test_days_to_come_are_not_read_out_as_nothing(signed_in, alice, total):
    signed_in.cookies["tanpuhui_language"] = "en"
    total(alice, TODAY, 143_000)
    total(alice, TODAY - WEEK + timedelta(days=1), 200_000)
    page = signed_in.get("/home/").text
    assert "18 Nov 2026: 143\u202fg, a week before 0\u202fg" in page
    assert "19 Nov 2026: still to come, a week before 200\u202fg" in page


@pytest.mark.parametrize(("part", "share"), [(0, "0%"), (1, "<0.1%"), (499, "<0.1%"), (500, "0.1%"), (40_000, "4.0%")])
def test_a_small_share_is_not_nothing(part, share):
    assert amounts.share_of(part, 1_000_000) == share


@pytest.mark.parametrize(
    ("_case", "back", "weeks", "rests"),
    [
        ("nothing yet", [], 0, 0),
        ("this week only", [0], 1, 0),
        ("the running week does not count against", [1, 2], 2, 0),
        ("two weeks of rest belong to it", [0, 3, 4], 3, 2),
        ("three weeks of rest begin anew", [0, 4, 5], 1, 0),
        ("rest at the end is no rest between", [3, 4], 2, 2),
        ("long ago", [9], 0, 0),
    ],
)
def test_weeks_in_a_row_allow_for_rest(_case, back, weeks, rests):
    found = streak.count({MONDAY - WEEK * number for number in back}, MONDAY)
    assert (found.weeks, found.rests) == (weeks, rests)
    assert len(found.shown) == 12
    assert found.shown[-1] == (MONDAY, 0 in back)


@given(st.integers(0, 10**15))
def test_pictures_never_make_a_reduction_larger(reduction_mg):
    found = equivalents.picture(reduction_mg)
    assert found.car_m * equivalents.CAR_MG_PER_KM <= reduction_mg * 1000
    assert found.tree_days * equivalents.TREE_MG_PER_YEAR <= reduction_mg * 365


def test_ten_kilograms_are_46_km_by_car_and_a_tree_for_608_days():
    assert equivalents.picture(10_000_000) == equivalents.Equivalents(45_955, 608)


def suggest(rows, goal_mg=None, linked=("transit", "bike")):
    progress = habits.progress(rows, TODAY, goal_mg)
    return suggestions.suggest(suggestions.Person(rows, progress, [OWN_BIKE, BIKE, METRO], frozenset(linked), TODAY))


def test_who_is_unknown_gets_no_suggestion():
    assert suggest([]) is None


def test_who_is_near_the_goal_hears_how_near():
    found = suggest([week(0), week(1)], goal_mg=2_000_000)
    assert found.title == "再来 1 次“Metro”，本周目标就达成了"  # 400 g each, 400 g missing


def test_who_has_no_goal_hears_of_the_usual_week():
    assert (found := suggest([week(1), week(2)])) and found.page == "me"
    assert "800\u202f克" in found.why


def test_who_takes_the_metro_hears_of_the_bike_where_it_is_not_linked():
    rows, goal_mg = [week(1), week(2)], 50_000_000
    assert suggest(rows, goal_mg, linked=["transit"]).page == "links"
    assert "8" in suggest(rows, goal_mg, linked=["transit"]).why
    assert suggest(rows, goal_mg).page == "history"


def test_who_rides_an_own_bike_is_not_told_of_shared_ones():
    own, shared = ([week(1, scene), week(2, scene)] for scene in (OWN_BIKE, BIKE))
    assert suggest(own, 50_000_000, linked=["bike"]).page == "history"
    assert suggest(shared, 50_000_000, linked=["bike"]).page == "links"


def test_what_was_given_up_is_remembered_with_its_entries():
    found = suggest([week(20, BIKE), week(1)], 50_000_000)
    assert "Shared bike" in found.title
    assert (found.page, found.query) == ("history", "?by=month&scenario=shared-bike")


def test_home_shows_goal_year_weeks_and_suggestion(signed_in, alice, total, make_activity):
    signed_in.cookies["tanpuhui_language"] = "en"
    make_activity(alice)
    total(alice, TODAY, 600_000)
    Citizen.objects.filter(pk=alice.pk).update(weekly_goal_mg=2_000_000)
    page = signed_in.get("/home/").text
    assert "30%" in page
    assert "1.40\u202fkg to your goal of 2.00\u202fkg" in page
    assert "0.1% of the 1,129.53\u202fkg that" in page
    assert "2.8\u202fkm" in page  # by car
    assert "2 more times" not in page
    assert "1 week with" not in page  # the number stands apart from its unit
    assert "week with an activity" in page


@pytest.mark.parametrize("rows", [1, 60])
def test_home_takes_at_most_twelve_queries_however_long_the_history(signed_in, alice, make_activity, total, rows):
    for number in range(rows):
        make_activity(alice, TODAY - timedelta(days=number % 30), hour=number % 24)
        total(alice, TODAY - timedelta(days=number), 67_760, 7)
    signed_in.get("/home/")
    with CaptureQueriesContext(connection) as queries:
        assert signed_in.get("/home/").status_code == 200
    assert sum("SAVEPOINT" not in query["sql"] for query in queries) <= 12


@pytest.mark.parametrize(("text", "goal_mg"), [("5", 5_000_000), ("0.5", 500_000), ("", None)])
def test_a_goal_is_set_and_taken_away(signed_in, alice, text, goal_mg):
    Citizen.objects.filter(pk=alice.pk).update(weekly_goal_mg=1_000_000)
    assert signed_in.post("/me/goal/", {"weekly_goal_kg": text}).status_code == 302
    alice.refresh_from_db()
    assert alice.weekly_goal_mg == goal_mg


def test_every_goal_that_is_taken_fits_the_field(signed_in, alice):
    signed_in.post("/me/goal/", {"weekly_goal_kg": "2.55"})
    alice.refresh_from_db()
    assert alice.weekly_goal_mg == 2_550_000
    field = signed_in.get("/me/").context["goal"]["weekly_goal_kg"]
    assert 'step="0.01"' in str(field)
    assert 'value="2.55"' in str(field)


@pytest.mark.parametrize("text", ["0", "-3", "1001", "much"])
def test_a_goal_that_does_not_fit_is_refused_and_nothing_changes(signed_in, alice, text):
    assert signed_in.post("/me/goal/", {"weekly_goal_kg": text}).status_code == 200
    alice.refresh_from_db()
    assert alice.weekly_goal_mg is None


def test_the_database_refuses_a_goal_of_nothing(alice):
    with pytest.raises(IntegrityError), transaction.atomic():
        Citizen.objects.filter(pk=alice.pk).update(weekly_goal_mg=0)


def test_the_display_is_kept_by_a_cookie_and_seen_on_every_page(signed_in, alice, total):
    total(alice, TODAY, 1_234_000)
    signed_in.cookies["tanpuhui_language"] = "en"
    page = signed_in.get("/home/").text
    assert 'media="(prefers-color-scheme: dark)"' in page
    assert "1.23" in page
    chosen = {"theme": "dark", "type": "large", "mass": "g", "next": "/home/"}
    assert signed_in.post("/display/", chosen).url == "/home/"
    page = signed_in.get("/home/").text
    assert 'data-type="large"' in page
    assert "dark.css" in page
    assert "prefers-color-scheme" not in page
    assert "1,234" in page
    signed_in.post("/display/", {"theme": "light", "type": "huge", "next": "https://elsewhere.example/"})
    page = signed_in.get("/display/").text
    assert "dark.css" not in page
    assert 'data-type="large"' not in page  # what is unknown is as usual


def test_the_display_goes_nowhere_else(client, db):
    assert client.post("/display/", {"next": "https://elsewhere.example/"}).url == "/display/"
