"""Entries: pages without gap or repeat, what each brought, and what they cost."""

from datetime import timedelta

import pytest

from activities import crediting
from activities.entries import Entry
from activities.models import DailyTotal, Reduction
from dashboard import entries, statistics
from tests.dashboard.conftest import TODAY, tally


def test_entries_are_paged_newest_first_without_gap_or_repeat(alice, bob, make_activity):
    made = [make_activity(alice, TODAY - timedelta(days=number // 2)) for number in range(7)]  # two at each instant
    make_activity(bob)
    found, after = [], ""
    while after is not None:
        page = entries.page(alice.pk, after=after, limit=3)
        found += [entry.activity for entry in page.entries]
        after = page.after
    assert {activity.pk for activity in found} == {activity.pk for activity in made}
    assert len(found) == 7
    assert [activity.started_at for activity in found] == sorted((a.started_at for a in made), reverse=True)


@pytest.mark.parametrize("mark", ["", "x", "1_2", "99999999999999999999999_" + "0" * 32, "1_" + "g" * 32])
def test_a_broken_mark_begins_at_the_newest(alice, make_activity, mark):
    make_activity(alice)
    assert len(entries.page(alice.pk, after=mark).entries) == 1


def test_an_entry_has_its_reduction_or_none(alice, make_activity):
    make_activity(alice, hour=8)
    make_activity(alice, hour=7, reason="overlap")
    accepted, rejected = entries.page(alice.pk, statistics.scenes()).entries
    assert (accepted.reduction.reduction_mg, accepted.reduction.points) == (67_760, 7)
    assert rejected.reduction is None
    assert accepted.scene.code == "shared-bike"


def test_what_was_taken_back_brings_nothing_until_it_counts_anew(alice, make_activity, total):
    activity = make_activity(alice)
    booked = Reduction.objects.get()
    total(alice, TODAY, booked.reduction_mg, booked.points)
    DailyTotal.objects.update(distance_m=booked.distance_m)
    tally(alice.pk, booked.reduction_mg, booked.points)
    taken_back = Entry.reverse(booked, Reduction.Cause.CORRECTED)
    crediting.book([taken_back])
    assert entries.page(alice.pk).entries[0].reduction is None
    anew = taken_back._replace(reduction_mg=33_880, generation=2, reversal=False, mg_per_point=0, paid_points=0)
    crediting.book([anew])
    (entry,) = entries.page(alice.pk).entries
    assert (entry.activity, entry.reduction.reduction_mg, entry.reduction.generation) == (activity, 33_880, 2)


def test_a_day_with_enough_entries_since_gives_the_very_same_page(alice, make_activity, django_assert_num_queries):
    for number in range(7):
        make_activity(alice, TODAY - timedelta(days=number))
    page = entries.page(alice.pk, limit=3)
    with django_assert_num_queries(2):
        assert entries.page(alice.pk, limit=3, enough_since=TODAY - timedelta(days=3)) == page
    with django_assert_num_queries(3):  # totals that promise more than there is
        assert entries.page(alice.pk, limit=3, enough_since=TODAY - timedelta(days=1)) == page


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_of_entries_takes_two_queries(alice, make_activity, count, django_assert_num_queries):
    for _ in range(count):
        make_activity(alice)
    with django_assert_num_queries(2):
        for entry in entries.page(alice.pk).entries:
            assert entry.activity.feed.partner.code
            assert entry.activity.scenario.code
