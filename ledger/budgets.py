"""Who pays for points: programmes are funded, issue from what they have, and stop before it is gone.

What a limited programme has left is carried in a few slices, so that batches of awards draw side by side; the sum of
the slices is the balance of its account 100 (and `opening_points`, what the city issued before it had a budget). Only
what the database has is drawn, and a draw lasts until its transaction ends: nothing is issued that was not funded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from config.problems import Problem
from ledger.models import PROGRAMME, BudgetSlice, Chart, Code, Funding, Programme
from ledger.posting import Draft, TransferConflict, call, open_account, post
from ledger.statements import balance

SLICES = 8


class ProgrammeUnlimited(Problem):
    status, code, title = 409, "programme_unlimited", _("This programme is not limited, so it is not funded.")


class BudgetNotEnough(Problem):
    status, code, title = 409, "budget_not_enough", _("The programme does not have so many points left.")


class FundingInvalid(Problem):
    status, code, title = 422, "funding_invalid", _("This funding cannot be booked.")


@dataclass(frozen=True, slots=True)
class Terms:
    """How a limited programme pays now: the share of the usual points in percent, and what is left."""

    percent: int
    left_points: int


def open_programme(programme: Programme) -> Programme:
    """Save a new programme, limited and empty."""
    with transaction.atomic():
        programme.limited = True
        programme.save(force_insert=True)
        _cut(programme.pk)
    return programme


def limit(programme_id: UUID) -> bool:
    """From now on the programme pays only what it is funded with; whether that is new. There is no way back.

    Waits for the awards that are under way.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('ledger_budgets'))")
        programme = Programme.objects.select_for_update(no_key=True).get(pk=programme_id)
        if programme.limited:
            return False
        programme.limited, programme.opening_points = True, -balance(programme_id, Chart.ISSUANCE)
        programme.save(update_fields=["limited", "opening_points"])
        _cut(programme_id)
    return True


def _cut(programme_id: UUID) -> None:
    BudgetSlice.objects.bulk_create(BudgetSlice(programme_id=programme_id, number=place) for place in range(SLICES))


def fund(funding_id: UUID, programme_id: UUID, points: int, document: str, by: str) -> bool:
    """Add points to a programme, or withdraw them (below zero); whether it is new: the same id changes nothing.

    Raises FundingInvalid, ProgrammeUnlimited, BudgetNotEnough, or TransferConflict for an id with other content.
    """
    _check(points, document)
    with transaction.atomic():
        programme = Programme.objects.select_for_update(no_key=True).get(pk=programme_id)
        if not programme.limited:
            raise ProgrammeUnlimited
        if told := Funding.objects.filter(pk=funding_id).first():
            if (told.programme_id, told.points, told.document) != (programme_id, points, document):
                raise TransferConflict
            return False
        left = sum(
            BudgetSlice.objects.filter(programme=programme)
            .select_for_update()
            .order_by("number")
            .values_list("left_points", flat=True)
        )
        if left + points < 0:
            raise BudgetNotEnough(fields={"points": _("%(left)d are left.") % {"left": left}})
        promised, issuable = open_account(programme_id, Chart.FUNDING), open_account(programme_id, Chart.ISSUANCE)
        source, target = (promised, issuable) if points > 0 else (issuable, promised)
        post([Draft(funding_id, source, target, abs(points), Code.FUND, programme_id)])
        Funding.objects.create(pk=funding_id, programme=programme, points=points, document=document, by=by)
        level = call("SELECT ledger_spread(%s, %s)", [programme_id, points])
        Programme.objects.filter(pk=programme_id).update(funded_points=F("funded_points") + points, level_points=level)
    return True


def _check(points: int, document: str) -> None:
    if not points or abs(points) > 10**15:
        raise FundingInvalid(fields={"points": _("Give a number from 1 to 10^15, or below zero to withdraw.")})
    if not document.strip():
        raise FundingInvalid(fields={"document": _("Name the decision or contract that the points rest on.")})


def terms() -> dict[UUID, Terms]:
    """The terms of every limited programme, by its id; they stand until the transaction ends. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT programme, percent, left_points FROM ledger_budgets()")
        return {programme: Terms(percent, left) for programme, percent, left in cursor.fetchall()}


def draw(wanted: Mapping[UUID, int], returned: Mapping[UUID, int]) -> dict[UUID, int]:
    """Reserve points of limited programmes for the awards of this transaction: what each has, at most as wanted.

    `returned` is added first. Once a transaction, so that nobody waits in a circle.
    """
    moving = sorted(id for id in {*wanted, *returned} if wanted.get(id) or returned.get(id))
    if not moving:
        return {}
    granted = call(
        "SELECT ledger_draw(%s::uuid[], %s::bigint[], %s::bigint[])",
        [moving, [wanted.get(id, 0) for id in moving], [returned.get(id, 0) for id in moving]],
    )
    return dict(zip(moving, granted, strict=True))


def give_back(points: Mapping[UUID, int]) -> None:
    """Return what was drawn and is not issued, or what was issued and is taken back."""
    draw({}, points)


def limited(programme_id: UUID) -> bool:
    return Programme.objects.filter(pk=programme_id, limited=True).exists()


def left(programme_id: UUID = PROGRAMME) -> int:
    """What a limited programme has left."""
    found = BudgetSlice.objects.filter(programme=programme_id).aggregate(points=Sum("left_points", default=0))
    return int(found["points"])
