"""Payout files of closed settlements: CSV for people, ISO 20022 pain.001.001.09 for the bank. Pure but for the rows."""

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime
from xml.etree import ElementTree as Xml

from django.conf import settings

from config import clock
from rewards.models import Batch
from rewards.refusals import NothingToPay
from rewards.settlement import yuan

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


def payable(batches: Iterable[Batch]) -> list[Batch]:
    """Those that are still to be paid."""
    return [
        batch for batch in batches if batch.payout in (Batch.Payout.OPEN, Batch.Payout.FAILED) and batch.net_fen > 0
    ]


def write_csv(batches: Iterable[Batch]) -> str:
    """One row a payment, amounts in yuan, with a byte-order mark for spreadsheets."""
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text)
    table.writerow(["payment", "merchant", "account_name", "account_number", "bank_cnaps", "amount_cny", "up_to"])
    for batch in payable(batches):
        contract = batch.contract
        account = [contract.account_name, f"'{contract.account_number}", f"'{contract.bank_code}"]
        table.writerow([reference(batch), batch.merchant.code, *account, yuan(batch.net_fen), batch.last_day])
    return text.getvalue()


def write_xml(batches: Iterable[Batch], at: datetime, pay_on: date) -> bytes:
    """A CustomerCreditTransferInitiation: one payment information block, one transaction a settlement.

    Raises NothingToPay: the schema knows no file without a payment.
    """
    paid = payable(batches)
    if not paid:
        raise NothingToPay
    total, count = yuan(sum(batch.net_fen for batch in paid)), str(len(paid))
    document = Xml.Element("Document", xmlns=NAMESPACE)
    initiation = Xml.SubElement(document, "CstmrCdtTrfInitn")
    header = Xml.SubElement(initiation, "GrpHdr")
    message = f"TPH{at:%Y%m%d%H%M%S}"
    _leaf(header, "MsgId", message)
    _leaf(header, "CreDtTm", at.astimezone(clock.city_zone()).isoformat(timespec="seconds"))
    _leaf(header, "NbOfTxs", count)
    _leaf(header, "CtrlSum", total)
    _leaf(header, "InitgPty/Nm", settings.PAYOUT_NAME)
    block = Xml.SubElement(initiation, "PmtInf")
    for path, value in [("PmtInfId", f"{message}-1"), ("PmtMtd", "TRF"), ("NbOfTxs", count), ("CtrlSum", total)]:
        _leaf(block, path, value)
    _leaf(block, "ReqdExctnDt/Dt", pay_on.isoformat())
    _leaf(block, "Dbtr/Nm", settings.PAYOUT_NAME)
    _leaf(block, "DbtrAcct/Id/Othr/Id", settings.PAYOUT_ACCOUNT)
    _bank(block, "DbtrAgt", settings.PAYOUT_BANK)
    for batch in paid:
        _add_payment(block, batch)
    return Xml.tostring(document, encoding="UTF-8", xml_declaration=True)


def reference(batch: Batch) -> str:
    """The end-to-end reference of a payment: at most 35 characters, the same in every file."""
    return batch.id.hex


def _add_payment(block: Xml.Element, batch: Batch) -> None:
    payment = Xml.SubElement(block, "CdtTrfTxInf")
    _leaf(payment, "PmtId/EndToEndId", reference(batch))
    _leaf(payment, "Amt/InstdAmt", yuan(batch.net_fen), Ccy="CNY")
    _bank(payment, "CdtrAgt", batch.contract.bank_code)
    _leaf(payment, "Cdtr/Nm", batch.contract.account_name)
    _leaf(payment, "CdtrAcct/Id/Othr/Id", batch.contract.account_number)
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
