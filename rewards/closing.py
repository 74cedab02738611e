"""Closing a settlement: what a merchant is paid for the vouchers it confirmed up to a day, less the fee.

A settlement takes every voucher that none took before, so what comes late is in the next one. A refund after closing is
a negative line of the next settlement, and so is what a merchant owes.
"""

import logging
from datetime import date
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from django.db.models import Sum

from config import clock
from config.problems import Problem
from ledger.models import PROGRAMME, Chart, Code
from ledger.posting import Draft, open_account, post
from rewards import contracts
from rewards.models import Batch, Line, Merchant
from rewards.refusals import PeriodNotOver

logger = logging.getLogger(__name__)

_VOUCHERS = """
    INSERT INTO rewards_line (batch_id, kind, redemption_id, happened_at, points, payable_fen, fee_fen)
    SELECT %(batch)s, 'voucher', redemption.id, redemption.closed_at, points, payable,
           rewards_fee_fen(payable, %(fee_bp)s)
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


class Closed(NamedTuple):
    """How many settlements were closed, and whose were not."""

    number: int
    refused: list[Merchant]


@transaction.atomic
def close(merchant: Merchant, last_day: date) -> Batch:
    """Close the merchant's settlement up to a day that is over; the same day again is the same settlement.

    Raises PeriodNotOver, or ContractMissing where nothing says what fee is agreed and where it is paid.
    """
    Merchant.objects.select_for_update(no_key=True).get(id=merchant.id)
    if earlier := Batch.objects.filter(merchant=merchant, last_day=last_day).first():
        return earlier
    _require_over(last_day)
    if Batch.objects.filter(merchant=merchant, last_day__gt=last_day).exists():
        raise PeriodNotOver
    contract = contracts.in_force([merchant.id], last_day)[merchant.id]
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


def close_all(last_day: date) -> Closed:
    """Close the settlements of all merchants that have a contract and are not closed up to the day already.

    Each is a transaction of its own: one that cannot be closed is logged and holds nobody up. Raises PeriodNotOver.
    """
    _require_over(last_day)
    due = Merchant.objects.filter(contracts__valid_from__lte=last_day).exclude(batches__last_day__gte=last_day)
    closed, refused = 0, []
    for merchant in due.distinct():
        try:
            close(merchant, last_day)
            closed += 1
        except (Problem, DatabaseError):
            logger.exception("the settlement of %s up to %s was not closed", merchant.code, last_day)
            refused.append(merchant)
    return Closed(closed, refused)


def _require_over(last_day: date) -> None:
    if last_day >= clock.city_today():
        raise PeriodNotOver


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
