"""What a merchant earned: the statement of a span of city days, checked against the ledger.

A voucher is a line of the day it was confirmed on, and a refund a negative line of the day it was refunded on,
whenever the voucher was. Amounts are whole points and fen. `closing` settles what stands here; the fee of what is not
settled yet is that of the contract in force on the last day.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from config import clock, spreadsheets
from config.languages import reads_english
from rewards import vouchers
from rewards.models import Line as Settled
from rewards.models import Merchant, Redemption

CHUNK = 2_000
_MOVED = """
    SELECT redemption.id, closed_at AS moment, 1 AS sign, (
        SELECT coalesce(sum(amount), 0) FROM ledger_transfer
        WHERE reference = redemption.id AND code = 21 AND credit_account_id = account.id) AS booked
    FROM rewards_redemption redemption
    LEFT JOIN ledger_account account ON account.holder = redemption.merchant_id AND account.code = 300
    WHERE merchant_id = %(merchant)s AND state IN ('confirmed', 'refunded')
      AND closed_at >= %(start)s AND closed_at < %(end)s
    UNION ALL
    SELECT redemption.id, refunded_at, -1, (
        SELECT -coalesce(sum(amount), 0) FROM ledger_transfer
        WHERE reference = redemption.id AND code = 23 AND debit_account_id = account.id)
    FROM rewards_redemption redemption
    LEFT JOIN ledger_account account ON account.holder = redemption.merchant_id AND account.code = 300
    WHERE merchant_id = %(merchant)s AND state = 'refunded' AND refunded_at >= %(start)s AND refunded_at < %(end)s"""
_WORTH = f"""
    SELECT moved.*, offer_id, voucher_code, sign * redemption.points AS points,
           sign * redemption.value_fen::bigint AS value_fen, sign * fee AS fee_fen, sign * (payable - fee) AS paid_fen
    FROM ({_MOVED}) AS moved
    JOIN rewards_redemption redemption ON redemption.id = moved.id
    LEFT JOIN rewards_line line ON line.redemption_id = redemption.id AND line.kind = 'voucher'
    CROSS JOIN LATERAL (
        SELECT CASE redemption.funder WHEN 'merchant' THEN 0 ELSE redemption.value_fen::bigint END AS payable) AS worth
    CROSS JOIN LATERAL (SELECT coalesce(line.fee_fen, rewards_fee_fen(payable, (
        SELECT fee_bp FROM rewards_contract WHERE merchant_id = %(merchant)s AND valid_from <= %(last_day)s
        ORDER BY valid_from DESC LIMIT 1)), 0) AS fee) AS agreed"""  # noqa: S608  our own text
_LINES = f"""
    SELECT moment, sign, CASE WHEN %(english)s THEN title_en ELSE title_zh END, worth.points, worth.value_fen, fee_fen,
           paid_fen, voucher_code
    FROM ({_WORTH}) AS worth JOIN rewards_offer offer ON offer.id = offer_id
    ORDER BY moment, worth.id, sign DESC OFFSET %(offset)s LIMIT %(limit)s"""  # noqa: S608  our own text
_SUMS = f"""
    SELECT count(*), coalesce(sum(points), 0)::bigint, coalesce(sum(value_fen), 0)::bigint,
           coalesce(sum(fee_fen), 0)::bigint, coalesce(sum(paid_fen), 0)::bigint, coalesce(sum(booked), 0)::bigint
    FROM ({_WORTH}) AS worth"""  # noqa: S608  our own text


@dataclass(frozen=True, slots=True)
class Line:
    """A confirmed voucher, or below zero one that was refunded. `paid_fen` is what the payer pays, less the fee."""

    at: datetime
    kind: Settled.Kind
    offer: str
    points: int
    value_fen: int
    fee_fen: int
    paid_fen: int
    voucher_tail: str


class Lines(Sequence[Line]):
    """The lines of a statement in the order of time, read as far as they are asked for."""

    def __init__(self, length: int, span: dict[str, Any]) -> None:
        self.length, self.span = length, span

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, wanted: Any) -> Any:
        if not isinstance(wanted, slice):
            return self[wanted : wanted + 1][0]
        start, stop, _step = wanted.indices(self.length)
        return list(self._read({"offset": start, "limit": max(0, stop - start)}))

    def __iter__(self) -> Iterator[Line]:
        return self._read({"offset": 0, "limit": None})

    def _read(self, part: dict[str, Any]) -> Iterator[Line]:
        english = reads_english()
        with connection.chunked_cursor() as cursor:
            cursor.execute(_LINES, {**self.span, **part, "english": english})
            while rows := cursor.fetchmany(CHUNK):
                for moment, sign, offer, points, value, fee, paid, code in rows:
                    kind = Settled.Kind.VOUCHER if sign > 0 else Settled.Kind.REFUND
                    yield Line(moment, kind, offer, points, value, fee, paid, vouchers.tail(code))


@dataclass(frozen=True)
class Statement:
    """What a merchant earned from `first_day` to `last_day`, both included, in the city's days."""

    merchant: Merchant
    first_day: date
    last_day: date
    lines: Lines
    points: int
    value_fen: int
    fee_fen: int
    paid_fen: int
    ledger_points: int

    @property
    def agrees_with_ledger(self) -> bool:
        """Whether the book paid the merchant exactly the points of these lines, and took back those of refunds."""
        return self.points == self.ledger_points


