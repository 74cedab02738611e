"""Closing a settlement: what a merchant is paid for the vouchers it confirmed up to a day, less the fee.

A settlement takes every voucher that none took before, so what comes late is in the next one. A refund after closing is
a negative line of the next settlement, and so is what a merchant owes.
"""

from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from config import clock
from ledger.models import PROGRAMME, Chart, Code
from ledger.posting import Draft, open_account, post
from rewards.models import Batch, Contract, Line, Merchant
from rewards.refusals import ContractMissing, PayoutStepImpossible, PeriodNotOver

_VOUCHERS = """
    INSERT INTO rewards_line (batch_id, kind, redemption_id, happened_at, points, payable_fen, fee_fen)
    SELECT %(batch)s, 'voucher', redemption.id, redemption.closed_at, points, payable,
           (payable * %(fee_bp)s * 2 + 10000) / 20000  -- half a fen is rounded up
    FROM rewards_redemption redemption,
         LATERAL (SELECT CASE redemption.funder WHEN 'merchant' THEN 0 ELSE redemption.value_fen::bigint END AS payable)
    WHERE redemption.merchant_id = %(merchant)s AND redemption.state IN ('confirmed', 'refunded')
      AND redemption.closed_at < %(until)s
      AND NOT EXISTS (SELECT FROM rewards_line WHERE redemption_id = redemption.id AND kind = 'voucher')"""
_REFUNDS = """
    INSERT INTO rewards_line (batch_id, kind, redemption_id, happened_at, points, payable_fen, fee_fen)
    SELECT %(batch)s, 'refund', redemption.id, refunded_at, -line.points, -line.payable_fen, -line.fee_fen
    FROM rewards_redemption redemption
    JOIN rewards_line line ON line.redemption_id = redemption.id AND line.kind = 'voucher'
    WHERE redemption.merchant_id = %(merchant)s AND redemption.state = 'refunded' AND refunded_at < %(until)s
      AND NOT EXISTS (SELECT FROM rewards_line WHERE redemption_id = redemption.id AND kind = 'refund')"""
_ADJUSTMENTS = """
    INSERT INTO rewards_line (batch_id, kind, source, happened_at, points, payable_fen, fee_fen)
    SELECT %(batch)s, 'adjustment', dispute.id, dispute.closed_at, 0, adjustment_fen, 0
    FROM rewards_dispute dispute JOIN rewards_line line ON line.id = dispute.line_id
    JOIN rewards_batch batch ON batch.id = line.batch_id
    WHERE batch.merchant_id = %(merchant)s AND dispute.state = 'corrected' AND adjustment_fen <> 0
      AND NOT EXISTS (SELECT FROM rewards_line WHERE source = dispute.id)"""
_CARRIED = """
    INSERT INTO rewards_line (batch_id, kind, source, happened_at, points, payable_fen, fee_fen)
    SELECT %(batch)s, 'carry', id, created_at, 0, payable_fen - fee_fen, 0
    FROM rewards_batch WHERE merchant_id = %(merchant)s AND payout = 'carried'
      AND NOT EXISTS (SELECT FROM rewards_line WHERE source = rewards_batch.id)"""


@transaction.atomic
def close(merchant: Merchant, last_day: date) -> Batch:
    """Close the merchant's settlement up to a day that is over; the same day again is the same settlement.

    Raises PeriodNotOver, or ContractMissing where nothing says what fee is agreed and where it is paid.
    """
    Merchant.objects.select_for_update(no_key=True).get(id=merchant.id)
    if earlier := Batch.objects.filter(merchant=merchant, last_day=last_day).first():
        return earlier
    if last_day >= clock.city_today() or Batch.objects.filter(merchant=merchant, last_day__gt=last_day).exists():
        raise PeriodNotOver
    contract = Contract.objects.filter(merchant=merchant, valid_from__lte=last_day).order_by("-valid_from").first()
    if contract is None:
        raise ContractMissing
    batch = Batch.objects.create(merchant=merchant, contract=contract, last_day=last_day)
    _write_lines(batch)
    sums = Line.objects.filter(batch=batch).aggregate(
        points=Sum("points", default=0), payable=Sum("payable_fen", default=0), fee=Sum("fee_fen", default=0)
    )
    batch.points, batch.payable_fen, batch.fee_fen = sums["points"], sums["payable"], sums["fee"]
    batch.payout, batch.closed = _first_payout(batch.net_fen), True
    batch.save()
    _post(batch)
    return batch


def close_all(last_day: date) -> int:
    """Close every merchant's settlement that has a contract; how many there are now."""
    merchants = Merchant.objects.filter(contracts__valid_from__lte=last_day).distinct()
    return sum(close(merchant, last_day).closed for merchant in merchants)


def mark(batch_id: UUID, payout: Batch.Payout, note: str = "") -> None:
    """Say how the payout went: paid or failed. Raises PayoutStepImpossible."""
    before = [Batch.Payout.OPEN, Batch.Payout.FAILED]
    fields = {"payout": payout, "payout_note": note, "payout_at": timezone.now()}
    if not Batch.objects.filter(id=batch_id, payout__in=before).update(**fields):
        raise PayoutStepImpossible


def _write_lines(batch: Batch) -> None:
    values: dict[str, Any] = {
        "batch": batch.id,
        "merchant": batch.merchant_id,
        "until": clock.day_end(batch.last_day),
        "fee_bp": batch.contract.fee_bp,
    }
    with connection.cursor() as cursor:
        for statement in (_VOUCHERS, _REFUNDS, _ADJUSTMENTS, _CARRIED):
            cursor.execute(statement, values)


def _first_payout(net_fen: int) -> Batch.Payout:
    if net_fen < 0:
        return Batch.Payout.CARRIED
    return Batch.Payout.OPEN if net_fen else Batch.Payout.NOTHING


def _post(batch: Batch) -> None:
    """The points of these lines leave the merchant's account: they are settled."""
    if batch.points:
        sides = (open_account(batch.merchant_id, Chart.MERCHANT), open_account(PROGRAMME, Chart.SETTLED))
        debit, credit = sides if batch.points > 0 else reversed(sides)
        post([Draft(batch.id, debit, credit, abs(batch.points), Code.SETTLE, batch.id)])
