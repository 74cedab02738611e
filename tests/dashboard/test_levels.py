"""Levels and achievements: by the month's own reduction, until the month is closed."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import levels as counting
from accounts.models import Achievement, AchievementEarned, Level, Standing
from activities.models import DailyTotal
from dashboard import jobs
from dashboard.achievements import standings
from dashboard.models import LevelMonth
from tests.dashboard.conftest import TODAY

NOVEMBER, OCTOBER = date(2026, 11, 1), date(2026, 10, 1)


def standing_of(citizen, month=NOVEMBER) -> tuple[int | None, int] | None:
    found = Standing.objects.filter(citizen_id=citizen.pk, month=month).first()
    return (found.level_id, found.reduction_mg) if found else None


def earned_by(citizen, month=NOVEMBER) -> set[str]:
    own = AchievementEarned.objects.filter(citizen_id=citizen.pk, month=month)
    return set(own.values_list("achievement__code", flat=True))


@pytest.mark.parametrize(
    ("reduction_mg", "level"),
    [
        (0, None),
        (499_999, None),
        (500_000, 1),
        (1_999_999, 1),
        (2_000_000, 2),
        (6_000_000, 3),
        (15_000_000, 4),
        (35_000_000, 5),
    ],
)
def test_a_months_reduction_gives_its_level(alice, total, reduction_mg, level):
    total(alice, TODAY, reduction_mg)
    standings.refresh_due(TODAY)
    assert standing_of(alice) == (level, reduction_mg)


def test_levels_ask_for_ever_larger_steps(db):
    asked = [0, *Level.objects.values_list("min_reduction_mg", flat=True)]
    steps = [later - earlier for earlier, later in zip(asked, asked[1:], strict=False)]
    assert steps == sorted(steps)


def test_every_month_begins_anew_and_the_last_one_stays(alice, total):
    total(alice, date(2026, 10, 31), 7_000_000)
    total(alice, NOVEMBER, 600_000)
    assert standings.refresh_due(TODAY) == [OCTOBER, NOVEMBER]
    assert (standing_of(alice, OCTOBER), standing_of(alice)) == ((3, 7_000_000), (1, 600_000))


def test_a_second_run_writes_nothing(alice, total):
    total(alice, TODAY, 6_000_000)
    standings.refresh_due(TODAY)
    before = list(Standing.objects.values()), list(AchievementEarned.objects.order_by("id").values())
    assert {row["achievement_id"] for row in before[1]} == set(
        Achievement.objects.filter(code__in=["first-ride", "five-kilograms", "bike-month"]).values_list("id", flat=True)
    )
    jobs.refresh_standings(0)
    assert (list(Standing.objects.values()), list(AchievementEarned.objects.order_by("id").values())) == before


def test_a_correction_in_an_open_month_takes_back_what_no_longer_holds(alice, total):
    day = total(alice, TODAY, 6_000_000)
    standings.refresh_due(TODAY)
    DailyTotal.objects.filter(pk=day.pk).update(reduction_mg=400_000, activities=0)
    standings.refresh_due(TODAY)
    assert (standing_of(alice), earned_by(alice)) == ((None, 400_000), set())


def test_a_month_closes_a_week_after_its_end_and_then_nothing_is_taken_away_or_added(alice, bob, total):
    day = total(alice, date(2026, 10, 31), 6_000_000)
    standings.refresh_due(date(2026, 11, 7))
    assert LevelMonth.objects.get(month=OCTOBER).closed_at is None
    standings.refresh_due(date(2026, 11, 8))
    assert LevelMonth.objects.get(month=OCTOBER).closed_at is not None
    DailyTotal.objects.filter(pk=day.pk).update(reduction_mg=0, activities=0)
    total(bob, date(2026, 10, 30), 9_000_000)
    assert standings.refresh_due(TODAY) == [NOVEMBER]
    assert standings.refresh(OCTOBER, TODAY) is False
    assert standing_of(alice, OCTOBER) == (3, 6_000_000)
    assert earned_by(alice, OCTOBER) == {"first-ride", "five-kilograms", "bike-month"}
    assert standing_of(bob, OCTOBER) is None


def test_what_is_earned_once_is_earned_in_one_month_and_the_rest_every_month(alice, total):
    total(alice, OCTOBER, 5_000_000)
    total(alice, NOVEMBER, 5_000_000)
    standings.refresh_due(TODAY)
    assert earned_by(alice, OCTOBER) == {"first-ride", "five-kilograms", "bike-month"}
    assert earned_by(alice) == {"five-kilograms", "bike-month"}


def test_days_count_once_however_many_scenarios_they_have(alice, total, metro):
    for back in range(9):
        total(alice, TODAY - timedelta(days=back), 1)
        total(alice, TODAY - timedelta(days=back), 1, scenario=metro)
    standings.refresh_due(TODAY)
    assert "ten-days" not in earned_by(alice)
    total(alice, TODAY - timedelta(days=9), 1, scenario=metro)
    standings.refresh_due(TODAY)
    assert earned_by(alice) == {"first-ride", "first-metro", "ten-days"}


def test_a_rule_of_one_scenario_counts_that_one_only(alice, total, metro):
    total(alice, TODAY, 3_000_000, scenario=metro)
    total(alice, TODAY, 2_999_999)
    standings.refresh_due(TODAY)
    assert earned_by(alice) == {"first-ride", "first-metro", "five-kilograms"}
    DailyTotal.objects.filter(scenario=metro).update(activities=20)
    standings.refresh_due(TODAY)
    assert "twenty-metro" in earned_by(alice)


def test_a_rule_that_is_switched_off_gives_nothing_new_and_takes_nothing(alice, bob, total):
    total(alice, TODAY, 1)
    standings.refresh_due(TODAY)
    Achievement.objects.filter(code="first-ride").update(active=False)
    total(bob, TODAY, 1)
    standings.refresh_due(TODAY)
    assert (earned_by(alice), earned_by(bob)) == ({"first-ride"}, set())


def test_a_rule_of_an_unknown_scenario_counts_nothing(alice, total):
    Achievement.objects.create(code="ghost", measure="activities", scenario="no-such", threshold=1)
    total(alice, TODAY, 1)
    standings.refresh_due(TODAY)
    assert earned_by(alice) == {"first-ride"}


@pytest.mark.parametrize(
    ("measure", "threshold", "scenario"),
    [
        ("days", 32, ""),
        ("days", 0, ""),
        ("scenarios", 1, ""),
        ("scenarios", 3, "metro"),
        ("reduction", 0, ""),
        ("points", 5, ""),
    ],
)
def test_a_rule_out_of_bounds_is_refused_by_the_database(db, measure, threshold, scenario):
    with pytest.raises(IntegrityError), transaction.atomic():
        Achievement.objects.create(code="odd", measure=measure, threshold=threshold, scenario=scenario)


def test_people_who_are_gone_get_no_level(alice, total):
    alice.user = None
    alice.nickname, alice.ranked, alice.erased_at = "", False, "2026-11-01T00:00:00Z"
    alice.save()
    total(alice, TODAY, 6_000_000)
    standings.refresh_due(TODAY)
    assert (standing_of(alice), earned_by(alice)) == (None, set())


def test_a_city_without_activities_has_no_months(db):
    assert standings.refresh_due(TODAY) == []


def test_the_number_of_statements_does_not_depend_on_the_number_of_people(total):
    class Somebody:
        def __init__(self) -> None:
            self.pk = uuid4()

    total(Somebody(), TODAY, 1)
    with CaptureQueriesContext(
        connection,
    ) as few:
        standings.refresh_due(TODAY)
    for _ in range(20):
        total(Somebody(), TODAY, 1)
    with CaptureQueriesContext(connection) as many:
        standings.refresh_due(TODAY)
    assert len(many) <= len(few)


def test_the_better_of_this_and_last_month_counts_for_offers(alice):
    def level_on(day):
        found = counting.counting(alice.pk, day)
        return found.number if found else None

    Standing.objects.create(citizen_id=alice.pk, month=date(2026, 9, 1), level_id=5, reduction_mg=40_000_000)
    Standing.objects.create(citizen_id=alice.pk, month=OCTOBER, level_id=3, reduction_mg=6_000_000)
    Standing.objects.create(citizen_id=alice.pk, month=NOVEMBER, level_id=None, reduction_mg=1)
    assert [level_on(date(2026, month, 1)) for month in (10, 11, 12)] == [5, 3, None]


def test_the_page_shows_ones_own_level_the_way_on_and_what_is_earned(signed_in, alice, bob, total):
    total(alice, date(2026, 10, 3), 7_000_000)
    total(alice, TODAY, 2_500_000)
    total(bob, TODAY, 40_000_000)
    standings.refresh_due(TODAY)
    page = signed_in.get("/achievements/", HTTP_ACCEPT_LANGUAGE="en")
    progress, badges = page.context["progress"], {badge.achievement.code: badge for badge in page.context["badges"]}
    assert (progress.level.number, progress.missing_mg, progress.percent, progress.last.number) == (2, 3_500_000, 12, 3)
    assert badges["first-ride"].months == [OCTOBER]
    assert badges["five-kilograms"].months == [OCTOBER]
    assert (badges["five-kilograms"].value, badges["five-kilograms"].missing) == (2_500_000, 2_500_000)
    assert not badges["first-ride"].is_open
    assert "Level 2 · Seedling" in page.content.decode()


def test_a_stranger_to_the_page_signs_in_first(client, db):
    assert client.get("/achievements/").status_code == 302


def test_the_app_reads_its_own_levels_and_achievements(signed_in, alice, bob, total):
    total(alice, date(2026, 10, 3), 7_000_000)
    total(alice, TODAY, 499_999)
    total(bob, TODAY, 40_000_000)
    standings.refresh_due(TODAY)
    told = signed_in.get("/api/v1/levels", HTTP_ACCEPT_LANGUAGE="en").json()
    assert (told["month"], told["reduction_mg"], told["level"], told["to_next_mg"]) == ("2026-11-01", 499_999, None, 1)
    assert (told["next"]["name"], told["last_month"]["number"]) == ("Sprout", 3)
    assert told["past"] == [{"month": "2026-10-01", "level": 3, "reduction_mg": 7_000_000}]
    own = {badge["code"]: badge for badge in signed_in.get("/api/v1/achievements").json()}
    assert len(own) == 8
    assert own["first-ride"]["months"] == ["2026-10-01"]
    assert (own["five-kilograms"]["value"], own["ten-days"]["value"]) == (499_999, 1)


def test_who_is_on_the_highest_level_has_no_way_to_go(signed_in, alice, total):
    total(alice, TODAY, 35_000_000)
    standings.refresh_due(TODAY)
    progress = signed_in.get("/achievements/").context["progress"]
    assert (progress.level.number, progress.following, progress.missing_mg, progress.percent) == (5, None, None, 100)
