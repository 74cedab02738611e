from datetime import date

import pytest
from django.core.management import call_command
from django.utils import timezone

from config.identifiers import new_id
from dashboard import ranking
from dashboard.models import Rank
from tests.dashboard.conftest import TODAY

WEEK, MONTH, YEAR = Rank.Period.WEEK, Rank.Period.MONTH, Rank.Period.YEAR


@pytest.fixture
def crowd(make_citizen, total, district):
    """Twelve in the ranks, in pairs of equal reductions from 6000 down to 1000; the first ten live in Lake."""
    citizens = []
    for number in range(12):
        citizen = make_citizen(nickname=f"c{number}", ranked=True, district=district if number < 10 else None)
        total(citizen, TODAY, (6 - number // 2) * 1000)
        citizens.append(citizen)
    return citizens


def places(period=WEEK):
    rows = Rank.objects.filter(period=period).order_by("city_place", "nickname")
    return [(row.nickname, row.city_place, row.district_place, row.reduction_mg) for row in rows]


def test_equal_reductions_share_a_place_and_the_next_is_skipped(crowd):
    assert ranking.refresh(WEEK, TODAY) == 12
    assert places()[:5] == [
        ("c0", 1, 1, 6000),
        ("c1", 1, 1, 6000),
        ("c2", 3, 3, 5000),
        ("c3", 3, 3, 5000),
        ("c4", 5, 5, 4000),
    ]
    assert places()[-1] == ("c11", 11, None, 1000)


def test_refreshing_twice_is_refreshing_once(crowd):
    ranking.refresh(WEEK, TODAY)
    before = places()
    assert ranking.refresh(WEEK, TODAY) == 12
    assert places() == before


def test_only_those_are_ranked_who_want_to_be_and_are_active(crowd, make_citizen, total):
    crowd[0].ranked = False
    crowd[0].save()
    crowd[1].suspended_at = timezone.now()
    crowd[1].save()
    crowd[2].user, crowd[2].nickname, crowd[2].ranked, crowd[2].erased_at = None, "", False, timezone.now()
    crowd[2].save()
    total(make_citizen(), TODAY, 9000)
    assert ranking.refresh(WEEK, TODAY) == 9
    assert places()[0] == ("c3", 1, 1, 5000)


def test_a_period_counts_its_own_days_only(alice, total):
    alice.nickname, alice.ranked = "alice", True
    alice.save()
    total(alice, date(2026, 11, 16), 1)  # Monday
    total(alice, date(2026, 11, 22), 20)  # Sunday
    total(alice, date(2026, 11, 15), 300)  # the Sunday before
    total(alice, date(2026, 11, 23), 4_000)  # the Monday after
    total(alice, date(2026, 1, 1), 50_000)
    total(alice, date(2025, 12, 31), 600_000)
    assert ranking.refresh_current(TODAY) == {"week": 1, "month": 1, "year": 1}
    sums = dict(Rank.objects.values_list("period", "reduction_mg"))
    assert sums == {"week": 21, "month": 4_321, "year": 54_321}
    assert set(Rank.objects.values_list("period_start", flat=True)) == {
        date(2026, 11, 16),
        date(2026, 11, 1),
        date(2026, 1, 1),
    }


def test_an_old_board_stays_when_a_new_one_is_built(crowd):
    ranking.refresh(WEEK, TODAY)
    ranking.refresh(WEEK, date(2026, 11, 25))
    assert Rank.objects.filter(period_start=date(2026, 11, 16)).count() == 12


def test_a_standing_says_place_share_and_the_way_to_the_next(crowd, django_assert_num_queries):
    ranking.refresh(WEEK, TODAY)
    with django_assert_num_queries(2):
        standing = ranking.standing(crowd[4], WEEK, TODAY)
    assert (standing.place, standing.of, standing.ahead_percent) == (5, 12, 54)  # 6 of the 11 others
    assert (standing.reduction_mg, standing.to_next_mg) == (4000, 1000)
    in_district = ranking.standing(crowd[4], WEEK, TODAY, in_district=True)
    assert (in_district.place, in_district.of, in_district.ahead_percent) == (5, 10, 44)  # 4 of the 9 others


def test_who_leads_has_nobody_ahead(crowd):
    ranking.refresh(WEEK, TODAY)
    assert ranking.standing(crowd[0], WEEK, TODAY).to_next_mg is None


def test_there_is_no_standing_without_district_place_or_consent(crowd, alice):
    ranking.refresh(WEEK, TODAY)
    assert ranking.standing(crowd[11], WEEK, TODAY, in_district=True) is None
    assert ranking.standing(alice, WEEK, TODAY) is None
    crowd[0].ranked = False
    assert ranking.standing(crowd[0], WEEK, TODAY) is None


def test_fewer_than_ten_see_nothing(crowd):
    ranking.refresh(WEEK, TODAY)
    Rank.objects.filter(citizen_id__in=[citizen.pk for citizen in crowd[9:]]).delete()
    assert ranking.top(WEEK, TODAY) == []
    assert ranking.standing(crowd[0], WEEK, TODAY) is None


def test_the_top_lists_the_best_first(crowd, district):
    ranking.refresh(WEEK, TODAY)
    rows = ranking.top(WEEK, TODAY, limit=3)
    assert [(row.place, row.reduction_mg) for row in rows] == [(1, 6000), (1, 6000), (3, 5000)]
    assert len(ranking.top(WEEK, TODAY, district.pk)) == 10


def test_who_leaves_is_gone_at_once(crowd):
    ranking.refresh(WEEK, TODAY)
    crowd[0].ranked = False
    crowd[0].save()
    assert crowd[0].pk not in {row.citizen_id for row in ranking.top(WEEK, TODAY)}


@pytest.mark.parametrize("count", [10, 30])
def test_the_top_takes_two_queries(make_citizen, count, django_assert_num_queries):
    for number in range(count):
        citizen = make_citizen(nickname="n", ranked=True)
        Rank.objects.create(
            period=WEEK,
            period_start=date(2026, 11, 16),
            citizen_id=citizen.pk,
            nickname="n",
            reduction_mg=number,
            city_place=count - number,
        )
    with django_assert_num_queries(2):
        assert len(ranking.top(WEEK, TODAY)) == count


def test_a_board_without_people_is_empty(db):
    assert ranking.refresh(YEAR, TODAY) == 0
    assert ranking.top(YEAR, TODAY) == []
    assert ranking.refreshed_at(YEAR, TODAY) is None


def test_the_command_prints_how_many_are_on_each_board(crowd, capsys):
    call_command("refresh_ranks", day=TODAY)
    assert capsys.readouterr().out == "week: 12\nmonth: 12\nyear: 12\n"


def test_a_row_of_somebody_unknown_is_not_shown(crowd):
    ranking.refresh(WEEK, TODAY)
    Rank.objects.filter(nickname="c0").update(citizen_id=new_id())
    assert "c0" not in {row.nickname for row in ranking.top(WEEK, TODAY)}
