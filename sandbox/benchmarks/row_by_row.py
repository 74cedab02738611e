"""The baseline of intake: the straightforward Django way, one event and one transaction at a time."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.linking.models import Link, digest_subject
from activities.intake.mapping import Draft
from activities.methodologies import families
from activities.methodologies.columns import Columns
from activities.models import (
    Activity,
    DailyTotal,
    Delivery,
    Event,
    Methodology,
    Reduction,
    RuleSetting,
    Scenario,
    Tally,
)
from config import secrecy
from config.clock import city_day
from config.identifiers import new_id
from ledger.models import PROGRAMME, Account, Chart, Code, Transfer


@transaction.atomic
def take_in(delivery: Delivery, draft: Draft) -> None:
    """The same checks and the same books as the pipeline, by the ORM."""
    partner = delivery.feed.partner
    link = Link.objects.get(partner=partner, subject_digest=digest_subject(partner.code, draft.subject), ended_at=None)
    key = UUID(bytes=secrecy.digest("event", partner.code, draft.external_id))
    tally, _created = Tally.objects.select_for_update().get_or_create(citizen_id=link.citizen_id)
    if draft.ended_at is None or Event.objects.filter(key=key, cancelled=False).exists():
        return
    scenario = Scenario.objects.get(code=draft.scenario)
    day = city_day(draft.started_at)
    duration_s = (draft.ended_at - draft.started_at).total_seconds()
    overlapping = Activity.objects.filter(
        citizen_id=link.citizen_id,
        status=Activity.Status.ACCEPTED,
        started_at__lt=draft.ended_at,
        started_at__gt=draft.started_at - timedelta(days=1),
        ended_at__gt=draft.started_at,
    )
    total, _created = DailyTotal.objects.get_or_create(
        citizen_id=link.citizen_id,
        city_day=day,
        scenario=scenario,
        defaults={"activities": 0, "reduction_mg": 0, "points": 0},
    )
    limits = dict(RuleSetting.objects.filter(scenario=scenario, active=True).values_list("rule", "settings"))
    reason = ""
    if duration_s < (limits["duration_too_short"]["min_s"]):
        reason = "duration_too_short"
    elif (draft.distance_m or 0) * 3600 > limits["speed_implausible"]["max_m_per_h"] * duration_s:
        reason = "speed_implausible"
    elif overlapping.exists():
        reason = "overlap"
    elif total.activities >= limits["daily_cap"]["max_count"]:
        reason = "daily_cap"
    activity = Activity.objects.create(
        key=key,
        citizen_id=link.citizen_id,
        link_id=link.id,
        feed=delivery.feed,
        delivery=delivery,
        scenario=scenario,
        started_at=draft.started_at,
        ended_at=draft.ended_at,
        city_day=day,
        distance_m=draft.distance_m,
        distance_basis=draft.distance_basis,
        status=Activity.Status.REJECTED if reason else Activity.Status.ACCEPTED,
        reason=reason,
    )
    Event.objects.create(
        citizen_id=link.citizen_id,
        key=key,
        content_digest=draft.content_digest,
        activity_id=activity.id,
        delivery=delivery,
    )
    if not reason:
        _credit(tally, total, activity, scenario)


def _credit(tally: Tally, total: DailyTotal, activity: Activity, scenario: Scenario) -> None:
    version = (
        Methodology.objects.filter(scenario=scenario, state="published", valid_from__lte=activity.started_at)
        .order_by("-valid_from")
        .first()
    )
    if version is None:
        return
    columns = Columns.of([activity.distance_m], [activity.distance_basis], [None])
    reduction_mg = int(families.quantify(version.family, version.parameters, columns)[0])
    points = (tally.remainder_mg + reduction_mg) // 10_000
    reduction = Reduction.objects.create(
        id=new_id(),
        citizen_id=activity.citizen_id,
        activity_id=activity.id,
        methodology=version,
        scenario=scenario,
        city_day=activity.city_day,
        distance_m=activity.distance_m,
        reduction_mg=reduction_mg,
        carried_mg=tally.remainder_mg,
        mg_per_point=10_000,
        points=points,
    )
    if points:
        issuance, _created = Account.objects.get_or_create(holder=PROGRAMME, code=Chart.ISSUANCE)
        account, _created = Account.objects.get_or_create(
            holder=activity.citizen_id, code=Chart.CITIZEN, defaults={"balance": 0}
        )
        Transfer.objects.create(
            id=reduction.id,
            debit_account=issuance,
            credit_account=account,
            amount=points,
            code=Code.AWARD,
            reference=reduction.id,
        )
        Account.objects.filter(pk=account.pk).update(balance=F("balance") + points)
    tally.reduction_mg += reduction_mg
    tally.points += points
    tally.remainder_mg += reduction_mg - points * 10_000
    tally.save()
    DailyTotal.objects.filter(pk=total.pk).update(
        activities=F("activities") + 1,
        distance_m=F("distance_m") + (activity.distance_m or 0),
        reduction_mg=F("reduction_mg") + reduction_mg,
        points=F("points") + points,
    )
