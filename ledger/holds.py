"""Holds: points set aside in one step, settled or released in another. Each step may run twice.

A hold's id may come from a client. The ids of its transfers are derived from it, so that nobody can choose
the id of a transfer and block somebody else's.
"""

from datetime import datetime
from uuid import UUID, uuid5

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.problems import Problem
from ledger.models import Chart, Code, Hold
from ledger.posting import Draft, TransferConflict, open_account, post


class HoldClosed(Problem):
    status, code, title = 409, "hold_closed", _("This reservation is no longer open.")


@transaction.atomic
def place(hold_id: UUID, holder: UUID, amount: int, expires_at: datetime) -> Hold:
    """Set `amount` points of the holder aside. The same id again returns the same hold.

    Raises PointsNotEnough, or TransferConflict where the id is used for another hold.
    """
    spendable, held = open_account(holder, Chart.CITIZEN), open_account(holder, Chart.HELD)
    post([Draft(transfer_id(hold_id, Hold.State.PLACED), spendable, held, amount, Code.HOLD, hold_id)])
    hold, _created = Hold.objects.get_or_create(
        id=hold_id, defaults={"holder": holder, "amount": amount, "expires_at": expires_at}
    )
    if (hold.holder, hold.amount) != (holder, amount):
        raise TransferConflict
    return hold


def settle(hold_id: UUID, payee: UUID) -> Hold:
    """Pay the points on hold to the payee's merchant account.

    Raises HoldClosed after a release, TransferConflict where they were paid to somebody else.
    """
    return _close(hold_id, Hold.State.SETTLED, Code.REDEEM, payee)


def release(hold_id: UUID) -> Hold:
    """Give the points on hold back. Raises HoldClosed after a settlement."""
    return _close(hold_id, Hold.State.RELEASED, Code.RELEASE, None)


def transfer_id(hold_id: UUID, step: Hold.State) -> UUID:
    """The id of the transfer by which a hold took this step."""
    return uuid5(hold_id, step)


@transaction.atomic
def _close(hold_id: UUID, state: Hold.State, code: Code, payee: UUID | None) -> Hold:
    hold = Hold.objects.select_for_update().get(id=hold_id)
    if hold.state not in (Hold.State.PLACED, state):
        raise HoldClosed
    held = open_account(hold.holder, Chart.HELD)
    target = open_account(payee, Chart.MERCHANT) if payee else open_account(hold.holder, Chart.CITIZEN)
    post([Draft(transfer_id(hold_id, state), held, target, hold.amount, code, hold_id)])
    if hold.state == Hold.State.PLACED:
        hold.state, hold.closed_at = state, timezone.now()
        hold.save(update_fields=["state", "closed_at"])
    return hold
