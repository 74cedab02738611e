"""Reversing a transfer: the same points the other way, as a new transfer. The old one stays as it is."""

from uuid import UUID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from config.problems import Problem
from ledger import budgets
from ledger.models import Chart, Code, Transfer
from ledger.posting import Draft, post

REVERSIBLE = (Code.AWARD, Code.BONUS, Code.SETTLE)
"""The others are steps of a hold, of a debt or of a budget, which know their own way back."""


class TransferNotReversible(Problem):
    status, code, title = 409, "transfer_not_reversible", _("An entry of this kind is not reversed.")


@transaction.atomic
def reverse(transfer_id: UUID) -> UUID:
    """Post the reversal of a transfer and return its id. A second time changes nothing: it is reversed once.

    Raises Transfer.DoesNotExist, TransferNotReversible, or PointsNotEnough where the points were spent
    (`clawback.claw_back()` books those as a debt).
    """
    wrong = Transfer.objects.select_related("debit_account").get(id=transfer_id)
    if wrong.code not in REVERSIBLE:
        raise TransferNotReversible
    id = uuid5(wrong.id, "reversed")
    source = wrong.debit_account
    new = post([Draft(id, wrong.credit_account_id, wrong.debit_account_id, wrong.amount, Code.REVERSE, wrong.id)])
    if new and source.code == Chart.ISSUANCE and budgets.limited(source.holder):
        budgets.give_back({source.holder: wrong.amount})
    return id
