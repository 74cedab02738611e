"""Payments: sent once in a file that stays the same, to the account in force; paid or failed by who may say so."""

import csv
import io
from datetime import date, timedelta
from uuid import UUID
from xml.etree import ElementTree

import pytest
from django.db import DatabaseError, transaction

from config import clock
from rewards import closing, payouts, refusals
from rewards.models import Batch, Payment, PaymentFile
from tests.races import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sound")]
YESTERDAY = clock.city_today() - timedelta(days=1)
Payout = Batch.Payout
NUMBER = "6222020000001234567"


@pytest.fixture
def batch(use, coffee, cafe, contract) -> Batch:
    """15.11 yuan to be paid."""
    use(coffee)
    return closing.close(cafe, YESTERDAY)


def payout(batch: Batch) -> tuple[str, str]:
    batch.refresh_from_db()
    return batch.payout, batch.payout_note


def rows(file: PaymentFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.csv.removeprefix("\ufeff"))))


def test_what_is_sent_is_in_one_file_and_no_other(batch):
    file = payouts.send([batch.id], "staff")
    assert payout(batch) == ("sent", "")
    assert [row["payment"] for row in rows(file)] == [batch.id.hex]
    with pytest.raises(refusals.NothingToPay):
        payouts.send([batch.id], "staff")
    assert (PaymentFile.objects.count(), Payment.objects.count()) == (1, 1)


def test_a_file_is_the_same_whatever_changes_later(batch, cafe, make_contract, settings):
    file = payouts.send([batch.id], "staff")
    before = file.xml, file.csv
    settings.PAYOUT_NAME = "Somebody else"
    cafe.code = "renamed"
    cafe.save()
    make_contract(cafe, "999999", valid_from=clock.city_today())
    kept = PaymentFile.objects.get()
    assert (kept.xml, kept.csv) == before
    assert NUMBER not in kept.xml_encrypted + kept.csv_encrypted


def test_a_payment_that_failed_goes_to_the_account_of_the_contract_in_force(batch, cafe, make_contract):
    first = payouts.send([batch.id], "staff")
    payouts.mark(batch.id, Payout.FAILED, " account closed ")
    assert payout(batch) == ("failed", "account closed")
    corrected = make_contract(cafe, "955880001", valid_from=clock.city_today(), fee_bp=9_000, bank_code="103331000001")
    assert payouts.account(batch).account_number == NUMBER  # where it went
    second = payouts.send([batch.id], "staff")
    assert payouts.account(batch) == corrected
    assert payout(batch) == ("sent", "")
    told = [
        [(row["account_number"], row["bank_cnaps"], row["amount_cny"], row["file"]) for row in rows(file)]
        for file in (first, second)
    ]
    assert told == [
        [(NUMBER, "102331002345", "15.11", first.message)],
        [("955880001", "103331000001", "15.11", second.message)],
    ]
    assert first.message != second.message and len(first.message) == 35


def test_a_contract_of_tomorrow_is_not_in_force(batch, cafe, make_contract):
    make_contract(cafe, "955880001", valid_from=clock.city_today() + timedelta(days=1))
    assert [row["account_number"] for row in rows(payouts.send([batch.id], "staff"))] == [NUMBER]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_payment_fails_with_a_reason_only(batch, reason):
    payouts.send([batch.id], "staff")
    with pytest.raises(refusals.PayoutReasonMissing):
        payouts.mark(batch.id, Payout.FAILED, reason)
    assert payout(batch) == ("sent", "")


def test_the_steps_of_a_payout(batch):
    with pytest.raises(refusals.PayoutStepImpossible):
        payouts.mark(batch.id, Payout.FAILED, "never sent")
    payouts.send([batch.id], "staff")
    payouts.mark(batch.id, Payout.FAILED, "account closed")
    payouts.mark(batch.id, Payout.PAID)
    with pytest.raises(refusals.PayoutStepImpossible):
        payouts.mark(batch.id, Payout.FAILED, "after all")
    assert payout(batch) == ("paid", "")


def test_what_was_paid_without_a_file_is_never_in_one(batch):
    payouts.mark(batch.id, Payout.PAID)
    with pytest.raises(refusals.NothingToPay):
        payouts.send([batch.id], "staff")
    assert payout(batch) == ("paid", "") and not PaymentFile.objects.exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [("paid", "open"), ("paid", "sent"), ("paid", "failed"), ("sent", "open"), ("open", "failed"), ("failed", "open")],
)
def test_the_database_refuses_other_steps(batch, before, after):
    if before != "open":
        payouts.send([batch.id], "staff")
    if before == "failed":
        payouts.mark(batch.id, Payout.FAILED, "account closed")
    if before == "paid":
        payouts.mark(batch.id, Payout.PAID)
    with pytest.raises(DatabaseError, match="is closed"), transaction.atomic():
        Batch.objects.update(payout=after)


def test_the_database_refuses_a_payment_that_is_not_due_or_goes_elsewhere(
    batch, make_contract, make_merchant, contract
):
    other = make_contract(make_merchant("bakery"), "999999")
    sent = payouts.send([batch.id], "staff")
    file = PaymentFile.objects.create(by="staff", created_at=sent.created_at)
    with pytest.raises(DatabaseError, match="not waiting"), transaction.atomic():
        Payment.objects.create(file=file, batch=batch, contract=contract)
    payouts.mark(batch.id, Payout.FAILED, "account closed")
    with pytest.raises(DatabaseError, match="not waiting"), transaction.atomic():
        Payment.objects.create(file=file, batch=batch, contract=other)


