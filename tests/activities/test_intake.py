"""Rides and taps through the file door: verdicts, amounts, and nothing twice."""

import pytest

from accounts.linking.models import Link
from activities import audit
from activities.models import Activity, DailyTotal, Event, Finding, Reduction, Tally
from ledger import audit as ledger_audit
from ledger import statements
from ledger.models import Transfer
from tests.activities.conftest import rides, take_in, taps

# 1.5 km x (42.58 - 8.7) g/km = 50.82 g
RIDE_MG = 50_820


def assert_sound() -> None:
    assert not any(audit.run().values()), audit.run()
    assert not any(ledger_audit.run().values()), ledger_audit.run()


def statuses(citizen) -> list[tuple[str, str]]:
    return list(Activity.objects.filter(citizen_id=citizen.id).order_by("started_at").values_list("status", "reason"))


def test_a_ride_becomes_a_reduction_points_and_a_daily_total(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    outcome = take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    assert (outcome.rows, outcome.accepted, outcome.reduction_mg, outcome.points) == (1, 1, RIDE_MG, 5)
    reduction = Reduction.objects.get(citizen_id=alice.id)
    assert (reduction.reduction_mg, reduction.carried_mg, reduction.points) == (RIDE_MG, 0, 5)
    assert statements.balance(alice.id) == 5
    assert Transfer.objects.get(id=reduction.id).amount == 5
    day = DailyTotal.objects.get(citizen_id=alice.id)
    assert (str(day.city_day), day.activities, day.distance_m, day.reduction_mg) == ("2016-08-01", 1, 1500, RIDE_MG)
    assert_sound()


def test_the_remainder_is_carried_to_the_next_award(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "0.1")))  # 3,388 mg: no point yet
    assert statements.balance(alice.id) == 0
    outcome = take_in(
        bike_feed,
        rides(
            ("2", "7", "2016-08-01 09:00", "2016-08-01 09:10", "0.1"),
            ("3", "7", "2016-08-01 10:00", "2016-08-01 10:10", "0.1"),
        ),
    )
    assert outcome.points == 1
    carried = Reduction.objects.order_by("id").values_list("carried_mg", "points")
    assert sorted(carried) == [(0, 0), (3_388, 0), (6_776, 1)]
    assert Tally.objects.get(citizen_id=alice.id).remainder_mg == 164
    assert_sound()


