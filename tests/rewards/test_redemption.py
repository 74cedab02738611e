"""Points become a voucher once, and a voucher ends one way."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.citizens import CitizenSuspended
from config import clock
from ledger import holds, statements
from ledger.models import Chart, Transfer
from ledger.posting import PointsNotEnough
from rewards import jobs, offers, redemption, refusals, vouchers
from rewards.models import Merchant, Offer, Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]
State = Redemption.State


def points(citizen) -> tuple[int, int]:
    """To spend, and on hold."""
    return statements.balance(citizen.id), statements.balance(citizen.id, Chart.HELD)


def stock(offer) -> int:
    offer.refresh_from_db()
    return offer.stock_left


def test_redeeming_reserves_points_and_stock_and_makes_a_voucher(rich, coffee, cafe):
    id = uuid4()
    made, new = redemption.redeem(id, rich, coffee.id)

    assert new
    assert (made.id, made.state, made.points, made.value_fen) == (id, State.RESERVED, 10, 1550)
    assert (made.merchant, made.citizen_id, made.closed_at) == (cafe, rich.id, None)
    assert vouchers.normalise(made.voucher_code) == made.voucher_code
    assert points(rich) == (90, 10)
    assert stock(coffee) == 4


def test_a_voucher_is_valid_to_the_end_of_a_city_day(rich, make_offer, monkeypatch):
    late = datetime(2026, 11, 22, 23, 30, tzinfo=clock.city_zone())
    monkeypatch.setattr(clock, "city_today", lambda: clock.city_day(late))
    made, _new = redemption.redeem(uuid4(), rich, make_offer(voucher_days=1).id)
    assert made.expires_at == datetime(2026, 11, 24, 0, 0, tzinfo=clock.city_zone())


def test_the_same_request_again_is_the_same_redemption(rich, coffee, fingerprint):
    first, _new = redemption.redeem(uuid4(), rich, coffee.id)
    before = fingerprint()
    again, new = redemption.redeem(first.id, rich, coffee.id)
    assert not new
    assert again == first
    assert again.voucher_code == first.voucher_code
    assert fingerprint() == before


def test_a_replay_answers_after_the_offer_closed_and_the_points_are_gone(rich, make_offer):
    last = make_offer(price_points=100, stock=1)
    first, _new = redemption.redeem(uuid4(), rich, last.id)
    Offer.objects.update(state="paused")
    assert redemption.redeem(first.id, rich, last.id) == (first, False)


def test_an_id_used_for_another_offer_is_refused(rich, coffee, make_offer, fingerprint):
    first, _new = redemption.redeem(uuid4(), rich, coffee.id)
    other = make_offer()
    before = fingerprint()
    with pytest.raises(refusals.RedemptionConflict):
        redemption.redeem(first.id, rich, other.id)
    assert fingerprint() == before


def test_an_id_used_by_somebody_else_is_refused_without_a_word_about_it(voucher, bob, coffee, give_points, fingerprint):
    give_points(bob.id, 100)
    before = fingerprint()
    with pytest.raises(refusals.RedemptionConflict) as refusal:
        redemption.redeem(voucher.id, bob, coffee.id)
    assert (refusal.value.extra, refusal.value.fields) == ({}, {})
    assert refusal.value.detail == refusals.RedemptionConflict.title
    assert fingerprint() == before


def test_the_id_of_somebodys_transfer_can_be_used_and_harms_nobody(rich, coffee):
    taken = Transfer.objects.get().id
    made, _new = redemption.redeem(taken, rich, coffee.id)
    assert made.id == taken


def test_an_id_that_another_hold_has_is_refused(rich, coffee, fingerprint):
    hold = holds.place(uuid4(), rich.id, 3, timezone.now() + timedelta(days=1))
    before = fingerprint()
    with pytest.raises(refusals.RedemptionConflict):
        redemption.redeem(hold.id, rich, coffee.id)
    assert fingerprint() == before
    holds.release(hold.id)


def test_too_few_points_change_nothing(alice, coffee, give_points, fingerprint):
    give_points(alice.id, 9)
    before = fingerprint()
    with pytest.raises(PointsNotEnough):
        redemption.redeem(uuid4(), alice, coffee.id)
    assert fingerprint() == before


def test_a_sold_out_offer_changes_nothing(rich, make_offer, fingerprint):
    empty = make_offer(stock=0)
    before = fingerprint()
    with pytest.raises(refusals.SoldOut):
        redemption.redeem(uuid4(), rich, empty.id)
    assert fingerprint() == before


@pytest.mark.parametrize(
    ("reason", "refusal"),
    [
        ("paused", refusals.OfferPaused),
        ("ended", refusals.OfferOver),
        ("draft", refusals.OfferUnknown),
        ("merchant inactive", refusals.MerchantSuspended),
        ("not begun", refusals.OfferNotBegun),
        ("over", refusals.OfferOver),
    ],
)
def test_a_closed_offer_changes_nothing(rich, coffee, fingerprint, reason, refusal):
    now = timezone.now()
    match reason:
        case "paused" | "ended" | "draft":
            Offer.objects.update(state=reason)
        case "merchant inactive":
            Merchant.objects.update(active=False)
        case "not begun":
            Offer.objects.update(starts_at=now + timedelta(hours=1))
        case "over":
            Offer.objects.update(starts_at=now - timedelta(days=2), ends_at=now - timedelta(seconds=1))
    before = fingerprint()
    with pytest.raises(refusal):
        redemption.redeem(uuid4(), rich, coffee.id)
    assert fingerprint() == before


def test_an_unknown_offer_changes_nothing(rich, fingerprint):
    before = fingerprint()
    with pytest.raises(refusals.OfferUnknown):
        redemption.redeem(uuid4(), rich, uuid4())
    assert fingerprint() == before


def test_a_suspended_citizen_redeems_nothing(rich, coffee, fingerprint):
    rich.suspended_at = timezone.now()
    rich.save()
    before = fingerprint()
    with pytest.raises(CitizenSuspended):
        redemption.redeem(uuid4(), rich, coffee.id)
    assert fingerprint() == before


def test_a_later_price_does_not_touch_a_voucher(voucher, coffee, clerk):
    Offer.objects.filter(id=coffee.id).update(state=Offer.State.PAUSED)
    Offer.objects.filter(id=coffee.id).update(price_points=99, value_fen=1, funder="merchant")
    made = redemption.confirm(voucher.voucher_code, clerk)
    assert (made.points, made.value_fen, made.funder) == (10, 1550, "city")


def test_redeeming_takes_a_fixed_number_of_queries(rich, make_offer, django_assert_max_num_queries):
    redemption.redeem(uuid4(), rich, make_offer().id)
    offer = make_offer()
    with django_assert_max_num_queries(2):  # the function, and what it made
        redemption.redeem(uuid4(), rich, offer.id)


# --- confirm


def test_the_clerk_confirms_and_the_merchant_earns(voucher, clerk, rich, cafe, coffee):
    made = redemption.confirm(vouchers.group(voucher.voucher_code).lower(), clerk)
    assert (made.state, made.confirmed_by) == (State.CONFIRMED, clerk.user)
    assert made.closed_at is not None
    assert points(rich) == (90, 0)
    assert statements.balance(cafe.id, Chart.MERCHANT) == 10
    assert stock(coffee) == 4


def test_a_voucher_is_confirmed_once(voucher, clerk, fingerprint):
    redemption.confirm(voucher.voucher_code, clerk)
    before = fingerprint()
    with pytest.raises(refusals.VoucherUsed):
        redemption.confirm(voucher.voucher_code, clerk)
    assert fingerprint() == before


def test_another_merchants_voucher_is_refused(voucher, make_merchant, make_member, fingerprint):
    stranger = make_member(make_merchant("bakery"))
    before = fingerprint()
    with pytest.raises(refusals.WrongMerchant):
        redemption.confirm(voucher.voucher_code, stranger)
    assert fingerprint() == before


@pytest.mark.parametrize("code", ["", "nonsense", "000000000000"])
def test_a_wrong_code_is_unknown(voucher, clerk, code):
    with pytest.raises(refusals.VoucherUnknown):
        redemption.confirm(code, clerk)


def test_an_expired_voucher_is_refused_even_before_the_job_ran(voucher, clerk, make_due, fingerprint):
    make_due(voucher)
    before = fingerprint()
    with pytest.raises(refusals.VoucherExpired):
        redemption.confirm(voucher.voucher_code, clerk)
    assert fingerprint() == before
    redemption.expire_due()
    with pytest.raises(refusals.VoucherExpired):
        redemption.confirm(voucher.voucher_code, clerk)


def test_a_cancelled_voucher_is_refused(voucher, clerk, rich):
    redemption.cancel(voucher.id, rich)
    with pytest.raises(refusals.VoucherCancelled):
        redemption.confirm(voucher.voucher_code, clerk)


# --- cancel


def test_cancelling_returns_points_and_stock(voucher, rich, coffee):
    made = redemption.cancel(voucher.id, rich)
    assert made.state == State.CANCELLED
    assert points(rich) == (100, 0)
    assert stock(coffee) == 5


def test_cancelling_again_changes_nothing(voucher, rich, fingerprint):
    first = redemption.cancel(voucher.id, rich)
    before = fingerprint()
    assert redemption.cancel(voucher.id, rich) == first
    assert fingerprint() == before


def test_a_used_voucher_is_not_cancelled(voucher, rich, clerk, fingerprint):
    redemption.confirm(voucher.voucher_code, clerk)
    before = fingerprint()
    with pytest.raises(refusals.RedemptionClosed):
        redemption.cancel(voucher.id, rich)
    assert fingerprint() == before


def test_a_stranger_cancels_nothing(voucher, bob, fingerprint):
    before = fingerprint()
    with pytest.raises(refusals.RedemptionUnknown):
        redemption.cancel(voucher.id, bob)
    assert fingerprint() == before


def test_a_cancelled_redemption_sent_again_stays_cancelled(voucher, rich, coffee):
    redemption.cancel(voucher.id, rich)
    again, new = redemption.redeem(voucher.id, rich, coffee.id)
    assert (again.state, new) == (State.CANCELLED, False)


# --- expire


def test_expiry_returns_points_and_stock_of_what_is_due_only(voucher, rich, coffee, make_due):
    kept, _new = redemption.redeem(uuid4(), rich, coffee.id)
    make_due(voucher)

    assert redemption.expire_due() == 1

    voucher.refresh_from_db()
    kept.refresh_from_db()
    assert (voucher.state, kept.state) == (State.EXPIRED, State.RESERVED)
    assert points(rich) == (90, 10)
    assert stock(coffee) == 4


def test_expiry_run_twice_changes_nothing_more(voucher, make_due, fingerprint):
    make_due(voucher)
    assert redemption.expire_due() == 1
    before = fingerprint()
    assert redemption.expire_due() == 0
    assert fingerprint() == before


def test_expiry_that_dies_midway_leaves_whole_vouchers_and_goes_on(voucher, rich, coffee, make_due, monkeypatch):
    second, _new = redemption.redeem(uuid4(), rich, coffee.id)
    make_due(voucher)
    make_due(second)
    real, seen = holds.release, []

    def die_at_the_second(hold_id):
        seen.append(hold_id)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return real(hold_id)

    monkeypatch.setattr(holds, "release", die_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        redemption.expire_due()
    assert sorted(Redemption.objects.values_list("state", flat=True)) == [State.EXPIRED, State.RESERVED]

    monkeypatch.setattr(holds, "release", real)
    assert redemption.expire_due() == 1
    assert points(rich) == (100, 0)
    assert stock(coffee) == 5


def test_one_broken_voucher_does_not_stop_the_others(voucher, rich, coffee, make_due, monkeypatch, caplog):
    second, _new = redemption.redeem(uuid4(), rich, coffee.id)
    make_due(voucher)
    make_due(second)
    real = holds.release

    def refuse_the_first(hold_id):
        if hold_id == voucher.id:
            raise holds.HoldClosed
        return real(hold_id)

    monkeypatch.setattr(holds, "release", refuse_the_first)
    assert redemption.expire_due() == 1
    assert str(voucher.id) in caplog.text
    voucher.refresh_from_db()
    assert voucher.state == State.RESERVED


def test_the_periodic_job_expires(voucher, make_due):
    make_due(voucher)
    jobs.expire_vouchers(0)
    voucher.refresh_from_db()
    assert voucher.state == State.EXPIRED


# --- stock


def test_stock_is_raised_and_lowered_on_both_sides(voucher, coffee):
    assert (offers.add_stock(coffee.id, 10).stock_left, offers.add_stock(coffee.id, 0).stock_total) == (14, 15)
    assert offers.add_stock(coffee.id, -14).stock_left == 0
    with pytest.raises(refusals.StockTaken):
        offers.add_stock(coffee.id, -1)
    coffee.refresh_from_db()
    assert (coffee.stock_left, coffee.stock_total) == (0, 1)


@pytest.mark.parametrize("left", [-1, 6])
def test_the_database_refuses_stock_that_cannot_be(coffee, left):
    with pytest.raises(IntegrityError, match="offer_stock_not_oversold"), transaction.atomic():
        Offer.objects.update(stock_left=left)
