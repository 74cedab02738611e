"""Who is asked for the money: what the settlements closed in a month pay out, by payer.

A month is that in which settlements were closed, so that the sums of a month that is over never change. What merchants
carry over from one settlement to the next was counted where it arose.
"""

import csv
import io
from datetime import date
from typing import NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from config import clock
from ledger.models import Programme
from rewards.models import Offer
from rewards.settlement import yuan

_OWED = """
    SELECT coalesce(redemption.funder, 'city'), redemption.programme_id,
           CASE WHEN redemption.programme_id IS NULL THEN offer.sponsor ELSE '' END AS name,
           count(*) FILTER (WHERE line.kind = 'voucher'), count(*) FILTER (WHERE line.kind = 'refund'),
           sum(line.payable_fen)::bigint, sum(line.fee_fen)::bigint
    FROM rewards_line line JOIN rewards_batch batch ON batch.id = line.batch_id
    LEFT JOIN rewards_dispute dispute ON dispute.id = line.source
    LEFT JOIN rewards_line disputed ON disputed.id = dispute.line_id
    LEFT JOIN rewards_redemption redemption ON redemption.id = coalesce(line.redemption_id, disputed.redemption_id)
    LEFT JOIN rewards_offer offer ON offer.id = redemption.offer_id
    WHERE batch.closed AND batch.created_at >= %s AND batch.created_at < %s AND line.kind <> 'carry'
      AND redemption.funder IS DISTINCT FROM 'merchant'
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""


class Owed(NamedTuple):
    """What one payer owes: refunds and corrections are in the amount, the merchants' fees are told beside it."""

    payer: str
    vouchers: int
    refunds: int
    payable_fen: int
    fee_fen: int


def owed(month: date) -> list[Owed]:
    """The sums of the city month that begins on this day."""
    with connection.cursor() as cursor:
        cursor.execute(_OWED, [clock.day_start(month), clock.day_start(clock.month_later(month, 1))])
        rows = cursor.fetchall()
    programmes = Programme.objects.in_bulk([row[1] for row in rows if row[1]])
    return [
        Owed(str(programmes.get(programme) or name or Offer.Funder(funder).label), *sums)
        for funder, programme, name, *sums in rows
    ]


def write_csv(owed: list[Owed]) -> str:
    """One row a payer, with a byte-order mark for spreadsheets."""
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text)
    table.writerow([_("payer"), _("vouchers"), _("refunds"), _("amount (yuan)"), _("fee (yuan)")])
    for one in owed:
        table.writerow([one.payer, one.vouchers, one.refunds, yuan(one.payable_fen), yuan(one.fee_fen)])
    return text.getvalue()
