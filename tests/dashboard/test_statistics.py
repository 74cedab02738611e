from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.linking import links
from accounts.models import Consent, ConsentText
from activities.models import Delivery, DetailHorizon
from config import clock
from config.identifiers import new_id
from dashboard import periods, statistics
from dashboard.periods import Step, Window
from dashboard.statistics import Bar
from tests.dashboard.conftest import TODAY, tally


@pytest.mark.parametrize(
    ("step", "first"),
    [
        (Step.DAY, date(2026, 11, 18)),
        (Step.WEEK, date(2026, 11, 16)),
        (Step.MONTH, date(2026, 11, 1)),
        (Step.YEAR, date(2026, 1, 1)),
    ],
)
def test_a_bar_begins_on_its_first_day(step, first):
    assert periods.floor(TODAY, step) == first


@pytest.mark.parametrize(
    ("step", "start", "end", "bars"),
    [
        (Step.DAY, date(2026, 11, 5), date(2026, 11, 19), 14),
        (Step.WEEK, date(2026, 8, 31), date(2026, 11, 23), 12),
        (Step.MONTH, date(2025, 12, 1), date(2026, 12, 1), 12),
        (Step.YEAR, date(2022, 1, 1), date(2027, 1, 1), 5),
    ],
)
def test_a_window_ends_with_the_bar_of_its_last_day(step, start, end, bars):
    window = periods.window(step, TODAY)
    assert window == Window(step, start, end)
    assert len(window.starts()) == bars
    assert periods.window(step, window.earlier_day).end == start
    assert periods.window(step, window.later_day).start == end


def test_the_summary_adds_up_by_period(alice, bob, total, give_points):
    for day, amount_mg in [
        (TODAY, 1_000),
        (date(2026, 11, 16), 200),  # Monday of this week
        (date(2026, 11, 15), 30_000),  # Sunday of last week: later in the week than today
        (date(2026, 11, 11), 4_000),  # last week, the same weekday as today
        (date(2026, 11, 10), 7),
        (date(2026, 10, 31), 500_000),
        (date(2026, 1, 1), 6_000_000),
        (date(2025, 12, 31), 70_000_000),
    ]:
        total(alice, day, amount_mg)
    total(bob, TODAY, 999)
    tally(alice.pk, 76_535_200, 7_653, remainder_mg=5_200)
    give_points(alice.pk, 7_653)

    summary = statistics.summary(alice.pk, TODAY)

    assert summary == statistics.Summary(
        balance_points=7_653,
        held_points=0,
        owed_points=0,
        expiring=[],
        reduction_mg=76_535_200,
        points=7_653,
        carried_mg=5_200,
        today_mg=1_000,
        week_mg=1_200,
        week_so_far_mg=200,
        last_week_mg=34_007,
        last_week_so_far_mg=7,
        month_mg=35_207,
        last_month_mg=500_000,
        year_mg=6_535_207,
    )


def test_a_new_citizen_has_zeros_everywhere(alice):
    found = vars_of(statistics.summary(alice.pk, TODAY))
    assert found.pop("expiring") == []
    assert set(found.values()) == {0}


def vars_of(summary):
    return {name: getattr(summary, name) for name in summary.__slots__}


def test_the_summary_of_new_years_day_sees_last_week_and_last_month(alice, total):
    total(alice, date(2026, 12, 31), 10)
    total(alice, date(2026, 12, 21), 500)
    summary = statistics.summary(alice.pk, date(2027, 1, 1))
    assert (summary.week_mg, summary.last_week_mg, summary.last_month_mg, summary.year_mg) == (10, 500, 510, 0)


@pytest.mark.parametrize("days", [1, 20])
def test_the_summary_of_who_has_no_points_takes_three_queries(alice, total, days, django_assert_num_queries):
    for number in range(days):
        total(alice, TODAY - timedelta(days=number), 10)
    with django_assert_num_queries(3):
        statistics.summary(alice.pk, TODAY)


def test_a_series_is_summed_by_bar_and_scenario(alice, bob, total, bike, metro, django_assert_num_queries):
    total(alice, date(2026, 11, 16), 1, 1)
    total(alice, date(2026, 11, 17), 20, 2)
    total(alice, date(2026, 11, 17), 300, 3, scenario=metro)
    total(alice, date(2026, 11, 15), 4_000, 4)
    total(bob, date(2026, 11, 17), 50_000, 5)
    total(alice, date(2026, 8, 30), 600_000, 6)  # the day before the window
    window = periods.window(Step.WEEK, TODAY)
    with django_assert_num_queries(1):
        bars = statistics.series(alice.pk, window)
    assert bars == [
        Bar(date(2026, 11, 9), bike.pk, 4_000, 4, 1, 1000),
        Bar(date(2026, 11, 16), bike.pk, 21, 3, 2, 2000),
        Bar(date(2026, 11, 16), metro.pk, 300, 3, 1, 1000),
    ]
    assert statistics.total(bars) == statistics.Totals(4_321, 10, 4, 4000)
    assert statistics.series(alice.pk, window, metro.pk) == bars[2:]


