"""Booking credits and reversals: sums, carried grams, and the ledger follow to the milligram and point."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities import audit, crediting
from activities.crediting import Entry
from activities.models import Activity, DailyTotal, Methodology, PointsRate, Reduction, Tally
from config.identifiers import new_id
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in

DAY = date(2016, 8, 1)


@pytest.fixture
def bike_method(bike_feed) -> Methodology:
    return Methodology.objects.select_related("scenario").get(scenario__code="shared-bike")


def credit(citizen, method, reduction_mg: int, day: date = DAY, **fields) -> Entry:
    values = {"distance_m": 1000, "cause": Reduction.Cause.CREDITED, "activity_id": new_id(), **fields}
    return Entry(citizen.id, values.pop("activity_id"), method.id, method.scenario_id, day, values.pop("distance_m"),
                 reduction_mg, **values)  # fmt: skip


def reverse(entry: Entry) -> Entry:
    row = Reduction.objects.live().get(activity_id=entry.activity_id)
    return Entry.reverse(row, Reduction.Cause.CORRECTED)


def assert_sums(citizen) -> None:
    checks = audit.run() | ledger_audit.run()
    without_activities = {"live_reductions_have_accepted_activities": 0}
    assert not any((checks | without_activities).values()), checks
    tally = Tally.objects.get(citizen_id=citizen.id)
    assert (tally.points, tally.remainder_mg) == divmod(tally.reduction_mg, 10_000)
    assert statements.balance(citizen.id) == tally.points


def test_a_reversal_takes_back_grams_points_and_the_day(alice, bike_method):
    first, second = credit(alice, bike_method, 9_000), credit(alice, bike_method, 5_000, date(2016, 8, 2))
    assert crediting.book([first, second]) == crediting.Booked(14_000, 1)
    assert crediting.book([reverse(first)]) == crediting.Booked(-9_000, -1)
    tally = Tally.objects.get(citizen_id=alice.id)
    assert (tally.reduction_mg, tally.points, tally.remainder_mg) == (5_000, 0, 5_000)
    days = DailyTotal.objects.order_by("city_day").values_list("activities", "distance_m", "reduction_mg", "points")
    assert list(days) == [(0, 0, 0, -1), (1, 1000, 5_000, 1)]
    reversal = Reduction.objects.get(reversal=True)
    assert (reversal.generation, reversal.carried_mg, reversal.cause) == (1, 4_000, "corrected")
    assert_sums(alice)


def test_a_correction_is_a_reversal_and_the_next_generation(alice, bike_method):
    old = credit(alice, bike_method, 25_000)
    crediting.book([old])
    new = old._replace(reduction_mg=12_000, distance_m=400, generation=2, cause=Reduction.Cause.CORRECTED)
    assert crediting.book([new, reverse(old)]) == crediting.Booked(-13_000, -1)
    assert Reduction.objects.live().get().generation == 2
    assert DailyTotal.objects.values_list("activities", "distance_m", "reduction_mg").get() == (1, 400, 12_000)
    assert_sums(alice)


def test_nothing_is_credited_or_reversed_twice(alice, bike_method):
    entry = credit(alice, bike_method, 25_000)
    crediting.book([entry])
    taken_back = reverse(entry)
    for again in (entry, taken_back):
        if again.reversal:
            crediting.book([again])
        with pytest.raises(IntegrityError), transaction.atomic():
            crediting.book([again])
    assert Tally.objects.get(citizen_id=alice.id).reduction_mg == 0
    assert_sums(alice)


@pytest.mark.parametrize("change", [{"reduction_mg": -1}, {"reduction_mg": 1, "reversal": True}])
def test_the_sign_must_fit(alice, bike_method, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        crediting.book([credit(alice, bike_method, 0)._replace(**change)])
    assert not Reduction.objects.exists()
    assert not Tally.objects.exists()


def test_a_reversal_is_made_at_the_rate_of_its_credit(alice, bike_method):
    old = credit(alice, bike_method, 17_000)
    crediting.book([old])  # 1 point, 7,000 mg carried
    PointsRate.objects.create(mg_per_point=5_000, valid_from="2026-01-01T00:00Z")
    crediting.book([credit(alice, bike_method, 1_000)])  # 8,000 mg at 5,000: 1 point, 3,000 carried
    assert crediting.book([reverse(old)]).points == -2
    tally = Tally.objects.get(citizen_id=alice.id)
    assert (tally.reduction_mg, tally.points, tally.remainder_mg) == (1_000, 0, 6_000)
    assert audit.run()["points_follow_from_reductions"] == 0


def test_rows_are_append_only(alice, bike_method):
    crediting.book([credit(alice, bike_method, 25_000)])
    for statement in ("UPDATE activities_reduction SET points = 0", "DELETE FROM activities_reduction"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(st.integers(0, 40_000), min_size=1, max_size=6), data=st.data())
def test_points_do_not_depend_on_the_order_of_credits_and_reversals(alice, bike_method, amounts, data):
    with transaction.atomic():
        before = Tally.objects.filter(citizen_id=alice.id).first() or Tally(citizen_id=alice.id)
        entries = [credit(alice, bike_method, amount) for amount in amounts]
        for entry in data.draw(st.permutations(entries)):
            crediting.book([entry])
        gone = data.draw(st.lists(st.sampled_from(entries), unique=True))
        crediting.book([reverse(entry) for entry in gone])
        after = Tally.objects.get(citizen_id=alice.id)
        left = before.reduction_mg + sum(amounts) - sum(entry.reduction_mg for entry in gone)
        assert (after.reduction_mg, after.points, after.remainder_mg) == (left, *divmod(left, 10_000))
        assert_sums(alice)


def test_a_live_reduction_belongs_to_an_accepted_activity(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    crediting.book([Entry.reverse(Reduction.objects.get(), Reduction.Cause.REVIEWED)])
    assert audit.run()["accepted_activities_have_one_live_reduction"] == 1
    Activity.objects.update(status="rejected", reason="overlap")
    assert not any((audit.run() | ledger_audit.run()).values())


def test_fixed_points_come_beside_the_grams_and_go_with_them(alice, bike_method):
    entry = credit(alice, bike_method, 14_000, fixed_points=3)
    assert crediting.book([entry]) == crediting.Booked(14_000, 4)
    assert Tally.objects.get().remainder_mg == 4_000
    assert not any((audit.run() | {"live_reductions_have_accepted_activities": 0}).values())
    assert crediting.book([reverse(entry)]) == crediting.Booked(-14_000, -4)
    assert statements.balance(alice.id) == 0