def test_the_payout_files_say_the_same(batch, settings):
    settings.PAYOUT_NAME, settings.PAYOUT_ACCOUNT, settings.PAYOUT_BANK = (
        "Demo City",
        "3301000012345678",
        "103331000001",
    )
    file = payouts.send([batch.id], "staff")
    assert [(row["payment"], row["amount_cny"], row["account_number"]) for row in rows(file)] == [
        (batch.id.hex, "15.11", NUMBER)
    ]
    assert list(rows(file)[0]) == payouts.COLUMNS
    root = ElementTree.fromstring(file.xml)
    assert root.tag == f"{{{payouts.NAMESPACE}}}Document"
    assert shape(root) == [
        "Document",
        ["CstmrCdtTrfInitn", ["GrpHdr", "MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", ["InitgPty", "Nm"]], BLOCK],
    ]
    texts = {each.tag.partition("}")[2]: each.text for each in root.iter()}
    assert (texts["CtrlSum"], texts["NbOfTxs"], texts["InstdAmt"]) == ("15.11", "1", "15.11")
    assert (texts["EndToEndId"], texts["MsgId"]) == (batch.id.hex, file.message)
    assert texts["Dt"] == clock.city_today().isoformat()


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


class TestDesk:
    """What the city's staff do, with rights and without."""

    @pytest.fixture
    def act(self, batch, client):
        def act(action: str, **asked: str):
            chosen = {"action": action, "_selected_action": str(batch.id), **asked}
            return client.post("/admin/rewards/batch/", chosen)

        return act

    def test_files_are_written_and_payments_marked(self, batch, act, client, make_staff):
        client.force_login(make_staff("view_batch", "view_paymentfile", "view_payment", "pay_batch", "view_contract"))
        page = act("send")["Location"]
        file = PaymentFile.objects.get()
        assert page == f"/admin/rewards/paymentfile/{file.pk}/change/"
        shown = client.get(page).content.decode()
        assert file.message in shown and "15.11" in shown and NUMBER not in shown
        for kind, media_type in (("csv", "text/csv; charset=utf-8"), ("xml", "application/xml")):
            first, again = (client.get(f"/admin/rewards/paymentfile/{file.pk}.{kind}") for _ in range(2))
            assert first["Content-Type"] == media_type
            assert first["Content-Disposition"] == f'attachment; filename="{file.message}.{kind}"'
            assert NUMBER in first.content.decode() and first.content == again.content
        assert client.get(f"/admin/rewards/paymentfile/{file.pk}.exe").status_code == 404
        act("mark_failed")
        assert payout(batch) == ("sent", "")
        act("mark_failed", reason="account closed")
        assert payout(batch) == ("failed", "account closed")
        act("mark_paid")
        assert payout(batch) == ("paid", "")
        assert act("send").status_code == 302 and PaymentFile.objects.count() == 1
        assert NUMBER not in client.get("/admin/rewards/contract/").content.decode()

    def test_who_only_looks_pays_nothing_and_sees_no_account(self, batch, act, client, make_staff):
        client.force_login(make_staff("view_batch", "view_paymentfile", "view_payment", "view_contract"))
        for action in ("send", "mark_paid", "mark_failed"):
            act(action, reason="account closed")
            assert (payout(batch), PaymentFile.objects.count()) == (("open", ""), 0)
        file = payouts.send([batch.id], "staff")
        assert "pay" not in client.get("/admin/rewards/batch/").context["cl"].model_admin.get_actions(
            client.get("/admin/rewards/batch/").wsgi_request
        )
        for kind in ("csv", "xml"):
            assert client.get(f"/admin/rewards/paymentfile/{file.pk}.{kind}").status_code == 403
        page = client.get(f"/admin/rewards/paymentfile/{file.pk}/change/").content.decode()
        assert f"{file.pk}.csv" not in page and NUMBER not in page

    def test_the_merchant_reads_where_it_went_and_why_it_failed(self, batch, client, owner):
        payouts.send([batch.id], "staff")
        payouts.mark(batch.id, Payout.FAILED, "account closed")
        client.force_login(owner.user)
        page = client.get(f"/merchant/settlements/{batch.id}/").content.decode()
        assert "account closed" in page and "…4567" in page and NUMBER not in page

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"bank_code": "1"}, "bank_code"),
            ({"account_number": "12 34"}, "account_number"),
            ({"account_name": "=1+1"}, "account_name"),
        ],
    )
    def test_a_contract_that_no_file_can_carry_is_refused(self, cafe, admin_client, change, field):
        agreed = {"merchant": cafe.pk, "valid_from": "2026-02-01", "fee_bp": 0, "account_name": "街角咖啡店"}
        asked = {**agreed, "account_number": NUMBER, "bank_code": "102331002345", **change}
        answer = admin_client.post("/admin/rewards/contract/add/", asked)
        assert field in answer.context["adminform"].form.errors


@pytest.mark.django_db(transaction=True)
def test_two_who_send_at_once_write_one_file(batch):
    def send() -> UUID | type[Exception]:
        try:
            return payouts.send([batch.id], "staff").pk
        except refusals.NothingToPay as refusal:
            return type(refusal)

    outcomes = at_once([send] * 5)
    assert outcomes.count(refusals.NothingToPay) == 4
    assert Payment.objects.get().batch == batch


def test_of_several_contracts_the_one_that_began_last_is_in_force(cafe, contract, make_contract):
    later = make_contract(cafe, "999999", valid_from=date(2026, 3, 1))
    day = {day: payouts.contracts.in_force([cafe.id], day)[cafe.id] for day in (date(2026, 2, 28), date(2026, 3, 1))}
    assert list(day.values()) == [contract, later]
    with pytest.raises(refusals.ContractMissing):
        payouts.contracts.in_force([cafe.id], date(2025, 12, 31))
