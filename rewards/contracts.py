"""What is agreed with merchants: of several contracts the one that began last is in force."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from rewards.models import Contract, Merchant, Redemption
from rewards.refusals import ContractMissing


def in_force(merchants: Iterable[UUID], day: date) -> dict[UUID, Contract]:
    """The contract of each merchant on a day. Raises ContractMissing where one has none."""
    wanted = set(merchants)
    begun = Contract.objects.filter(merchant__in=wanted, valid_from__lte=day).order_by("merchant_id", "-valid_from")
    found = {contract.merchant_id: contract for contract in begun.distinct("merchant_id")}
    if len(found) < len(wanted):
        raise ContractMissing
    return found


def missing() -> QuerySet[Merchant]:
    """Merchants at which vouchers were used and with whom nothing is agreed, so that they are not paid."""
    used = Redemption.objects.filter(state__in=[Redemption.State.CONFIRMED, Redemption.State.REFUNDED])
    return Merchant.objects.filter(contracts=None, id__in=used.values("merchant"))
