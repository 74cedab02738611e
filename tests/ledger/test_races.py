"""The book under many clients at once, with real commits."""

import random
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from ledger import audit, holds, statements
from ledger.models import Account, Chart, Code, Hold, Transfer
from ledger.posting import PointsNotEnough, issuance_account, open_account, post
from tests.ledger.book import award, holder, payment
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def assert_sound() -> None:
    assert audit.run() == dict.fromkeys(audit.CHECKS, 0)


def test_a_ring_of_transfers_never_deadlocks():
    names = [f"citizen {number}" for number in range(8)]
    accounts = [open_account(holder(name), Chart.CITIZEN) for name in names]
    city = issuance_account()
    post([award(name, 100) for name in names])

    def pay_the_next(place: int):
        def pay():
            for _ in range(12):  # points go round through the city, as they never pass between people
                post(
                    [
                        payment(accounts[place], city, 2, Code.CLAW_BACK),
                        payment(city, accounts[(place + 1) % 8], 2, Code.AWARD),
                        payment(accounts[place - 1], city, 1, Code.CLAW_BACK),
                        payment(city, accounts[place], 1, Code.AWARD),
                    ]
                )

        return pay

    assert at_once([pay_the_next(place) for place in range(8)]) == [None] * 8
    assert [statements.balance(holder(name)) for name in names] == [100] * 8
    assert_sound()


def test_twenty_clients_spend_one_balance_and_exactly_seven_succeed():
    post([award("alice", 22)])
    later = timezone.now() + timedelta(days=1)

    outcomes = at_once([lambda: holds.place(uuid4(), holder("alice"), 3, later)] * 20)

    assert sum(isinstance(outcome, Hold) for outcome in outcomes) == 7
    assert sum(isinstance(outcome, PointsNotEnough) for outcome in outcomes) == 13
    assert statements.balance(holder("alice")) == 1
    assert statements.balance(holder("alice"), Chart.HELD) == 21
    assert_sound()


def test_one_transfer_sent_by_twenty_at_once_is_posted_once():
    draft = award("alice", 7)
    assert sorted(at_once([lambda: post([draft])] * 20)) == [0] * 19 + [1]
    assert statements.balance(holder("alice")) == 7


def test_one_batch_sent_by_ten_in_any_order_never_deadlocks():
    shop, settled = open_account(holder("shop"), Chart.MERCHANT), open_account(holder("city"), Chart.SETTLED)
    drafts = [payment(shop, settled, 1, Code.SETTLE) for _ in range(60)]
    shuffled = [random.sample(drafts, len(drafts)) for _ in range(10)]

    outcomes = at_once([lambda batch=batch: post(batch) for batch in shuffled])

    assert sum(outcomes) == 60
    assert Transfer.objects.count() == 60


def test_a_hold_settled_and_released_at_once_ends_one_way():
    post([award("alice", 5)])
    hold = holds.place(uuid4(), holder("alice"), 5, timezone.now() + timedelta(days=1))

    outcomes = at_once(
        [lambda: holds.settle(hold.id, holder("shop")), lambda: holds.release(hold.id)] * 5,
    )

    winners = {outcome.state for outcome in outcomes if isinstance(outcome, Hold)}
    assert len(winners) == 1
    assert sum(isinstance(outcome, holds.HoldClosed) for outcome in outcomes) == 5
    assert Transfer.objects.filter(reference=hold.id).count() == 2
    assert_sound()


def test_an_account_opened_by_twenty_at_once_is_one():
    outcomes = at_once([lambda: open_account(holder("alice"), Chart.CITIZEN)] * 20)
    assert len(set(outcomes)) == 1
    assert Account.objects.count() == 1
