"""Limits by day, person and district; refunds; the history of a redemption."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import District, Group, Membership
from config import clock
from ledger import holds, statements
from ledger.models import Chart
from rewards import jobs, redemption, refusals
from rewards.models import Offer, OfferStep, Redemption, Step, Taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]


@pytest.fixture
def hill(db) -> District:
    return District.objects.create(code="north-hill", name_zh="北山区", name_en="North Hill")


@pytest.fixture
def neighbours(make_citizen, give_points, hill):
    """Three citizens of one district with 50 points each."""
    found = [make_citizen(f"n{number}", district=hill) for number in range(3)]
    for citizen in found:
        give_points(citizen.id, 50)
    return found


def refused(refusal, citizen, offer, fingerprint) -> None:
    before = fingerprint()
    with pytest.raises(refusal):
        redemption.redeem(uuid4(), citizen, offer.id)
    assert fingerprint() == before


def test_a_day_has_its_share_and_tomorrow_another(neighbours, make_offer, fingerprint, monkeypatch):
    offer = make_offer(day_limit=2)
    for citizen in neighbours[:2]:
        redemption.redeem(uuid4(), citizen, offer.id)
    refused(refusals.SoldOutToday, neighbours[2], offer, fingerprint)
    tomorrow = clock.city_today() + timedelta(days=1)
    monkeypatch.setattr(clock, "city_today", lambda: tomorrow)
    redemption.redeem(uuid4(), neighbours[2], offer.id)
    assert sorted(Taken.objects.filter(scope__startswith="day:").values_list("count", flat=True)) == [1, 2]


def test_what_is_cancelled_is_there_again_the_same_day(neighbours, make_offer):
    offer = make_offer(day_limit=1, district_limit=1)
    first, _new = redemption.redeem(uuid4(), neighbours[0], offer.id)
    redemption.cancel(first.id, neighbours[0])
    redemption.redeem(uuid4(), neighbours[1], offer.id)


def test_a_person_has_a_share(rich, make_offer, fingerprint):
    offer = make_offer(person_limit=2)
    first, _new = redemption.redeem(uuid4(), rich, offer.id)
    redemption.redeem(uuid4(), rich, offer.id)
    refused(refusals.PersonLimitReached, rich, offer, fingerprint)
    redemption.cancel(first.id, rich)
    redemption.redeem(uuid4(), rich, offer.id)


def test_a_district_has_a_share(neighbours, make_citizen, give_points, make_offer, fingerprint):
    offer = make_offer(district_limit=2)
    for citizen in neighbours[:2]:
        redemption.redeem(uuid4(), citizen, offer.id)
    refused(refusals.SoldOutInDistrict, neighbours[2], offer, fingerprint)
    elsewhere = make_citizen("far", district=District.objects.create(code="far", name_zh="远", name_en="Far"))
    give_points(elsewhere.id, 50)
    redemption.redeem(uuid4(), elsewhere, offer.id)


def test_who_has_no_district_is_told_to_choose_one(rich, make_offer, fingerprint):
    refused(refusals.DistrictNeeded, rich, make_offer(district_limit=2), fingerprint)


def test_a_refund_returns_points_and_stock(voucher, clerk, make_member, cafe, rich, coffee):
    redemption.confirm(voucher.voucher_code, clerk)
    manager = make_member(cafe, "manager")
    made = redemption.refund(voucher.id, manager, "the machine is broken")
    assert (made.state, made.note, made.refunded_by) == ("refunded", "the machine is broken", manager.user)
    assert statements.balance(rich.id) == 100
    assert statements.balance(cafe.id, Chart.MERCHANT) == 0
    coffee.refresh_from_db()
    assert coffee.stock_left == 5


def test_a_refund_is_made_once_with_a_reason_by_a_manager_of_the_own_merchant_and_of_what_was_used(
    voucher, clerk, owner, make_member, make_merchant, fingerprint
):
    before = fingerprint()
    with pytest.raises(refusals.NotRefundable):
        redemption.refund(voucher.id, owner, "cold")
    assert fingerprint() == before
    redemption.confirm(voucher.voucher_code, clerk)
    before = fingerprint()
    with pytest.raises(refusals.VoucherUnknown):
        redemption.refund(voucher.id, make_member(make_merchant("bakery"), "owner"), "cold")
    with pytest.raises(refusals.RoleNotEnough):
        redemption.refund(voucher.id, clerk, "cold")
    for note in ("", "  "):
        with pytest.raises(refusals.RefundReasonMissing):
            redemption.refund(voucher.id, owner, note)
    assert fingerprint() == before
    redemption.refund(voucher.id, owner, "cold")
    before = fingerprint()
    with pytest.raises(refusals.VoucherRefunded):
        redemption.refund(voucher.id, owner, "cold")
    with pytest.raises(refusals.VoucherRefunded):
        redemption.confirm(voucher.voucher_code, clerk)
    assert fingerprint() == before


def test_every_step_is_written_down_with_who_made_it(voucher, clerk, owner):
    redemption.confirm(voucher.voucher_code, clerk)
    redemption.refund(voucher.id, owner, "cold")
    steps = list(Step.objects.filter(redemption=voucher).values_list("state", "made_by"))
    assert steps == [("reserved", None), ("confirmed", clerk.user_id), ("refunded", owner.user_id)]
    for change in (lambda: Step.objects.update(state="lost"), lambda: Step.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_the_database_refuses_a_step_back(voucher, rich):
    redemption.cancel(voucher.id, rich)
    with pytest.raises(IntegrityError, match="does not go from cancelled to reserved"), transaction.atomic():
        Redemption.objects.update(state="reserved", closed_at=None)


def test_the_history_of_an_offer_is_append_only(coffee):
    OfferStep.objects.create(offer=coffee, state="published")
    for change in (lambda: OfferStep.objects.update(note="x"), lambda: OfferStep.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


def test_a_donation_is_given_at_once_and_has_no_voucher(rich, make_offer, cafe, owner, fingerprint):
    offer = make_offer(kind="donation")
    made, new = redemption.redeem(uuid4(), rich, offer.id)
    assert (made.state, new) == ("confirmed", True)
    assert statements.balance(cafe.id, Chart.MERCHANT) == 10
    before = fingerprint()
    assert redemption.redeem(made.id, rich, offer.id) == (made, False)
    with pytest.raises(refusals.NotRefundable):
        redemption.refund(made.id, owner, "cold")
    with pytest.raises(refusals.RedemptionClosed):
        redemption.cancel(made.id, rich)
    assert fingerprint() == before


def test_a_gift_whose_server_died_is_given_by_the_job(rich, make_offer, monkeypatch):
    offer = make_offer(kind="donation")
    with monkeypatch.context() as dead:
        dead.setattr(redemption, "give", lambda made: None)
        made, _new = redemption.redeem(uuid4(), rich, offer.id)
    assert made.state == "reserved"
    jobs.give_gifts(0)
    made.refresh_from_db()
    assert made.state == "confirmed"


def test_a_gift_that_cannot_be_given_stops_no_other(rich, make_offer, make_due, monkeypatch, caplog):
    offer = make_offer(kind="donation")
    with monkeypatch.context() as dead:
        dead.setattr(redemption, "give", lambda made: None)
        late, broken, good = [redemption.redeem(uuid4(), rich, offer.id)[0] for _ in range(3)]
    make_due(late)
    real = holds.settle

    def refuse_the_broken(hold_id, payee):
        if hold_id == broken.id:
            raise holds.HoldClosed
        return real(hold_id, payee)

    with monkeypatch.context() as stuck:
        stuck.setattr(holds, "settle", refuse_the_broken)
        assert redemption.give_due() == 1
    assert str(broken.id) in caplog.text and str(late.id) not in caplog.text
    assert redemption.expire_due() == 1
    assert [Redemption.objects.get(id=made.id).state for made in (late, broken, good)] == [
        "expired",
        "reserved",
        "confirmed",
    ]
    assert statements.balance(rich.id) == 80


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"kind": "transit"}, "offer_pass_has_days"),
        ({"pass_days": 3}, "offer_pass_has_days"),
        ({"kind": "tree"}, "offer_tree_has_shares"),
        ({"kind": "donation", "rotating": True}, "offer_gift_is_given_at_once"),
        ({"kind": "donation", "allocation": "lottery"}, "offer_gift_is_given_at_once"),
        ({"allocation": "lottery", "day_limit": 1}, "offer_lottery_has_no_shares"),
        ({"allocation": "lottery", "district_limit": 1}, "offer_lottery_has_no_shares"),
        ({"funder": "sponsor"}, "offer_sponsor_has_name"),
        ({"sponsor_en": "Lake Bank"}, "offer_sponsor_has_name_in_both"),
        ({"day_limit": 0}, "offer_limits_positive"),
    ],
)
def test_the_database_refuses_an_offer_whose_fields_do_not_fit_its_kind(make_offer, fields, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make_offer(**fields)
    assert not Offer.objects.exists()


def test_an_offer_for_a_group_is_for_its_members(rich, make_offer, fingerprint):
    group = Group.objects.create(kind="company", name="Tram depot")
    offer = make_offer(group=group)
    refused(refusals.NotEligible, rich, offer, fingerprint)
    Membership.objects.create(group=group, citizen=rich)
    assert redemption.redeem(uuid4(), rich, offer.id)[0].state == "reserved"
