"""Restatement: when a published version was wrong, the version that corrects it books a period anew.

Nothing is changed: each credit of the wrong version is reversed and credited by the correcting one, in one transaction
for some citizens under their tallies' locks, so that the grams, the points, the balances and the totals follow. A
correcting version is in force for its validity from its publication on, so whatever arrives late or is judged again is
already judged by it, and finds what is restated as it should be.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities import crediting, retention
from activities.crediting import Booked, Entry
from activities.integrity import reasons
from activities.methodologies import replay, stored
from activities.methodologies.stored import Entries
from activities.models import Activity, Finding, Methodology, Reduction, Restatement
from config import clock
from config.problems import Problem

CITIZENS_A_BATCH = 200
State = Restatement.State


class RestatementUnfit(Problem):
    status, code, title = 422, "restatement_unfit", _("This period cannot be restated so.")


class RestatementDecided(Problem):
    status, code, title = 409, "restatement_decided", _("This restatement is decided already.")


class OwnRestatement(Problem):
    status, code, title = 403, "own_restatement", _("A restatement is decided by somebody who did not request it.")


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch did; `last` is its last citizen, None where no citizen was left."""

    last: UUID | None = None
    citizens: int = 0
    restated: int = 0
    held: int = 0
    booked: Booked = field(default_factory=Booked)


@transaction.atomic
def request(after: Methodology, first: date, last: date, why: tuple[str, str], by: User) -> Restatement:
    """Ask for a period to be restated by a published correcting version, `why` in Chinese and in English.

    Raises RestatementUnfit.
    """
    Methodology.objects.select_for_update().get(pk=after.pk)
    before = check(after, first, last)
    chinese, english = why
    return Restatement.objects.create(
        before=before, after=after, first=first, last=last, reason_zh=chinese, reason_en=english, requested_by=by
    )


def check(after: Methodology, first: date, last: date) -> Methodology:
    """The version that is corrected. Raises RestatementUnfit where these days cannot be restated by this version.

    Raises DetailsDropped where what they rest on is no longer kept.
    """
    before = after.corrects
    if before is None or after.published_at is None:
        raise RestatementUnfit(
            _("Only a published version that corrects another can restate."), fields={"after": "corrects"}
        )
    if last < first:
        raise RestatementUnfit(_("The period ends before it begins."), fields={"last": str(last)})
    retention.require(first)
    if clock.day_start(first) < after.valid_from or (after.valid_until and clock.day_end(last) > after.valid_until):
        raise RestatementUnfit(
            _("The correcting version does not hold on all days of the period."),
            fields={"first": str(after.valid_from)},
        )
    others = Restatement.objects.filter(before=before, after=after, first__lte=last, last__gte=first)
    if others.exclude(state=State.REFUSED).exists():
        raise RestatementUnfit(_("There is a restatement of these days by this version already."))
    return before


@transaction.atomic
def approve(restatement: Restatement, by: User) -> Restatement:
    """Let it run. Raises OwnRestatement, RestatementDecided."""
    return _decide(restatement, by, State.APPROVED)


@transaction.atomic
def refuse(restatement: Restatement, by: User) -> Restatement:
    """Raises OwnRestatement, RestatementDecided."""
    return _decide(restatement, by, State.REFUSED)


def _decide(restatement: Restatement, by: User, state: str) -> Restatement:
    if restatement.requested_by_id == by.pk:
        raise OwnRestatement
    open_one = Restatement.objects.filter(pk=restatement.pk, state=State.REQUESTED)
    if not open_one.update(state=state, decided_by=by, decided_at=timezone.now()):
        raise RestatementDecided
    restatement.refresh_from_db()
    return restatement


def run(restatement_id: UUID) -> Restatement:
    """Restate batch by batch until nothing is left. May die at any moment and run again, or run twice at once."""
    while _step(restatement_id):
        pass
    return Restatement.objects.get(pk=restatement_id)


def unfinished() -> list[UUID]:
    """Those that were approved and are not at their end."""
    return list(Restatement.objects.filter(state=State.APPROVED).values_list("pk", flat=True))


def behind(rows: Iterable[Reduction]) -> Restatement | None:
    """The restatement that wrote the last of an activity's rows of that cause; None where there is none."""
    credits = [row for row in rows if row.cause == Reduction.Cause.RESTATED]
    if not credits:
        return None
    day = credits[-1].city_day
    own = Restatement.objects.filter(first__lte=day, last__gte=day, decided_at__isnull=False)
    version = "before_id" if credits[-1].reversal else "after_id"
    return own.exclude(state=State.REFUSED).filter(**{version: credits[-1].methodology_id}).first()


