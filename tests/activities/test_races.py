"""Deliveries at the same moment, with real transactions: nothing twice, no deadlock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from activities import audit
from activities.models import Activity, DailyTotal, Event, Reduction
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in
from tests.activities.test_corrections import cancel, deliver, ride

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls):
    def run(call):
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def test_the_same_rides_delivered_four_times_at_once_count_once(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    rows = [(str(n), "7", f"2016-08-{n + 1:02} 08:00", f"2016-08-{n + 1:02} 08:10", "1.5") for n in range(20)]
    body = rides(*rows)
    outcomes = at_once(*[lambda: take_in(bike_feed, body)] * 4)
    assert sorted(outcome.accepted for outcome in outcomes) == [0, 0, 0, 20]
    assert (Activity.objects.count(), Reduction.objects.count()) == (20, 20)
    assert statements.balance(alice.id) == 20 * 50_820 // 10_000
    assert not any((audit.run() | ledger_audit.run()).values())


def test_two_workers_with_the_same_people_in_other_order_do_not_deadlock(make_citizen, bike_feed, link):
    people = [make_citizen(f"p{n}") for n in range(20)]
    for number, citizen in enumerate(people):
        link(citizen, bike_feed, str(number))

    def body(prefix: str, hour: int, order: list[int]) -> bytes:
        return rides(
            *[(f"{prefix}{n}", str(n), f"2016-08-01 {hour}:00", f"2016-08-01 {hour}:10", "1.5") for n in order]
        )

    forward, backward = list(range(20)), list(range(19, -1, -1))
    outcomes = at_once(
        lambda: take_in(bike_feed, body("a", 10, forward)),
        lambda: take_in(bike_feed, body("b", 11, backward)),
        lambda: take_in(bike_feed, body("c", 12, forward)),
        lambda: take_in(bike_feed, body("d", 13, backward)),
    )
    assert [outcome.accepted for outcome in outcomes] == [20, 20, 20, 20]
    assert {statements.balance(citizen.id) for citizen in people} == {4 * 50_820 // 10_000}
    assert not any((audit.run() | ledger_audit.run()).values())


def test_corrections_of_the_same_rides_at_once_end_as_one_after_another(alice, bike_feed, link):
    link(alice, bike_feed, "7")
    tellings = [[ride(str(n), 60 * n, distance_m=1000 + 100 * sent) for n in range(8)] for sent in range(1, 5)]
    deliver(bike_feed, *tellings[0], sent=0)
    at_once(*[lambda sent=sent: deliver(bike_feed, *tellings[sent], sent=sent) for sent in (1, 2, 3)])
    assert set(Activity.objects.values_list("distance_m", "status")) == {(1400, "accepted")}
    assert Reduction.objects.live().count() == 8
    assert not any((audit.run() | ledger_audit.run()).values())


def test_rides_corrections_and_cancellations_of_many_people_at_once_end_as_in_a_row(make_citizen, bike_feed, link):
    people = [make_citizen(f"p{n}") for n in range(6)]
    for number, citizen in enumerate(people):
        link(citizen, bike_feed, str(number))
    told = [ride(f"{who}-{n}", 50 * n, minutes=70, subject=str(who)) for who in range(6) for n in range(5)]
    shorter = [draft._replace(ended_at=draft.started_at + timedelta(minutes=20)) for draft in reversed(told[::2])]
    taken_back = [cancel(draft.external_id, subject=draft.subject) for draft in told[::3]]
    steps = [(told, 1), (shorter, 2), (taken_back, 3), (told[::-1], 1)]

    def books_now():
        days = DailyTotal.objects.filter(activities__gt=0)
        return [
            sorted(Activity.objects.values_list("key", "ended_at", "status", "reason")),
            sorted(days.values_list("citizen_id", "city_day", "activities", "reduction_mg")),
            [statements.balance(citizen.id) for citizen in people],
        ]

    at_once(*[lambda drafts=drafts, sent=sent: deliver(bike_feed, *drafts, sent=sent) for drafts, sent in steps])
    assert not any((audit.run() | ledger_audit.run()).values())
    found = books_now()
    with transaction.atomic():
        connection.cursor().execute(
            "SET LOCAL session_replication_role = replica;DELETE FROM activities_event;DELETE FROM activities_activity;"
            "DELETE FROM activities_finding; DELETE FROM activities_reduction; DELETE FROM activities_dailytotal;"
            "DELETE FROM activities_tally; DELETE FROM activities_cancellation; DELETE FROM ledger_transfer;"
            "UPDATE ledger_account SET balance = 0 WHERE balance IS NOT NULL"
        )
    for drafts, sent in steps:
        deliver(bike_feed, *drafts, sent=sent)
    assert found == books_now()


def test_one_ride_told_for_several_people_at_once_is_paid_once(make_citizen, bike_feed, link):
    people = [make_citizen(f"p{n}") for n in range(4)]
    for number, citizen in enumerate(people):
        link(citizen, bike_feed, str(number))

    def tell(number: int):
        while True:  # as the queue tries again
            try:
                return deliver(bike_feed, ride("1", subject=str(number)), sent=number)
            except IntegrityError:
                continue

    at_once(*[lambda number=number: tell(number) for number in range(4)])
    standing = Event.objects.get(cancelled=False)
    assert standing.citizen_id == people[3].id
    assert [statements.balance(citizen.id) for citizen in people] == [0, 0, 0, 5]
    assert not any((audit.run() | ledger_audit.run()).values())
