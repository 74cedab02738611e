"""Where notices come from: each source reads what happened in another room's tables and drafts notices.

Nobody outside calls this room: a source looks at states, from a little before where it last stopped, and an event
that is seen twice is one notice by its key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from accounts.linking.models import Link
from accounts.models import Membership
from activities.models import Delivery, Reduction
from config import identifiers
from dashboard import ranking
from dashboard.linked import LATE
from rewards.models import Redemption

VOUCHER_NOTICE = timedelta(days=3)
DECIDED = [Reduction.Cause.REVIEWED, Reduction.Cause.APPEALED]
CORRECTED = [Reduction.Cause.CORRECTED, Reduction.Cause.CANCELLED, Reduction.Cause.RESTATED]


@dataclass(frozen=True, slots=True)
class Draft:
    citizen_id: UUID
    kind: str
    key: str
    facts: dict[str, Any] = field(default_factory=dict)


def vouchers_expiring(since: datetime, now: datetime) -> Iterator[Draft]:
    """Three days ahead; a voucher that was reserved for less is not worth a word."""
    due = Redemption.objects.filter(state=Redemption.State.RESERVED, expires_at__gt=now)
    due = due.filter(expires_at__lte=now + VOUCHER_NOTICE, created_at__lt=now - timedelta(days=1))
    for redemption in due.select_related("offer", "merchant").iterator():
        yield Draft(
            redemption.citizen_id, "voucher_expiring", f"voucher_expiring:{redemption.pk}", _voucher_facts(redemption)
        )


def vouchers_expired(since: datetime, now: datetime) -> Iterator[Draft]:
    gone = Redemption.objects.filter(state=Redemption.State.EXPIRED, expires_at__gt=since - timedelta(days=1))
    for redemption in gone.filter(closed_at__gt=since).select_related("offer", "merchant").iterator():
        yield Draft(
            redemption.citizen_id, "voucher_expired", f"voucher_expired:{redemption.pk}", _voucher_facts(redemption)
        )


def _voucher_facts(redemption: Redemption) -> dict[str, Any]:
    return {
        "redemption": str(redemption.pk),
        "offer_zh": redemption.offer.title_zh,
        "offer_en": redemption.offer.title_en,
        "merchant_zh": redemption.merchant.name_zh,
        "merchant_en": redemption.merchant.name_en,
        "until_at": redemption.expires_at.isoformat(),
    }


def decisions(since: datetime, now: datetime) -> Iterator[Draft]:
    """Reductions written because a person, a partner or a corrected methodology decided; one notice an activity."""
    rows = Reduction.objects.filter(pk__gte=identifiers.first_id(since), cause__in=[*DECIDED, *CORRECTED])
    for row in rows.iterator():
        kind = "decision" if row.cause in DECIDED else "correction"
        facts = {"activity": str(row.activity_id), "day_on": row.city_day.isoformat()}
        yield Draft(row.citizen_id, kind, f"{kind}:{row.activity_id}:{row.generation}", facts)


def partners_late(since: datetime, now: datetime) -> Iterator[Draft]:
    """Once per silence: the key holds when the partner was last heard."""
    heard = dict(Delivery.objects.values_list("feed__partner_id").annotate(last=Max("received_at")))
    late = {partner: last for partner, last in heard.items() if now - last > LATE}
    links = Link.objects.filter(ended_at=None, partner__in=late, linked_at__lt=now - LATE)
    for link in links.select_related("partner").iterator():
        last = late[link.partner_id]
        facts = {"partner_zh": link.partner.name_zh, "partner_en": link.partner.name_en, "days": (now - last).days}
        yield Draft(link.citizen_id, "partner_late", f"partner_late:{link.partner.code}:{last:%Y%m%d}", facts)


def renewals(since: datetime, now: datetime) -> Iterator[Draft]:
    links = Link.objects.filter(ended_at=None, renewal_needed=True).select_related("partner", "grant")
    for link in links.iterator():
        facts = {"partner_zh": link.partner.name_zh, "partner_en": link.partner.name_en}
        yield Draft(link.citizen_id, "link_renewal", f"link_renewal:{link.consent_id}", facts)


def joins(since: datetime, now: datetime) -> Iterator[Draft]:
    """Friends and teams: the owner hears who came."""
    fresh = Membership.objects.filter(joined_at__gt=since, role=Membership.Role.MEMBER)
    fresh = fresh.filter(group__kind__in=[kind.value for kind in ranking.SMALL_CIRCLES])
    for one in fresh.select_related("group", "citizen").iterator():
        owner = one.group.memberships.filter(role=Membership.Role.OWNER).first()
        if owner:
            facts = {"nickname": one.citizen.nickname, "name": one.group.name, "group": str(one.group_id)}
            yield Draft(owner.citizen_id, "joined_group", f"joined_group:{one.pk}", facts)


SOURCES: dict[str, Callable[[datetime, datetime], Iterator[Draft]]] = {
    "vouchers_expiring": vouchers_expiring,
    "vouchers_expired": vouchers_expired,
    "decisions": decisions,
    "partners_late": partners_late,
    "renewals": renewals,
    "joins": joins,
}