def test_the_same_file_twice_changes_nothing(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    body = rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5"))
    take_in(bike_feed, body)
    again = take_in(bike_feed, body)
    assert (again.rows, again.duplicates, again.accepted, again.reduction_mg, again.points) == (1, 1, 0, 0, 0)
    assert Activity.objects.count() == Event.objects.count() == Reduction.objects.count() == 1
    assert statements.balance(alice.id) == 5


def test_people_who_are_not_linked_are_counted_and_leave_no_trace(alice, bike_feed, link):
    outcome = take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    assert (outcome.unlinked, outcome.accepted) == (1, 0)
    assert not Activity.objects.exists()
    assert not Event.objects.exists()
    assert not Tally.objects.exists()


def test_activities_before_the_link_or_after_its_end_are_not_taken_in(alice, bike_feed, link):
    link(alice, bike_feed, "7", reads_from="2016-08-02")
    before = take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1.5")))
    Link.objects.update(ended_at="2016-08-03T00:00:00Z", ended_by="citizen")
    after = take_in(bike_feed, rides(("2", "7", "2016-08-02 08:00", "2016-08-02 08:10", "1.5")))
    assert (before.unlinked, after.unlinked, Activity.objects.count()) == (1, 1, 0)


@pytest.mark.parametrize(
    ("end", "km", "status", "reason"),
    [
        ("08:10", "1.5", "accepted", ""),
        ("08:01", "0.2", "rejected", "duration_too_short"),
        ("08:02", "0.2", "accepted", ""),
        ("10:00", "9", "accepted", ""),
        ("10:01", "9", "held", "duration_too_long"),
        ("08:10", "6", "rejected", "speed_implausible"),
    ],
)
def test_a_ride_must_be_plausible(alice, bike_feed, link, end, km, status, reason):
    link(alice, bike_feed, "7")
    take_in(bike_feed, rides(("1", "7", "2016-08-01 08:00", f"2016-08-01 {end}", km)))
    assert statuses(alice) == [(status, reason)]
    assert Finding.objects.count() == (0 if status == "accepted" else 1)
    assert Reduction.objects.count() == (1 if status == "accepted" else 0)
    assert_sound()


def test_of_overlapping_trips_the_first_stands_and_a_chain_is_not_cut_too_much(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    take_in(
        bike_feed,
        rides(
            ("c", "7", "2016-08-01 08:15", "2016-08-01 08:25", "1"),  # overlaps b only, and b does not stand
            ("a", "7", "2016-08-01 08:00", "2016-08-01 08:10", "1"),
            ("b", "7", "2016-08-01 08:05", "2016-08-01 08:20", "1"),
            ("d", "7", "2016-08-01 08:25", "2016-08-01 08:35", "1"),  # begins when c ends
        ),
    )
    assert statuses(alice) == [("accepted", ""), ("rejected", "overlap"), ("accepted", ""), ("accepted", "")]
    # one that began before all comes late: everything is as if it had come first
    take_in(bike_feed, rides(("e", "7", "2016-08-01 07:50", "2016-08-01 08:01", "1")))
    assert [reason for _status, reason in statuses(alice)] == ["", "overlap", "", "overlap", ""]
    assert_sound()


def test_trips_of_two_partners_overlap_as_well(alice, bike_feed, metro_feed, link):
    link(alice, bike_feed, "7")
    link(alice, metro_feed, "CARD")
    take_in(bike_feed, rides(("a", "7", "2016-08-01 08:00", "2016-08-01 08:30", "3")))
    outcome = take_in(metro_feed, taps(("CARD", "2016-08-01 08:10:00", "bus", 200, "")))
    assert dict(outcome.reasons) == {"overlap": 1}


def test_the_daily_cap_counts_over_deliveries(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    rows = [(str(n), "7", f"2016-08-01 {8 + n:02}:00", f"2016-08-01 {8 + n:02}:10", "1") for n in range(12)]
    take_in(bike_feed, rides(*rows[:6]))
    outcome = take_in(bike_feed, rides(*rows[6:]))
    assert (outcome.accepted, dict(outcome.reasons)) == (4, {"daily_cap": 2})
    assert_sound()


def test_metro_taps_are_paired_and_unmatched_ones_held(alice, metro_feed, link):
    link(alice, metro_feed, "CARD")
    outcome = take_in(
        metro_feed,
        taps(
            ("CARD", "2018-09-01 08:30:00", "out", 300, "B"),
            ("CARD", "2018-09-01 08:00:00", "in", 0, "A"),
            ("CARD", "2018-09-01 10:00:00", "in", 0, "A"),
            ("CARD", "2018-09-01 15:00:00", "out", 300, "C"),  # five hours later: another journey's exit
        ),
    )
    assert (outcome.accepted, outcome.held) == (1, 2)
    journey = Activity.objects.get(status="accepted")
    # the middle of the fare band, 6 km x (104 - 32) g/km
    assert (journey.distance_m, journey.distance_basis) == (6000, "fare")
    assert Reduction.objects.get().reduction_mg == 432_000
    assert dict(outcome.reasons) == {"awaiting_exit": 1, "entry_missing": 1}
    assert_sound()


@pytest.mark.parametrize("order", [("in", "out"), ("out", "in")])
def test_halves_that_come_in_two_deliveries_still_make_one_journey(alice, metro_feed, link, order):
    link(alice, metro_feed, "CARD")
    rows = {
        "in": ("CARD", "2018-09-01 08:00:00", "in", 0, "A"),
        "out": ("CARD", "2018-09-01 08:30:00", "out", 300, "B"),
    }
    first = take_in(metro_feed, taps(rows[order[0]]))
    second = take_in(metro_feed, taps(rows[order[1]]))
    assert (first.held, second.accepted) == (1, 1)
    assert statuses(alice) == [("accepted", "")]
    assert Activity.objects.get().ended_at.isoformat() == "2018-09-01T00:30:00+00:00"
    assert Event.objects.count() == 2
    again = take_in(metro_feed, taps(rows["in"], rows["out"]))
    assert (again.duplicates, Reduction.objects.count()) == (2, 1)
    assert_sound()


def test_leaving_where_one_entered_is_no_journey(alice, metro_feed, link):
    link(alice, metro_feed, "CARD")
    take_in(
        metro_feed,
        taps(("CARD", "2018-09-01 08:00:00", "in", 0, "A"), ("CARD", "2018-09-01 08:30:00", "out", 200, "A")),
    )
    assert statuses(alice) == [("rejected", "same_place")]


def test_without_a_methodology_in_force_an_activity_is_held(alice, bike_feed, link):
    link(alice, bike_feed, "7", reads_from="2000-01-01")
    take_in(bike_feed, rides(("1", "7", "2009-08-01 08:00", "2009-08-01 08:10", "1.5")))
    assert statuses(alice) == [("held", "methodology_missing")]


def test_batches_do_not_tear_a_card_apart_and_sum_up(alice, bob, metro_feed, link, settings):
    settings.INTAKE_BATCH_ROWS = 1
    link(alice, metro_feed, "A")
    link(bob, metro_feed, "B")
    outcome = take_in(
        metro_feed,
        taps(
            ("A", "2018-09-01 08:00:00", "in", 0, "X"),
            ("B", "2018-09-01 08:01:00", "in", 0, "X"),
            ("A", "2018-09-01 08:30:00", "out", 300, "Y"),
            ("B", "2018-09-01 08:31:00", "out", 300, "Y"),
        ),
    )
    assert (outcome.rows, outcome.accepted, outcome.held) == (4, 2, 0)
    assert_sound()
