"""Reversing a transfer: the same points the other way, as a new transfer. The old one stays as it is."""

from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from config.problems import Problem
from ledger.models import Code, Transfer
from ledger.posting import Draft, post

REVERSIBLE = (Code.FUND, Code.AWARD, Code.BONUS, Code.SETTLE)
"""The others are steps of a hold or of a debt, which know their own way back."""


class TransferNotReversible(Problem):
    status, code, title = 409, "transfer_not_reversible", _("An entry of this kind is not reversed.")


def reverse(transfer_id: UUID) -> UUID:
    """Post the reversal of a transfer and return its id. A second time changes nothing: it is reversed once.

    Raises Transfer.DoesNotExist, TransferNotReversible, or PointsNotEnough where the points were spent
    (`clawback.claw_back()` books those as a debt).
    """
    wrong = Transfer.objects.get(id=transfer_id)
    if wrong.code not in REVERSIBLE:
        raise TransferNotReversible
    id = uuid5(wrong.id, "reversed")
    post([Draft(id, wrong.credit_account_id, wrong.debit_account_id, wrong.amount, Code.REVERSE, wrong.id)])
    return id
