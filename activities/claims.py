"""Claims: one reduction, one claim. Whoever claims first has it, and nobody else ever after.

A reduction may be kept as points only, or go to the citizens' pool (where its partner has waived its own claim in a
contract in force on that day) or to the partner's pool (where it has not). Only scenarios that are poolable and
evidence of the two best grades may go to a pool. What a pool does with it is not decided here.
"""

from collections.abc import Sequence

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities import crediting
from activities.models import Claim, Reduction
from config.problems import Problem

REFUSALS = {
    "no_reduction": _("There is no such reduction."),
    "reversed": _("The reduction was reversed."),
    "not_poolable": _("The scenario cannot become part of a project."),
    "evidence_too_weak": _("Only an operator's order or a payment is evidence enough for a pool."),
    "details_dropped": _("The details are no longer kept."),
    "not_waived": _("The partner has not waived its claim in a contract in force on that day."),
    "waived": _("The partner has waived its claim in a contract in force on that day."),
}


class NotClaimable(Problem):
    status, code, title = 422, "not_claimable", _("This reduction cannot be claimed for this pool.")


class AlreadyClaimed(Problem):
    status, code, title = 409, "already_claimed", _("This reduction is claimed already.")


@transaction.atomic
def claim(reductions: Sequence[Reduction], pool: Claim.Pool, by: User | None) -> int:
    """Claim all of them for a pool, or none; return how many. Raises NotClaimable, AlreadyClaimed.

    The citizens' tallies are locked first, as crediting does: a reversal comes before or after, never between.
    """
    with connection.cursor() as cursor:
        crediting.lock(cursor, {reduction.citizen_id for reduction in reductions})
        cursor.execute(
            "SELECT id, refuse_claim(citizen_id, id, %s) FROM unnest(%s::uuid[], %s::uuid[]) AS asked (citizen_id, id)",
            [pool, [each.citizen_id for each in reductions], [each.pk for each in reductions]],
        )
        for reduction_id, reason in cursor.fetchall():
            if reason:
                raise NotClaimable(f"{REFUSALS[reason]} ({reduction_id})", reason=reason)
    rows = [Claim(citizen_id=each.citizen_id, reduction_id=each.pk, pool=pool, by=by) for each in reductions]
    try:
        with transaction.atomic():
            return len(Claim.objects.bulk_create(rows))
    except IntegrityError as error:
        if "one_claim_per_reduction" not in str(error):
            raise
        raise AlreadyClaimed from error