def test_two_windows_are_read_at_once_even_where_they_overlap(alice, total, bike, django_assert_num_queries):
    total(alice, date(2026, 5, 1), 1)
    total(alice, date(2025, 5, 1), 20)
    total(alice, date(2021, 5, 1), 300)
    total(alice, date(2020, 5, 1), 4_000)  # in neither
    span = Window(Step.YEAR, date(2022, 1, 1), date(2027, 1, 1))
    other = Window(Step.YEAR, date(2021, 1, 1), date(2026, 1, 1))
    with django_assert_num_queries(1):
        bars = statistics.series(alice.pk, span, other=other)
    assert [(bar.start.year, bar.reduction_mg) for bar in bars] == [(2021, 300), (2025, 20), (2026, 1)]
    assert [bar.start.year for bar in bars if bar.start in span] == [2025, 2026]


@pytest.mark.parametrize("step", list(Step))
def test_every_width_of_bar_has_the_same_sum(alice, total, step):
    for number in range(40):
        total(alice, TODAY - timedelta(days=number), 7)
    window = Window(step, date(2022, 1, 3) if step == Step.WEEK else date(2022, 1, 1), date(2027, 1, 1))
    bars = statistics.series(alice.pk, window)
    assert statistics.total(bars).reduction_mg == 280
    assert {bar.start for bar in bars} <= set(window.starts())


def bar(start: date, activities: int) -> Bar:
    return Bar(start, 1, 0, 0, activities, 0)


def test_the_latest_bars_tell_since_when_there_are_enough_entries():
    bars = [bar(date(2026, 9, 1), 50), bar(date(2026, 10, 1), 3), bar(date(2026, 11, 1), 4), bar(date(2026, 11, 1), 3)]
    assert statistics.enough_since(bars, 6) == date(2026, 11, 1)
    assert statistics.enough_since(bars, 7) == date(2026, 10, 1)
    assert statistics.enough_since(bars, 10) == date(2026, 9, 1)
    assert statistics.enough_since(bars, 60) is None
    assert statistics.enough_since([], 1) is None


def link(citizen, feed, linked_days_ago):
    text = ConsentText.objects.filter(partner=feed.partner).first()
    links.open_many(feed.partner, [(citizen, "s-1")], reads_from=timezone.now(), channel=Consent.Channel.SANDBOX)
    assert text is not None
    citizen.links.update(linked_at=timezone.now() - timedelta(days=linked_days_ago))


@pytest.mark.parametrize(("linked", "heard", "late"), [(30, 5, 5), (30, 1, 0), (1, 9, 0), (30, None, 30), (2, None, 0)])
def test_a_partner_is_late_after_three_silent_days(alice, feed, delivery, linked, heard, late):
    link(alice, feed, linked)
    if heard is None:
        Delivery.objects.all().delete()
    else:
        Delivery.objects.update(received_at=timezone.now() - timedelta(days=heard))
    (source,) = statistics.sources(alice.pk)
    assert (source.partner.code, source.late_days) == (feed.partner.code, late)


def test_an_ended_link_is_no_source(alice, feed):
    link(alice, feed, 1)
    alice.links.update(ended_at=timezone.now(), ended_by="citizen")
    assert statistics.sources(alice.pk) == []


def test_what_is_kept_is_told_with_the_day_from_which_it_was_read(alice, feed):
    assert statistics.kept(alice.pk) == statistics.Kept(0, None)
    link(alice, feed, 1)
    alice.links.update(reads_from=clock.day_start(date(2026, 3, 1)))
    assert statistics.kept(alice.pk) == statistics.Kept(1, date(2026, 3, 1))
    alice.links.update(ended_at=timezone.now(), ended_by="citizen")
    assert statistics.kept(alice.pk) == statistics.Kept(0, date(2026, 3, 1))  # what was counted stays
    DetailHorizon.objects.create(before=date(2026, 5, 1), first_kept=new_id())
    assert statistics.kept(alice.pk) == statistics.Kept(0, date(2026, 5, 1))
