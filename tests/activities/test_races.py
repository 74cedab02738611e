"""Deliveries at the same moment, with real transactions: nothing twice, no deadlock."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from activities import audit
from activities.models import Activity, Reduction
from ledger import audit as ledger_audit
from ledger import statements
from tests.activities.conftest import rides, take_in

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
