"""Settlements: closed once and for good, refunds and corrections in the next; one merchant holds up no other."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from config import clock
from ledger import statements
from ledger.models import Chart
from rewards import closing, disputes, jobs, redemption, refusals
from rewards.models import Batch, Dispute, Line, Offer, Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]
YESTERDAY = clock.city_today() - timedelta(days=1)


def test_a_settlement_takes_each_voucher_once_less_the_fee(use, coffee, cafe, contract):
    for days_ago in (3, 2, 0):
        use(coffee, days_ago)
    batch = closing.close(cafe, YESTERDAY)
    # 15.50 yuan at 2.5 % is 38.75 fen, rounded to 39
    assert [(line.kind, line.points, line.payable_fen, line.fee_fen) for line in batch.lines.all()] == [
        ("voucher", 10, 1550, 39)
    ] * 2
    assert (batch.points, batch.payable_fen, batch.fee_fen, batch.net_fen, batch.payout) == (20, 3100, 78, 3022, "open")
    assert statements.balance(cafe.id, Chart.MERCHANT) == 10
    assert closing.close(cafe, YESTERDAY) == batch
    assert Line.objects.count() == 2


def test_what_the_merchant_gives_itself_is_not_paid(use, make_offer, cafe, contract):
    use(make_offer(funder="merchant"))
    batch = closing.close(cafe, YESTERDAY)
    assert (batch.points, batch.payable_fen, batch.fee_fen, batch.payout) == (10, 0, 0, "nothing")


def test_a_closed_settlement_never_changes(use, coffee, cafe, contract):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    changes = [
        lambda: Batch.objects.update(payable_fen=1),
        lambda: Batch.objects.update(closed=False),
        lambda: Batch.objects.all().delete(),
        lambda: Line.objects.update(payable_fen=1),
        lambda: Line.objects.all().delete(),
        lambda: Line.objects.create(
            batch=batch, kind="adjustment", happened_at=timezone.now(), points=0, payable_fen=5, fee_fen=0
        ),
    ]
    for change in changes:
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    batch.refresh_from_db()
    assert batch.net_fen == 1511


def test_a_refund_after_closing_is_a_negative_line_of_the_next(use, coffee, cafe, contract, owner):
    made = use(coffee)
    closing.close(cafe, clock.city_today() - timedelta(days=2))
    redemption.refund(made.id, owner, "spoilt")
    Redemption.objects.update(refunded_at=timezone.now() - timedelta(days=1))
    batch = closing.close(cafe, YESTERDAY)
    assert [(line.kind, line.points, line.payable_fen, line.fee_fen) for line in batch.lines.all()] == [
        ("refund", -10, -1550, -39)
    ]
    assert (batch.net_fen, batch.payout) == (-1511, "carried")
    assert statements.balance(cafe.id, Chart.MERCHANT) == 0


def test_what_a_merchant_owes_is_taken_off_the_next(use, coffee, cafe, contract, owner):
    made = use(coffee, 4)
    closing.close(cafe, clock.city_today() - timedelta(days=4))
    redemption.refund(made.id, owner, "cold")
    Redemption.objects.update(refunded_at=timezone.now() - timedelta(days=3))
    closing.close(cafe, clock.city_today() - timedelta(days=3))
    use(coffee, 2)
    batch = closing.close(cafe, YESTERDAY)
    assert sorted(batch.lines.values_list("kind", "payable_fen")) == [("carry", -1511), ("voucher", 1550)]
    assert batch.payout == "nothing"
    assert batch.net_fen == 0


def test_a_dispute_is_answered_in_the_next_settlement(use, coffee, cafe, contract, client, owner, make_merchant):
    use(coffee)
    batch = closing.close(cafe, clock.city_today() - timedelta(days=2))
    line = batch.lines.get()
    client.force_login(owner.user)
    assert client.get(f"/merchant/settlements/{batch.id}/").status_code == 200
    client.post(f"/merchant/settlements/{batch.id}/{line.id}/dispute/", {"reason": "It was 18 yuan."})
    dispute = Dispute.objects.get()
    assert (dispute.state, dispute.opened_by) == ("open", owner.user)
    with pytest.raises(refusals.DisputeOpen):
        disputes.open_about(line, owner.user, "again")
    disputes.settle(dispute.id, 250, "You are right.")
    with pytest.raises(refusals.DisputeClosed):
        disputes.settle(dispute.id, 250, "")
    after = closing.close(cafe, YESTERDAY)
    assert [(each.kind, each.payable_fen) for each in after.lines.all()] == [("adjustment", 250)]
    assert after.net_fen == 250


def test_another_merchants_settlement_is_not_there(
    use, coffee, cafe, contract, client, make_member, make_merchant, clerk
):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    for member in (make_member(make_merchant("bakery"), "owner"), clerk):
        client.force_login(member.user)
        assert client.get(f"/merchant/settlements/{batch.id}/").status_code == 404


def test_days_that_are_not_over_and_merchants_without_contract_are_refused(cafe, contract, make_merchant, fingerprint):
    before = fingerprint()
    with pytest.raises(refusals.PeriodNotOver):
        closing.close(cafe, clock.city_today())
    with pytest.raises(refusals.ContractMissing):
        closing.close(make_merchant("bakery"), YESTERDAY)
    assert (fingerprint(), Batch.objects.count()) == (before, 0)


def test_the_city_questions_a_line_too_and_the_merchant_sees_it(use, coffee, cafe, contract, client, owner):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    line = batch.lines.get()
    client.force_login(User.objects.create_superuser("staff", "staff@example.org"))
    page = client.get(f"/admin/rewards/batch/{batch.id}/change/").content.decode()
    address = f"/admin/rewards/dispute/add/?line={line.pk}"
    assert address in page and client.get(address).status_code == 200
    for _ in range(2):
        client.post(address, {"line": line.pk, "reason": "charged twice"})
    dispute = Dispute.objects.get()
    assert (dispute.line_id, dispute.reason, dispute.opened_by.email) == (line.pk, "charged twice", "staff@example.org")
    client.post(f"/admin/rewards/dispute/{dispute.pk}/change/", {"adjustment_fen": "-100", "answer": "see receipt"})
    dispute.refresh_from_db()
    assert (dispute.state, dispute.adjustment_fen) == ("corrected", -100)
    client.force_login(owner.user)
    assert "charged twice" in client.get(f"/merchant/settlements/{batch.id}/").content.decode()


def test_a_published_offer_keeps_its_money_and_a_redemption_its_funder(voucher, coffee, make_offer):
    assert voucher.funder == "city"
    for change in ({"price_points": 1}, {"value_fen": 1}, {"funder": "merchant"}):
        with pytest.raises(IntegrityError, match="was published"), transaction.atomic():
            Offer.objects.filter(id=coffee.id).update(**change)
    draft = make_offer(state="draft")
    assert Offer.objects.filter(id=draft.id).update(price_points=7) == 1


def test_closing_all_isolates_a_merchant_that_cannot_be_closed(
    use, coffee, cafe, contract, make_merchant, make_contract, monkeypatch
):
    use(coffee)
    bakery = make_merchant("bakery")
    make_contract(bakery)
    make_merchant("without-a-contract")
    real = closing._write_lines

    def fail(batch):
        if batch.merchant_id == bakery.id:
            raise DatabaseError
        real(batch)

    monkeypatch.setattr(closing, "_write_lines", fail)
    assert closing.close_all(YESTERDAY) == (1, [bakery])
    assert [batch.merchant for batch in Batch.objects.all()] == [cafe]
    monkeypatch.undo()
    assert closing.close_all(YESTERDAY) == (1, [])
    assert closing.close_all(YESTERDAY) == (0, [])
    assert closing.close_all(YESTERDAY - timedelta(days=1)) == (0, [])  # closed beyond that day
    assert Batch.objects.count() == 2


def test_days_that_are_not_over_are_closed_for_nobody(cafe, contract):
    with pytest.raises(refusals.PeriodNotOver):
        closing.close_all(clock.city_today())
    assert not Batch.objects.exists()


@pytest.mark.parametrize(
    ("today", "last_day"),
    [("2026-12-01", "2026-10-31"), ("2026-12-02", "2026-11-30"), ("2026-12-31", "2026-11-30")],
)
def test_a_month_is_closed_from_the_second_of_the_next_on(monkeypatch, today, last_day):
    asked = []
    monkeypatch.setattr(clock, "city_today", lambda: date.fromisoformat(today))
    monkeypatch.setattr(closing, "close_all", asked.append)
    jobs.close_month(0)
    assert asked == [date.fromisoformat(last_day)]


def test_the_desk_closes_up_to_a_day_for_who_may(use, coffee, cafe, contract, client, make_staff):
    use(coffee)
    client.force_login(make_staff("view_batch"))
    page = "/admin/rewards/batch/"
    assert 'name="last_day"' not in client.get(page).content.decode()
    assert client.post(f"{page}close/", {"last_day": YESTERDAY.isoformat()}).status_code == 403
    assert not Batch.objects.exists()
    client.force_login(make_staff("view_batch", "close_batch"))
    assert 'name="last_day"' in client.get(page).content.decode()
    for day in ("nonsense", clock.city_today().isoformat()):
        client.post(f"{page}close/", {"last_day": day}, follow=True)
        assert not Batch.objects.exists()
    answer = client.post(f"{page}close/", {"last_day": YESTERDAY.isoformat()}, follow=True)
    assert Batch.objects.get().last_day == YESTERDAY
    assert [str(message) for message in answer.context["messages"]] == ["已关闭 1 份结算单。"]
