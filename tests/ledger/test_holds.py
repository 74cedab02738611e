"""Holds: set aside, then settled or released, each once however often it is asked."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from ledger import holds, statements
from ledger.models import Chart, Code, Hold, Transfer
from ledger.posting import PointsNotEnough, TransferConflict, post
from tests.ledger.book import award, fingerprint, holder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]

ALICE, SHOP = holder("alice"), holder("shop")
TOMORROW = timezone.now() + timedelta(days=1)


@pytest.fixture(autouse=True)
def ten_points(db):
    post([award("alice", 10)])


def place(hold_id: UUID, amount: int = 4, name: str = "alice", until: datetime = TOMORROW) -> Hold:
    return holds.place(hold_id, holder(name), amount, until)


def balances() -> tuple[int, int, int]:
    """Alice's points to spend, her points on hold, the shop's points."""
    return (
        statements.balance(ALICE),
        statements.balance(ALICE, Chart.HELD),
        statements.balance(SHOP, Chart.MERCHANT),
    )


def test_points_are_set_aside_and_paid():
    hold = place(uuid4())
    assert balances() == (6, 4, 0)

    hold = holds.settle(hold.id, SHOP)
    assert balances() == (6, 0, 4)
    assert hold.state == Hold.State.SETTLED
    assert hold.closed_at is not None


def test_points_are_set_aside_and_returned():
    hold = place(uuid4())
    assert holds.release(hold.id).state == Hold.State.RELEASED
    assert balances() == (10, 0, 0)
    codes = Transfer.objects.filter(reference=hold.id).order_by("code").values_list("code", flat=True)
    assert list(codes) == [Code.HOLD, Code.RELEASE]


def test_each_step_sent_twice_happens_once():
    hold_id = uuid4()
    place(hold_id)
    before = fingerprint()
    assert place(hold_id).id == hold_id
    assert fingerprint() == before

    holds.settle(hold_id, SHOP)
    before = fingerprint()
    holds.settle(hold_id, SHOP)
    assert fingerprint() == before

    returned = place(uuid4())
    holds.release(returned.id)
    before = fingerprint()
    holds.release(returned.id)
    assert fingerprint() == before


def test_a_hold_sent_again_after_it_was_closed_stays_closed():
    hold = place(uuid4())
    holds.release(hold.id)
    assert place(hold.id).state == Hold.State.RELEASED
    assert balances() == (10, 0, 0)


def test_a_released_hold_is_not_settled():
    hold = place(uuid4())
    holds.release(hold.id)
    before = fingerprint()
    with pytest.raises(holds.HoldClosed):
        holds.settle(hold.id, SHOP)
    assert fingerprint() == before


def test_a_settled_hold_is_not_released():
    hold = place(uuid4())
    holds.settle(hold.id, SHOP)
    before = fingerprint()
    with pytest.raises(holds.HoldClosed):
        holds.release(hold.id)
    assert fingerprint() == before


def test_a_settled_hold_is_not_settled_with_somebody_else():
    hold = place(uuid4())
    holds.settle(hold.id, SHOP)
    before = fingerprint()
    with pytest.raises(TransferConflict):
        holds.settle(hold.id, holder("other shop"))
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("amount", "name", "until"),
    [(5, "alice", TOMORROW), (4, "bob", TOMORROW), (4, "alice", TOMORROW + timedelta(seconds=1))],
)
def test_the_same_id_for_another_hold_is_refused(amount, name, until):
    post([award("bob", 10)])
    hold_id = uuid4()
    place(hold_id)
    before = fingerprint()
    with pytest.raises(TransferConflict):
        place(hold_id, amount, name, until)
    assert fingerprint() == before


def test_too_few_points_leave_no_trace_not_even_an_account():
    before = fingerprint()
    with pytest.raises(PointsNotEnough):
        place(uuid4(), 11)
    with pytest.raises(PointsNotEnough):
        place(uuid4(), 1, "nobody")
    assert fingerprint() == before


def test_a_hold_cannot_take_the_id_of_somebody_elses_transfer():
    taken = Transfer.objects.get(code=Code.AWARD).id
    place(taken)
    assert balances() == (6, 4, 0)
    assert not Transfer.objects.filter(code=Code.HOLD, id=taken).exists()


def test_a_step_of_an_unknown_hold_is_an_error():
    with pytest.raises(Hold.DoesNotExist):
        holds.settle(uuid4(), SHOP)


def test_a_refund_returns_what_the_payee_was_paid_once():
    hold_id = uuid4()
    place(hold_id)
    with pytest.raises(holds.HoldClosed):
        holds.refund(hold_id, SHOP)
    holds.settle(hold_id, SHOP)
    for _ in range(2):
        holds.refund(hold_id, SHOP)
    assert balances() == (10, 0, 0)


def test_only_an_open_hold_is_extended():
    hold_id, later = uuid4(), timezone.now() + timedelta(days=9)
    place(hold_id)
    holds.extend(hold_id, later)
    assert Hold.objects.get(id=hold_id).expires_at == later
    holds.release(hold_id)
    with pytest.raises(holds.HoldClosed):
        holds.extend(hold_id, later)


def test_a_hold_whose_time_is_over_is_not_settled_and_can_be_released():
    hold = place(uuid4())
    Hold.objects.filter(id=hold.id).update(expires_at=timezone.now())
    before = fingerprint()
    with pytest.raises(holds.HoldClosed):
        holds.settle(hold.id, SHOP)
    assert fingerprint() == before
    holds.release(hold.id)
    assert balances() == (10, 0, 0)


def test_overdue_holds_are_released_once_and_others_stay():
    overdue, fresh = place(uuid4(), 4), place(uuid4(), 3)
    Hold.objects.filter(id=overdue.id).update(expires_at=timezone.now() - holds.GRACE)
    Hold.objects.filter(id=fresh.id).update(expires_at=timezone.now())
    assert [holds.release_overdue(), holds.release_overdue()] == [1, 0]
    assert balances() == (7, 3, 0)
