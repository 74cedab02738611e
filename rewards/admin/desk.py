"""What of merchants and their money needs somebody at the city's desk."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import ngettext_lazy

from config.staff_admin import Notice, on_the_desk
from rewards import contracts
from rewards.models import Batch, Dispute, Offer


class Watched(NamedTuple):
    """Rows that wait, and the list of the admin that shows them; told to who may look at the model."""

    model: str
    chosen: str
    text: Any
    waiting: Callable[[], QuerySet[Any]]
    urgent: bool = False


WATCHED = (
    Watched(
        "batch",
        "payout__exact=failed",
        ngettext_lazy("%(count)d payment failed", "%(count)d payments failed", "count"),
        lambda: Batch.objects.filter(payout=Batch.Payout.FAILED),
        urgent=True,
    ),
    Watched(
        "merchant",
        "contract=missing",
        ngettext_lazy(
            "%(count)d merchant without a contract has vouchers to settle",
            "%(count)d merchants without a contract have vouchers to settle",
            "count",
        ),
        contracts.missing,
    ),
    Watched(
        "dispute",
        "state__exact=open",
        ngettext_lazy("%(count)d open dispute", "%(count)d open disputes", "count"),
        lambda: Dispute.objects.filter(state=Dispute.State.OPEN),
    ),
    Watched(
        "offer",
        "state__exact=proposed",
        ngettext_lazy("%(count)d offer proposed", "%(count)d offers proposed", "count"),
        lambda: Offer.objects.filter(state=Offer.State.PROPOSED),
    ),
)


@on_the_desk
def notices(request: HttpRequest) -> Iterator[Notice]:
    for watched in WATCHED:
        if request.user.has_perm(f"rewards.view_{watched.model}") and (count := watched.waiting().count()):
            address = f"{reverse(f'admin:rewards_{watched.model}_changelist')}?{watched.chosen}"
            yield Notice(str(watched.text % {"count": count}), address, watched.urgent)
