"""Paying closed settlements: a file for the bank, and how each payment in it went.

A file is written once: what is in it is `sent` and in no other file, unless the bank says that it failed. It is kept
as it was written, so that another download is the same file with the same id. A payment goes to the account of the
contract in force on the day of the file, so that a wrong account is corrected by a new contract.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from uuid import UUID
from xml.etree import ElementTree as Xml

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from config import clock
from rewards import contracts
from rewards.models import Batch, Contract, Payment, PaymentFile
from rewards.refusals import NothingToPay, PayoutReasonMissing, PayoutStepImpossible
from rewards.settlement import yuan

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
COLUMNS = ["payment", "merchant", "account_name", "account_number", "bank_cnaps", "amount_cny", "up_to", "file"]
Payout = Batch.Payout
_BEFORE = {Payout.PAID: [Payout.OPEN, Payout.SENT, Payout.FAILED], Payout.FAILED: [Payout.SENT]}
"""What a payout was before it is said to be paid or to have failed; a payment may also be made without a file."""


@transaction.atomic
def send(batches: Iterable[UUID], by: str) -> PaymentFile:
    """Write a file of what is still to be paid of these settlements. Raises NothingToPay or ContractMissing."""
    now = timezone.now()
    locked = Batch.objects.select_for_update(of=["self"], no_key=True).select_related("merchant").order_by("id")
    due = list(locked.filter(id__in=list(batches), payout__in=[Payout.OPEN, Payout.FAILED]))
    if not due:
        raise NothingToPay
    in_force = contracts.in_force((batch.merchant_id for batch in due), clock.city_day(now))
    file = PaymentFile(by=by, created_at=now)
    payments = [Payment(file=file, batch=batch, contract=in_force[batch.merchant_id]) for batch in due]
    file.xml, file.csv = write_xml(file, payments), write_csv(file, payments)
    file.save(force_insert=True)
    Payment.objects.bulk_create(payments)
    Batch.objects.filter(id__in=[batch.id for batch in due]).update(payout=Payout.SENT, payout_note="", payout_at=now)
    return file


def mark(batch_id: UUID, payout: Batch.Payout, reason: str = "") -> None:
    """Say how a payment went: paid, or failed and why. Raises PayoutReasonMissing or PayoutStepImpossible."""
    if payout == Payout.FAILED and not reason.strip():
        raise PayoutReasonMissing
    fields = {"payout": payout, "payout_note": reason.strip()[:140], "payout_at": timezone.now()}
    if not Batch.objects.filter(id=batch_id, payout__in=_BEFORE[payout]).update(**fields):
        raise PayoutStepImpossible


def account(batch: Batch) -> Contract:
    """The contract whose account the settlement was last sent to, or else would be sent to now."""
    sent = batch.payments.select_related("contract").last()
    return sent.contract if sent else contracts.in_force([batch.merchant_id], clock.city_today())[batch.merchant_id]


def write_csv(file: PaymentFile, payments: Iterable[Payment]) -> str:
    """One row a payment, every cell in quotes, with a byte-order mark for spreadsheets."""
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text, quoting=csv.QUOTE_ALL)
    table.writerow(COLUMNS)
    for payment in payments:
        batch, contract = payment.batch, payment.contract
        paid_to = [contract.account_name, contract.account_number, contract.bank_code]
        row = [reference(batch), batch.merchant.code, *paid_to, yuan(batch.net_fen), batch.last_day, file.message]
        table.writerow(row)
    return text.getvalue()


def write_xml(file: PaymentFile, payments: Sequence[Payment]) -> str:
    """A CustomerCreditTransferInitiation: one payment information block, one transaction a settlement."""
    total, count = yuan(sum(payment.batch.net_fen for payment in payments)), str(len(payments))
    document = Xml.Element("Document", xmlns=NAMESPACE)
    initiation = Xml.SubElement(document, "CstmrCdtTrfInitn")
    header = Xml.SubElement(initiation, "GrpHdr")
    _leaf(header, "MsgId", file.message)
    _leaf(header, "CreDtTm", file.created_at.astimezone(clock.city_zone()).isoformat(timespec="seconds"))
    _leaf(header, "NbOfTxs", count)
    _leaf(header, "CtrlSum", total)
    _leaf(header, "InitgPty/Nm", settings.PAYOUT_NAME)
    block = Xml.SubElement(initiation, "PmtInf")
    for path, value in [("PmtInfId", file.id.hex), ("PmtMtd", "TRF"), ("NbOfTxs", count), ("CtrlSum", total)]:
        _leaf(block, path, value)
    _leaf(block, "ReqdExctnDt/Dt", clock.city_day(file.created_at).isoformat())
    _leaf(block, "Dbtr/Nm", settings.PAYOUT_NAME)
    _leaf(block, "DbtrAcct/Id/Othr/Id", settings.PAYOUT_ACCOUNT)
    _bank(block, "DbtrAgt", settings.PAYOUT_BANK)
    for payment in payments:
        _add_payment(block, payment.batch, payment.contract)
    return Xml.tostring(document, encoding="UTF-8", xml_declaration=True).decode()


def reference(batch: Batch) -> str:
    """The end-to-end reference of a payment: at most 35 characters, the same in every file."""
    return batch.id.hex


def _add_payment(block: Xml.Element, batch: Batch, contract: Contract) -> None:
    payment = Xml.SubElement(block, "CdtTrfTxInf")
    _leaf(payment, "PmtId/EndToEndId", reference(batch))
    _leaf(payment, "Amt/InstdAmt", yuan(batch.net_fen), Ccy="CNY")
    _bank(payment, "CdtrAgt", contract.bank_code)
    _leaf(payment, "Cdtr/Nm", contract.account_name)
    _leaf(payment, "CdtrAcct/Id/Othr/Id", contract.account_number)
    _leaf(payment, "RmtInf/Ustrd", f"{batch.merchant.code} {batch.last_day:%Y-%m-%d}")


def _bank(parent: Xml.Element, name: str, code: str) -> None:
    member = Xml.SubElement(Xml.SubElement(Xml.SubElement(parent, name), "FinInstnId"), "ClrSysMmbId")
    _leaf(member, "ClrSysId/Cd", "CNAPS")
    _leaf(member, "MmbId", code)


def _leaf(parent: Xml.Element, path: str, text: str, **attributes: str) -> None:
    *middle, last = path.split("/")
    for name in middle:
        parent = Xml.SubElement(parent, name)
    Xml.SubElement(parent, last, attributes).text = text