@transaction.atomic
def _step(restatement_id: UUID) -> bool:
    """One batch with its progress, in one transaction; whether there may be more."""
    locked = Restatement.objects.select_for_update(of=("self",)).select_related("before", "after__scenario")
    restatement = locked.get(pk=restatement_id)
    if restatement.state != State.APPROVED:
        return False
    batch = _restate_next(restatement)
    own = Restatement.objects.filter(pk=restatement_id)
    if batch.last is None:
        own.update(state=State.DONE, finished_at=timezone.now())
        return False
    own.update(
        citizen_id=batch.last,
        citizens=F("citizens") + batch.citizens,
        restated=F("restated") + batch.restated,
        held=F("held") + batch.held,
        reduction_mg=F("reduction_mg") + batch.booked.reduction_mg,
        points=F("points") + batch.booked.points,
    )
    return True


def _restate_next(restatement: Restatement) -> Batch:
    citizens = _next_citizens(restatement)
    if not citizens:
        return Batch()
    with connection.cursor() as cursor:
        crediting.lock(cursor, citizens)
    wanted = {
        "citizens": citizens,
        "before": restatement.before_id,
        "first": restatement.first,
        "last": restatement.last,
        "valid_from": restatement.after.valid_from,
        "valid_until": restatement.after.valid_until,
    }
    live = {
        row.activity_id: row
        for row in Reduction.objects.live().filter(
            citizen_id__in=citizens,
            methodology_id=restatement.before_id,
            city_day__range=(restatement.first, restatement.last),
        )
    }
    rows: list[Entry] = []
    held: list[Activity] = []
    for entries in stored.stream("of_restatement", wanted):
        for row in _rows(entries, live, restatement.after):
            rows += row
            if len(row) == 1:
                held.append(Activity(id=row[0].activity_id, citizen_id=row[0].citizen_id))
    booked = crediting.book(rows)
    _hold(held)
    return Batch(citizens[-1], len(citizens), sum(row.reversal for row in rows), len(held), booked)


def _next_citizens(restatement: Restatement) -> list[UUID]:
    """The next citizens who have anything by the wrong version in the period, in the order of ids."""
    own = Reduction.objects.filter(
        methodology_id=restatement.before_id,
        city_day__range=(restatement.first, restatement.last),
        reversal=False,
    )
    if restatement.citizen_id is not None:
        own = own.filter(citizen_id__gt=restatement.citizen_id)
    return list(own.order_by("citizen_id").values_list("citizen_id", flat=True).distinct()[:CITIZENS_A_BATCH])


def _rows(entries: Entries, live: dict[UUID, Reduction], after: Methodology) -> list[tuple[Entry, ...]]:
    """The reversal of each credit and what replaces it; the reversal alone where the version lacks an input."""
    full_mg, counted_mg, fixed_points = replay.quantify(entries, [after])
    found: list[tuple[Entry, ...]] = []
    for place, (full, amount, points) in enumerate(
        zip(full_mg.tolist(), counted_mg.tolist(), fixed_points.tolist(), strict=True)
    ):
        credit = live[entries.id(place)]
        reverse = Entry.reverse(credit, Reduction.Cause.RESTATED)
        if amount < 0:
            found.append((reverse,))
            continue
        inputs: dict[str, Any] = {k: v for k, v in (credit.inputs or {}).items() if k != "day_left_mg"}
        if amount < full:
            inputs["day_left_mg"] = amount
        anew = reverse._replace(
            methodology_id=after.pk,
            reduction_mg=amount,
            fixed_points=points,
            generation=credit.generation + 1,
            reversal=False,
            mg_per_point=0,
            programme_id=None,
            inputs=inputs or None,
        )
        found.append((reverse, anew))
    return found


def _hold(activities: list[Activity]) -> None:
    """What the correcting version cannot quantify waits for its input, as intake would have it."""
    for activity in activities:
        Activity.objects.filter(citizen_id=activity.citizen_id, pk=activity.pk).update(
            status=Activity.Status.HELD, reason=reasons.INPUT_MISSING
        )
    Finding.objects.bulk_create(
        Finding(
            citizen_id=activity.citizen_id,
            activity_id=activity.pk,
            rule=reasons.INPUT_MISSING,
            verdict=Activity.Status.HELD,
        )
        for activity in activities
    )
