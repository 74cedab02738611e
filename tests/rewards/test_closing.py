"""Settlements: closed once and for good, refunds and corrections in the next, files that a bank reads."""

import csv
import io
from datetime import date, datetime, timedelta
from uuid import uuid4
from xml.etree import ElementTree

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from config import clock
from ledger import statements
from ledger.models import Chart
from rewards import closing, disputes, payouts, redemption, refusals
from rewards.models import Batch, Contract, Dispute, Line, Offer, Redemption

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]
YESTERDAY = clock.city_today() - timedelta(days=1)
Payout = Batch.Payout


@pytest.fixture
def contract(cafe) -> Contract:
    """2.5 % fee."""
    made = Contract(
        merchant=cafe, valid_from=date(2026, 1, 1), fee_bp=250, account_name="街角咖啡店", bank_code="102331002345"
    )
    made.account_number = "6222020000001234567"
    made.save()
    return made


@pytest.fixture
def use(rich, clerk):
    """Redeem and confirm, some days ago."""

    def make(offer, days_ago: int = 2) -> Redemption:
        made, _new = redemption.redeem(uuid4(), rich, offer.id)
        redemption.confirm(made.voucher_code, clerk)
        Redemption.objects.filter(id=made.id).update(closed_at=timezone.now() - timedelta(days=days_ago))
        return made

    return make


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


def test_payout_goes_from_open_to_failed_to_paid_and_no_further(use, coffee, cafe, contract):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    closing.mark(batch.id, Payout.FAILED, "account closed")
    closing.mark(batch.id, Payout.PAID)
    with pytest.raises(refusals.PayoutStepImpossible):
        closing.mark(batch.id, Payout.FAILED)
    batch.refresh_from_db()
    assert batch.payout == "paid"


def test_the_payout_files_say_the_same(use, coffee, cafe, contract, settings):
    settings.PAYOUT_NAME, settings.PAYOUT_ACCOUNT, settings.PAYOUT_BANK = (
        "Demo City",
        "3301000012345678",
        "103331000001",
    )
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    rows = list(csv.DictReader(io.StringIO(payouts.write_csv([batch]).removeprefix("\ufeff"))))
    assert [(row["payment"], row["amount_cny"], row["account_number"]) for row in rows] == [
        (batch.id.hex, "15.11", "'6222020000001234567")
    ]
    at = datetime(2026, 11, 22, 12, tzinfo=clock.city_zone())
    root = ElementTree.fromstring(payouts.write_xml([batch], at, date(2026, 11, 23)))
    assert root.tag == f"{{{payouts.NAMESPACE}}}Document"
    assert shape(root) == [
        "Document",
        ["CstmrCdtTrfInitn", ["GrpHdr", "MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", ["InitgPty", "Nm"]], BLOCK],
    ]
    texts = {each.tag.partition("}")[2]: each.text for each in root.iter()}
    assert (texts["CtrlSum"], texts["NbOfTxs"], texts["InstdAmt"]) == ("15.11", "1", "15.11")
    assert texts["EndToEndId"] == batch.id.hex
    assert len(texts["MsgId"]) <= 35


_AGENT = ["FinInstnId", ["ClrSysMmbId", ["ClrSysId", "Cd"], "MmbId"]]
BLOCK = [
    "PmtInf",
    *["PmtInfId", "PmtMtd", "NbOfTxs", "CtrlSum", ["ReqdExctnDt", "Dt"], ["Dbtr", "Nm"]],
    ["DbtrAcct", ["Id", ["Othr", "Id"]]],
    ["DbtrAgt", _AGENT],
    [
        "CdtTrfTxInf",
        *[["PmtId", "EndToEndId"], ["Amt", "InstdAmt"], ["CdtrAgt", _AGENT], ["Cdtr", "Nm"]],
        *[["CdtrAcct", ["Id", ["Othr", "Id"]]], ["RmtInf", "Ustrd"]],
    ],
]
"""The order of elements that pain.001.001.09 demands, of those that are written."""


def shape(element):
    name = element.tag.partition("}")[2]
    return [name, *map(shape, element)] if len(element) else name


def test_the_city_desk_downloads_files_and_marks_payments(use, coffee, cafe, contract, client):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    client.force_login(User.objects.create_superuser(username="staff"))

    def act(action: str):
        return client.post("/admin/rewards/batch/", {"action": action, "_selected_action": str(batch.id)})

    assert act("download_csv")["Content-Disposition"] == 'attachment; filename="payout.csv"'
    assert act("download_xml")["Content-Type"] == "application/xml"
    act("mark_paid")
    batch.refresh_from_db()
    assert batch.payout == "paid"
    assert "6222020000001234567" not in client.get("/admin/rewards/contract/").content.decode()


def test_a_file_without_a_payment_is_none(use, coffee, cafe, contract, client):
    use(coffee)
    batch = closing.close(cafe, YESTERDAY)
    closing.mark(batch.id, Payout.PAID)
    batch.refresh_from_db()
    with pytest.raises(refusals.NothingToPay):
        payouts.write_xml([batch], datetime(2026, 11, 22, 12, tzinfo=clock.city_zone()), date(2026, 11, 23))
    client.force_login(User.objects.create_superuser(username="staff"))
    act = {"action": "download_xml", "_selected_action": str(batch.id)}
    assert client.post("/admin/rewards/batch/", act).status_code == 302


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
