"""Holds: points set aside in one step, settled or released in another. Each step may run twice.

A hold's id may come from a client. The ids of its transfers are derived from it, so that nobody can choose
the id of a transfer and block somebody else's.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.identifiers import new_id
from config.problems import Problem
from ledger import expiry
from ledger.models import Chart, Code, Hold
from ledger.posting import Draft, call, open_account, post

GRACE = timedelta(hours=1)
RELEASE_AT_ONCE = 2000


class HoldClosed(Problem):
    status, code, title = 409, "hold_closed", _("This reservation is no longer open.")


def place(hold_id: UUID, holder: UUID, amount: int, expires_at: datetime) -> Hold:
    """Set `amount` points of the holder aside. The same id again returns the same hold.

    Raises PointsNotEnough, or TransferConflict where the id is used for another hold.
    """
    arguments = [hold_id, transfer_id(hold_id, Hold.State.PLACED), new_id(), holder, amount, expires_at]
    call("SELECT ledger_place_hold(%s, %s, %s, %s, %s, %s)", arguments)
    return Hold.objects.get(id=hold_id)


def settle(hold_id: UUID, payee: UUID) -> Hold:
    """Pay the points on hold to the payee's merchant account.

    Raises HoldClosed after a release or when the hold's time is over, TransferConflict where they were paid to
    somebody else.
    """
    return _close(hold_id, Hold.State.SETTLED, Code.REDEEM, payee)


def release(hold_id: UUID) -> Hold:
    """Give the points on hold back; those whose time is over expire. Raises HoldClosed after a settlement."""
    return _close(hold_id, Hold.State.RELEASED, Code.RELEASE, None)


def release_overdue() -> int:
    """Release the holds whose time was over GRACE ago, each in its own transaction; how many were released.

    Rooms close their own holds when the time is over; this gives points back where that did not happen.
    """
    overdue = Hold.objects.filter(state=Hold.State.PLACED, expires_at__lte=timezone.now() - GRACE)
    released = 0
    for hold_id in overdue.order_by("expires_at").values_list("id", flat=True)[:RELEASE_AT_ONCE]:
        try:
            release(hold_id)
            released += 1
        except HoldClosed:
            continue  # settled in the meantime
    return released


def transfer_id(hold_id: UUID, step: Hold.State) -> UUID:
    """The id of the transfer by which a hold took this step."""
    return uuid5(hold_id, step)


@transaction.atomic
def refund(hold_id: UUID, payee: UUID) -> None:
    """Give the points back that the payee was paid. A second time changes nothing.

    Raises HoldClosed where the hold was not settled.
    """
    hold = Hold.objects.select_for_update().get(id=hold_id)
    if hold.state != Hold.State.SETTLED:
        raise HoldClosed
    paid, spendable = open_account(payee, Chart.MERCHANT), open_account(hold.holder, Chart.CITIZEN)
    post([Draft(uuid5(hold_id, "refunded"), paid, spendable, hold.amount, Code.REFUND, hold_id)])


def extend(hold_id: UUID, expires_at: datetime) -> None:
    """Move the end of a hold that is still open. Raises HoldClosed."""
    if not Hold.objects.filter(id=hold_id, state=Hold.State.PLACED).update(expires_at=expires_at):
        raise HoldClosed


@transaction.atomic
def _close(hold_id: UUID, state: Hold.State, code: Code, payee: UUID | None) -> Hold:
    hold = Hold.objects.select_for_update().get(id=hold_id)
    overdue = hold.state == Hold.State.PLACED and hold.expires_at <= timezone.now()
    if hold.state not in (Hold.State.PLACED, state) or (payee and overdue):
        raise HoldClosed
    held = open_account(hold.holder, Chart.HELD)
    target = open_account(payee, Chart.MERCHANT) if payee else open_account(hold.holder, Chart.CITIZEN)
    post([Draft(transfer_id(hold_id, state), held, target, hold.amount, code, hold_id)])
    if hold.state == Hold.State.PLACED:
        hold.state, hold.closed_at = state, timezone.now()
        hold.save(update_fields=["state", "closed_at"])
        if payee is None:
            expiry.expire_returned(hold.holder)
    return hold
