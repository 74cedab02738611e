"""What this room holds of a holder: transfers. It knows no person, so there is nobody to forget."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db.models import Q

from ledger.models import Account, ExpiryNotice, Transfer


def export(citizen_id: UUID) -> Iterator[tuple[str, Any]]:
    accounts = list(Account.objects.filter(holder=citizen_id).values_list("pk", flat=True))
    own = Transfer.objects.filter(Q(debit_account__in=accounts) | Q(credit_account__in=accounts)).order_by("pk")
    rows = (
        {
            "id": transfer.pk,
            "what": transfer.get_code_display(),
            "points": transfer.amount if transfer.credit_account_id in accounts else -transfer.amount,
            "reference": transfer.reference,
            "at": transfer.created_at,
        }
        for transfer in own.iterator()
    )
    yield "points", rows
    notices = ExpiryNotice.objects.filter(holder=citizen_id).order_by("pk")
    yield "points_that_expire", notices.values("points", "expires_on", "created_at").iterator()


def erase(citizen_id: UUID) -> None:
    """Nothing: the holder is an opaque id, and the book must stay balanced."""