def state(merchant: Merchant, first_day: date, last_day: date) -> Statement:
    span: dict[str, Any] = {
        "merchant": merchant.id,
        "start": clock.day_start(first_day),
        "end": clock.day_end(last_day),
        "last_day": last_day,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, span)
        count, *sums = cursor.fetchone()
    return Statement(merchant, first_day, last_day, Lines(count, span), *sums)


def confirmed_between(merchant: Merchant, first_day: date, last_day: date) -> QuerySet[Redemption]:
    return Redemption.objects.filter(
        merchant=merchant,
        state__in=[Redemption.State.CONFIRMED, Redemption.State.REFUNDED],
        closed_at__gte=clock.day_start(first_day),
        closed_at__lt=clock.day_end(last_day),
    )


def months(merchant: Merchant) -> list[date]:
    """The first days of the city months in which vouchers were confirmed or refunded, newest first."""
    own = Redemption.objects.filter(merchant=merchant, state__in=["confirmed", "refunded"])
    starts = {
        start.date()
        for moment in ("closed_at", "refunded_at")
        for start in own.annotate(month=TruncMonth(moment, tzinfo=clock.city_zone()))
        .values_list("month", flat=True)
        .distinct()
        if start
    }
    return sorted(starts, reverse=True)


def yuan(value_fen: int) -> str:
    """Fen as yuan with two digits, without any rounding."""
    sign, value = ("-", -value_fen) if value_fen < 0 else ("", value_fen)
    return f"{sign}{value // 100}.{value % 100:02d}"


def money(value_fen: int) -> str:
    """Fen as pages write a sum: `¥15.50`, below zero `-¥15.50`."""
    return f"{'-' if value_fen < 0 else ''}¥{yuan(abs(value_fen))}"


class _Row:
    """What csv writes to: it hands the text of a row back."""

    def write(self, text: str) -> str:
        return text


def write_csv(statement: Statement) -> Iterator[str]:
    """The statement as CSV, row by row, with a byte-order mark, which spreadsheets need to read Chinese."""
    titles = [
        *(_("when"), _("kind"), _("offer"), _("points")),
        *(_("value (yuan)"), _("fee (yuan)"), _("paid (yuan)"), _("end of the code")),
    ]
    sums = [statement.points, *map(yuan, (statement.value_fen, statement.fee_fen, statement.paid_fen))]
    kinds = {kind: str(kind.label) for kind in Settled.Kind}
    total = [_("total"), len(statement.lines), "", *sums, ""]
    return _rows(titles, iter(statement.lines), kinds, total)


def _rows(titles: list[str], lines: Iterable[Line], kinds: dict[Settled.Kind, str], total: list[Any]) -> Iterator[str]:
    table = csv.writer(_Row())
    yield "\ufeff" + table.writerow(titles)
    for line in lines:
        moment = line.at.astimezone(clock.city_zone()).strftime("%Y-%m-%d %H:%M:%S")
        amounts = [line.points, *map(yuan, (line.value_fen, line.fee_fen, line.paid_fen))]
        yield table.writerow([moment, kinds[line.kind], spreadsheets.as_text(line.offer), *amounts, line.voucher_tail])
    yield table.writerow(total)
