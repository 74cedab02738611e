from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.linking import links
from accounts.models import Consent
from activities.models import DailyTotal, Feed, Reduction
from dashboard.models import Board, Measure, Period, Snapshot
from dashboard.ranks import boards, ladder, ranking
from dashboard.ranks.ranking import Absence
from ledger import statements
from tests.activities.conftest import rides, take_in
from tests.dashboard.conftest import TODAY

WEEK, MONTH, YEAR = Period.WEEK, Period.MONTH, Period.YEAR


@pytest.fixture
def crowd(make_citizen, total, district):
    """Twelve in the ranks, in pairs of equal reductions from 6000 down to 1000; the first ten live in Lake."""
    citizens = []
    for number in range(12):
        citizen = make_citizen(nickname=f"c{number}", ranked=True, district=district if number < 10 else None)
        total(citizen, TODAY, (6 - number // 2) * 1000)
        citizens.append(citizen)
    return citizens


def places(period=WEEK, district=None):
    rows = ranking.top(period, TODAY, district.pk if district else None)
    return [(row.nickname, row.place, row.score) for row in sorted(rows, key=lambda row: (row.place, row.nickname))]


def test_equal_reductions_share_a_place_and_the_next_is_skipped(crowd, district):
    assert boards.refresh(WEEK, TODAY) == 12
    first = [("c0", 1, 6000), ("c1", 1, 6000), ("c2", 3, 5000), ("c3", 3, 5000), ("c4", 5, 4000)]
    assert places()[:5] == places(district=district)[:5] == first
    assert ("c11", 11, 1000) in places()
    assert len(places(district=district)) == 10


def test_refreshing_twice_is_refreshing_once(crowd):
    boards.refresh(WEEK, TODAY)
    before = places()
    assert boards.refresh(WEEK, TODAY) == 12
    assert places() == before
    assert Snapshot.objects.filter(period=WEEK, current=True).count() == 1


def test_only_those_are_ranked_who_want_to_be_and_are_active(crowd, make_citizen, total):
    crowd[11].ranked = False
    crowd[11].save()
    crowd[1].suspended_at = timezone.now()
    crowd[1].save()
    for number in range(2):
        total(make_citizen(f"x{number}", nickname=f"x{number}", ranked=True), TODAY, 1)
    crowd[0].user, crowd[0].nickname, crowd[0].ranked, crowd[0].erased_at = None, "", False, timezone.now()
    crowd[0].save()
    total(make_citizen(), TODAY, 9000)
    assert boards.refresh(WEEK, TODAY) == 11
    assert places()[0] == ("c2", 1, 5000)


def test_a_period_counts_its_own_days_only(alice, total, crowd):
    alice.nickname, alice.ranked = "alice", True
    alice.save()
    total(alice, date(2026, 11, 16), 1)  # Monday
    total(alice, date(2026, 11, 22), 20)  # Sunday
    total(alice, date(2026, 11, 15), 300)  # the Sunday before
    total(alice, date(2026, 11, 23), 4_000)  # the Monday after
    total(alice, date(2026, 1, 1), 50_000)
    total(alice, date(2025, 12, 31), 600_000)
    assert boards.refresh_current(TODAY) == {"week": 13, "month": 13, "year": 13}
    sums = {period: ranking.standing(alice, period, TODAY).reduction_mg for period in Period}
    assert sums == {"week": 21, "month": 4_321, "year": 54_321}
    assert set(Snapshot.objects.filter(boards__isnull=False).values_list("period_start", flat=True)) == {
        date(2026, 11, 16),
        date(2026, 11, 1),
        date(2026, 1, 1),
    }


def test_an_old_board_stays_when_a_new_one_is_built(crowd):
    boards.refresh(WEEK, TODAY)
    boards.refresh(WEEK, date(2026, 11, 25))
    assert len(ranking.top(WEEK, TODAY)) == 12


def test_a_period_closes_a_week_after_its_end_and_never_opens_again(crowd, total):
    boards.refresh_current(date(2026, 11, 29))
    last_week = ranking.snapshot(WEEK, TODAY)
    assert (last_week.closed_at, last_week.closes_on) == (None, date(2026, 11, 30))
    total(crowd[11], date(2026, 11, 17), 100_000)
    boards.refresh_current(date(2026, 11, 30))
    closed = ranking.snapshot(WEEK, TODAY)
    assert closed.closed_at is not None
    assert ranking.standing(crowd[11], WEEK, TODAY).place == 1
    total(crowd[10], date(2026, 11, 17), 900_000)  # too late for the week
    boards.refresh_current(date(2026, 12, 1))
    assert boards.refresh(WEEK, TODAY, date(2026, 12, 24)) == 12
    assert ranking.snapshot(WEEK, TODAY) == closed
    assert ranking.standing(crowd[10], WEEK, TODAY).place == 12


def test_a_ride_told_after_the_close_counts_and_moves_no_rank(crowd):
    for day in (29, 30):
        boards.refresh_current(date(2026, 11, day))
    closed = ranking.snapshot(WEEK, TODAY)
    assert closed.closed_at is not None
    feed, late = Feed.objects.select_related("partner").get(code="mobike-shanghai"), crowd[11]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    links.open_many(feed.partner, [(late, "7")], reads_from=start, channel=Consent.Channel.SANDBOX)
    before = DailyTotal.objects.filter(citizen_id=late.pk).count()
    take_in(feed, rides(("1", "7", "2026-11-17 08:00", "2026-11-17 08:30", "6.0")))
    assert DailyTotal.objects.filter(citizen_id=late.pk).count() == before + 1
    assert statements.balance(late.pk) == Reduction.objects.get().points > 0
    boards.refresh_current(date(2026, 12, 1))
    assert ranking.snapshot(WEEK, TODAY) == closed
    assert ranking.standing(late, WEEK, TODAY).place == 11


def test_a_period_that_has_ended_is_rebuilt_every_few_hours_until_it_closes(crowd):
    boards.refresh_current(date(2026, 11, 24), (WEEK,))
    ended = ranking.snapshot(WEEK, TODAY)
    boards.refresh_current(date(2026, 11, 24), (WEEK,))
    assert ranking.snapshot(WEEK, TODAY) == ended
    Snapshot.objects.filter(pk=ended.pk).update(refreshed_at=timezone.now() - timedelta(hours=4))
    boards.refresh_current(date(2026, 11, 24), (WEEK,))
    again = ranking.snapshot(WEEK, TODAY)
    assert again != ended
    assert again.closed_at is None
    boards.refresh_current(date(2026, 11, 30), (WEEK,))
    assert ranking.snapshot(WEEK, TODAY).closed_at


def test_what_was_replaced_is_dropped_later_with_its_table(crowd, django_assert_num_queries):
    boards.refresh(WEEK, TODAY)
    old = ranking.snapshot(WEEK, TODAY)
    boards.refresh(WEEK, TODAY)
    assert boards.drop_old() == 0  # somebody may still be reading it
    Snapshot.objects.filter(pk=old.pk).update(replaced_at=timezone.now() - timedelta(minutes=3))
    assert boards.drop_old() == 1
    assert old.scores_table not in connection.introspection.table_names()
    assert not Board.objects.filter(snapshot_id=old.pk).exists()
    assert len(ranking.top(WEEK, TODAY)) == 12


def test_a_standing_says_place_share_and_the_way_to_the_next(crowd, django_assert_num_queries):
    boards.refresh(WEEK, TODAY)
    with django_assert_num_queries(1):
        standing = ranking.standing(crowd[4], WEEK, TODAY)
    assert (standing.place, standing.of, standing.ahead_percent) == (5, 12, 54)  # 6 of the 11 others
    assert (standing.reduction_mg, standing.to_next_mg) == (4000, 1000)
    assert [(step.place, step.people, step.score) for step in standing.around] == [
        (1, 2, 6000),
        (3, 2, 5000),
        (5, 2, 4000),
        (7, 2, 3000),
        (9, 2, 2000),
    ]
    in_district = ranking.standing(crowd[4], WEEK, TODAY, in_district=True)
    assert (in_district.place, in_district.of, in_district.ahead_percent) == (5, 10, 44)  # 4 of the 9 others


def test_who_leads_has_nobody_ahead(crowd):
    boards.refresh(WEEK, TODAY)
    assert ranking.standing(crowd[0], WEEK, TODAY).to_next_mg is None


def test_there_is_no_standing_without_district_place_or_consent(crowd, alice):
    boards.refresh(WEEK, TODAY)
    assert ranking.standing(crowd[11], WEEK, TODAY, in_district=True) is None
    assert ranking.standing(alice, WEEK, TODAY) is None
    crowd[0].ranked = False
    assert ranking.standing(crowd[0], WEEK, TODAY) is None


def test_fewer_than_ten_see_nothing(crowd, district):
    for citizen in crowd[9:]:
        citizen.ranked = False
        citizen.save()
    assert boards.refresh(WEEK, TODAY) == 0
    assert ranking.top(WEEK, TODAY) == ranking.top(WEEK, TODAY, district.pk) == []
    assert ranking.standing(crowd[0], WEEK, TODAY) is None
    assert not Board.objects.exists()


def test_who_has_no_place_is_told_why(crowd, alice, total, district):
    boards.refresh(WEEK, TODAY)
    shot = ranking.snapshot(WEEK, TODAY)
    alice.nickname, alice.ranked, alice.district = "alice", True, district
    alice.save()
    assert ranking.absence(alice, shot, Measure.TOTAL) == Absence.NOTHING
    total(alice, TODAY, 1)
    assert ranking.absence(alice, shot, Measure.TOTAL) == Absence.COMING
    assert ranking.absence(crowd[0], shot, Measure.IMPROVEMENT) == Absence.NO_BASELINE
    crowd[11].district = district
    assert ranking.absence(crowd[11], shot, Measure.TOTAL, in_district=True) == Absence.COMING
    assert ranking.absence(crowd[11], shot, Measure.TOTAL) == Absence.FEW
    Snapshot.objects.update(closed_at=timezone.now())
    assert ranking.absence(alice, ranking.snapshot(WEEK, TODAY), Measure.TOTAL) == Absence.CLOSED
    boards.refresh(MONTH, TODAY)
    assert ranking.standing(alice, MONTH, TODAY).place == 13


@pytest.mark.parametrize(
    ("period", "end", "now", "expected"),
    [
        (WEEK, 23, "2026-11-18T04:03Z", "2026-11-18T04:20Z"),
        (WEEK, 18, "2026-11-18T04:03Z", "2026-11-18T07:00Z"),  # ended: every three hours from 03:41 on
        (WEEK, 18, "2026-11-18T08:03Z", "2026-11-18T08:20Z"),
        (YEAR, 30, "2026-11-18T04:03Z", "2026-11-18T20:50Z"),
        (YEAR, 30, "2026-11-18T21:00Z", "2026-11-19T20:50Z"),
    ],
)
def test_the_next_rebuild_is_told_at_its_latest(period, end, now, expected):
    refreshed_at = datetime.fromisoformat("2026-11-18T03:41Z")
    shot = Snapshot(period=period, period_end=date(2026, 11, end), refreshed_at=refreshed_at)
    assert boards.next_by(shot, datetime.fromisoformat(now)) == datetime.fromisoformat(expected)


def test_the_top_lists_the_best_first(crowd, district):
    boards.refresh(WEEK, TODAY)
    rows = ranking.top(WEEK, TODAY, limit=3)
    assert [(row.place, row.score) for row in rows] == [(1, 6000), (1, 6000), (3, 5000)]
    assert len(ranking.top(WEEK, TODAY, district.pk)) == 10


def test_who_leaves_is_gone_at_once(crowd):
    boards.refresh(WEEK, TODAY)
    crowd[0].ranked = False
    crowd[0].save()
    assert crowd[0].pk not in {row.citizen_id for row in ranking.top(WEEK, TODAY)}


@pytest.mark.parametrize("count", [10, 30])
def test_the_top_takes_two_queries(make_citizen, total, count, django_assert_num_queries):
    for number in range(count):
        total(make_citizen(f"n{number}", nickname="nn", ranked=True), TODAY, number)
    boards.refresh(WEEK, TODAY)
    with django_assert_num_queries(2):
        assert len(ranking.top(WEEK, TODAY)) == count


def test_a_board_without_people_is_empty(db):
    assert boards.refresh(YEAR, TODAY) == 0
    assert ranking.top(YEAR, TODAY) == []


def test_the_command_prints_how_many_are_on_each_board(crowd, capsys):
    call_command("refresh_ranks", day=TODAY)
    assert capsys.readouterr().out == "week: 12\nmonth: 12\nyear: 12\n"


def test_who_is_erased_is_forgotten_by_every_board(crowd):
    boards.refresh(WEEK, TODAY)
    boards.forget(crowd[0].pk)
    assert ranking.scores(ranking.snapshot(WEEK, TODAY), [crowd[0].pk]) == []
    assert crowd[0].pk not in Board.objects.first().top_ids
    assert ranking.standing(crowd[2], WEEK, TODAY).place == 3  # others keep theirs


def test_improvement_is_against_ones_own_eight_weeks_before(crowd, total):
    """Alice's 56 days before hold 5600 mg, 100 a day; three days of the week have passed: 300 expected."""
    for number, citizen in enumerate(crowd):
        total(citizen, date(2026, 9, 21), 5600 - 56 * number)
    boards.refresh(WEEK, TODAY)
    found = {row.nickname: row.score for row in ranking.top(WEEK, TODAY, measure=Measure.IMPROVEMENT)}
    assert found["c0"] == 6000 - 300
    assert found["c11"] == 1000 - (5600 - 56 * 11) * 3 // 56
    standing = ranking.standing(crowd[0], WEEK, TODAY, measure=Measure.IMPROVEMENT)
    assert (standing.place, standing.score, standing.to_next) == (2, 5700, 3)


def test_without_four_weeks_of_ones_own_there_is_no_improvement(crowd, total):
    for citizen in crowd[:11]:
        total(citizen, date(2026, 10, 1), 100)
    total(crowd[11], date(2026, 11, 1), 100)
    boards.refresh(WEEK, TODAY)
    assert ranking.standing(crowd[11], WEEK, TODAY, measure=Measure.IMPROVEMENT) is None
    assert ranking.standing(crowd[0], WEEK, TODAY, measure=Measure.IMPROVEMENT).of == 11


def test_green_days_are_days_with_a_trip_however_far(crowd, total, metro):
    total(crowd[11], date(2026, 11, 16), 1)
    total(crowd[11], date(2026, 11, 16), 1, scenario=metro)
    total(crowd[11], date(2026, 11, 17), 1)
    boards.refresh(WEEK, TODAY)
    best = ranking.standing(crowd[11], WEEK, TODAY, measure=Measure.GREEN_DAYS)
    assert (best.place, best.score, best.to_next) == (1, 3, None)
    second = ranking.standing(crowd[0], WEEK, TODAY, measure=Measure.GREEN_DAYS)
    assert (second.place, second.score, second.to_next, second.to_next_mg) == (2, 1, 2, None)


def test_similar_commuters_are_equal_bands_of_trip_length(make_citizen, total):
    """A hundred people with trips of 1 to 100 hundred metres make two bands of fifty."""
    people = []
    for number in range(1, 101):
        citizen = make_citizen(f"p{number}", nickname=f"p{number}", ranked=True)
        row = total(citizen, TODAY, number * 10)
        row.distance_m = number * 100
        row.save()
        people.append(citizen)
    boards.refresh(WEEK, TODAY)
    shot = ranking.snapshot(WEEK, TODAY)
    assert shot.band_edges_m == [5050]
    assert (ranking.own_band(people[0], shot), ranking.own_band(people[99], shot)) == (1, 2)
    near = ranking.standing(people[49], WEEK, TODAY, similar=True)
    assert (near.place, near.of) == (1, 50)
    assert ranking.standing(people[49], WEEK, TODAY).place == 51
    assert [row.place for row in ranking.top(WEEK, TODAY, band=1, limit=2)] == [1, 2]
    assert ranking.top(WEEK, TODAY, band=1)[0].nickname == "p50"


@given(st.lists(st.integers(-50, 50) | st.integers(-(2**40), 2**40), min_size=1, max_size=200))
def test_a_ladder_finds_every_score_exactly(scores):
    pieces = list(ladder.cut(np.array(sorted(scores, reverse=True), dtype=np.int64)))
    for score in scores:
        rung = ladder.find(score, next(piece for piece in pieces if piece.low <= score))
        better = [other for other in scores if other > score]
        assert rung == ladder.Rung(len(better), scores.count(score), min(better, default=None))


def test_a_ladder_is_cut_into_stretches(monkeypatch):
    monkeypatch.setattr(ladder, "STRETCH", 3)
    pieces = list(ladder.cut(np.array([5, 5, 4, 3, 2, 2, 1], dtype=np.int64)))
    assert [(piece.low, piece.ahead, piece.above) for piece in pieces] == [(3, 0, None), (1, 4, 3)]
    assert ladder.find(2, pieces[1]) == ladder.Rung(4, 2, 3)
    assert ladder.around(2, pieces[1], 2) == [ladder.Step(5, 2, 2), ladder.Step(7, 1, 1)]
    assert ladder.around(4, pieces[0], 1) == [ladder.Step(1, 2, 5), ladder.Step(3, 1, 4), ladder.Step(4, 1, 3)]
