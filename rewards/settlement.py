"""What a merchant earned: the statement of a span of city days, checked against the ledger.

Amounts are whole points and fen. Closing a statement and paying it out are steps of their own that come later:
they will post Code.SETTLE from the merchant's account and change no line here.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from config import clock
from ledger.models import Account, Chart, Code, Transfer
from rewards import vouchers
from rewards.models import Merchant, Redemption


@dataclass(frozen=True, slots=True)
class Line:
    """One confirmed voucher."""

    confirmed_at: datetime
    offer: str
    points: int
    value_fen: int
    voucher_tail: str


@dataclass(frozen=True)
class Statement:
    """The confirmed vouchers of a merchant from `first_day` to `last_day`, both included, in the city's days."""

    merchant: Merchant
    first_day: date
    last_day: date
    lines: list[Line]
    ledger_points: int

    @cached_property
    def points(self) -> int:
        return sum(line.points for line in self.lines)

    @cached_property
    def value_fen(self) -> int:
        return sum(line.value_fen for line in self.lines)

    @property
    def agrees_with_ledger(self) -> bool:
        """Whether the book paid the merchant exactly the points of these lines."""
        return self.points == self.ledger_points


def state(merchant: Merchant, first_day: date, last_day: date) -> Statement:
    """The merchant's statement, in the order of confirmation."""
    confirmed = confirmed_between(merchant, first_day, last_day)
    lines = [
        Line(
            row.closed_at,
            row.offer.title,
            row.points,
            row.value_fen,
            vouchers.tail(row.voucher_code),
        )
        for row in confirmed.select_related("offer").order_by("closed_at", "id")
        if row.closed_at is not None
    ]
    return Statement(merchant, first_day, last_day, lines, _paid_points(merchant, confirmed))


def confirmed_between(merchant: Merchant, first_day: date, last_day: date) -> QuerySet[Redemption]:
    return Redemption.objects.filter(
        merchant=merchant,
        state__in=[Redemption.State.CONFIRMED, Redemption.State.REFUNDED],
        closed_at__gte=clock.day_start(first_day),
        closed_at__lt=clock.day_end(last_day),
    )


def _paid_points(merchant: Merchant, confirmed: QuerySet[Redemption]) -> int:
    account = Account.objects.filter(holder=merchant.id, code=Chart.MERCHANT)
    paid = Transfer.objects.filter(
        credit_account__in=account, code=Code.REDEEM, reference__in=confirmed.order_by().values("id")
    )
    return int(paid.aggregate(points=Sum("amount", default=0))["points"])


def months(merchant: Merchant) -> list[date]:
    """The first days of the city months in which vouchers were confirmed, newest first."""
    confirmed = Redemption.objects.filter(merchant=merchant, state=Redemption.State.CONFIRMED)
    starts = confirmed.annotate(month=TruncMonth("closed_at", tzinfo=clock.city_zone())).values_list("month", flat=True)
    return [start.date() for start in starts.distinct().order_by("-month")]


def yuan(value_fen: int) -> str:
    """Fen as yuan with two digits, without any rounding."""
    sign, value = ("-", -value_fen) if value_fen < 0 else ("", value_fen)
    return f"{sign}{value // 100}.{value % 100:02d}"


def write_csv(statement: Statement) -> str:
    """The statement as CSV with a byte-order mark, which spreadsheets need to read Chinese."""
    text = io.StringIO()
    text.write("\ufeff")
    table = csv.writer(text)
    table.writerow([_("confirmed at"), _("offer"), _("points"), _("value (yuan)"), _("end of the code")])
    for line in statement.lines:
        moment = line.confirmed_at.astimezone(clock.city_zone()).strftime("%Y-%m-%d %H:%M:%S")
        table.writerow([moment, _as_text(line.offer), line.points, yuan(line.value_fen), _as_text(line.voucher_tail)])
    table.writerow([_("total"), len(statement.lines), statement.points, yuan(statement.value_fen), ""])
    return text.getvalue()


def _as_text(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula or a number."""
    return f"'{cell}" if cell[:1] in "=+-@\t\r" or cell.isdigit() else cell
