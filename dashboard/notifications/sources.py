"""Where notices come from: each source reads what happened in another room's tables and drafts notices.

Nobody outside calls this room: a source looks at states, from a little before where it last stopped, and an event
that is seen twice is one notice by its key.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from accounts import groups
from accounts.linking.models import Link
from accounts.models import AchievementEarned, Export, Group, Membership, Partner, Standing
from activities.models import Decision, Question, Reduction
from config import clock, identifiers
from dashboard.links.linked import LATE, heard
from dashboard.models import Share, Team
from dashboard.notifications.models import Notice
from ledger.models import ExpiryNotice
from rewards.models import Offer, Redemption

VOUCHER_NOTICE = timedelta(days=3)
CORRECTED = [Reduction.Cause.CORRECTED, Reduction.Cause.CANCELLED, Reduction.Cause.RESTATED]
LATE_REPORTS = timedelta(days=3)
LEVEL = "level:"
JOINED = "joined_group:"
"""Keys of notices that name somebody go on with that citizen's id, so that erasing finds them."""


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


def vouchers_used(since: datetime, now: datetime) -> Iterator[Draft]:
    """Whoever did not use it themselves hears that somebody did. Gifts are given by the citizen's own click."""
    used = Redemption.objects.filter(state=Redemption.State.CONFIRMED, closed_at__gt=since)
    used = used.exclude(offer__kind__in=Offer.GIVEN_AT_ONCE)
    for one in used.select_related("offer", "merchant").iterator():
        facts = {**_voucher_facts(one), "used_at": one.closed_at.isoformat()} if one.closed_at else {}
        yield Draft(one.citizen_id, "voucher_used", f"voucher_used:{one.pk}", facts)


def vouchers_refunded(since: datetime, now: datetime) -> Iterator[Draft]:
    refunded = Redemption.objects.filter(state=Redemption.State.REFUNDED, refunded_at__gt=since)
    for one in refunded.select_related("offer", "merchant").iterator():
        facts = {**_voucher_facts(one), "points": one.points}
        yield Draft(one.citizen_id, "voucher_refunded", f"voucher_refunded:{one.pk}", facts)


def trees_planted(since: datetime, now: datetime) -> Iterator[Draft]:
    """Once a planting, however many shares of it somebody gave; later shares are tied to a planting with room."""
    planted = Redemption.objects.filter(planting__isnull=False)
    planted = planted.filter(Q(planting__created_at__gt=since) | Q(closed_at__gt=since - timedelta(days=1)))
    for one in planted.select_related("planting").order_by("closed_at").iterator():
        if (planting := one.planting) is None:
            continue
        facts = {
            "redemption": str(one.pk),
            "species_zh": planting.species_zh,
            "species_en": planting.species_en,
            "place_zh": planting.place_zh,
            "place_en": planting.place_en,
            "day_on": planting.planted_on.isoformat(),
        }
        yield Draft(one.citizen_id, "tree_planted", f"tree_planted:{planting.pk}", facts)


def gifts_arrived(since: datetime, now: datetime) -> Iterator[Draft]:
    """Once a handover, however many of its gifts somebody made."""
    arrived = Redemption.objects.filter(handover__created_at__gt=since).select_related("handover", "merchant")
    for one in arrived.order_by("closed_at").iterator():
        if (handover := one.handover) is None:
            continue
        facts = {
            "redemption": str(one.pk),
            "cause_zh": one.merchant.name_zh,
            "cause_en": one.merchant.name_en,
            "use_zh": handover.use_zh,
            "use_en": handover.use_en,
        }
        yield Draft(one.citizen_id, "gift_arrived", f"gift_arrived:{handover.pk}", facts)


def _voucher_facts(redemption: Redemption) -> dict[str, Any]:
    return {
        "redemption": str(redemption.pk),
        "offer_zh": redemption.offer.title_zh,
        "offer_en": redemption.offer.title_en,
        "merchant_zh": redemption.merchant.name_zh,
        "merchant_en": redemption.merchant.name_en,
        "until_at": redemption.expires_at.isoformat(),
    }


def corrections(since: datetime, now: datetime) -> Iterator[Draft]:
    """Reductions written because a partner or a corrected methodology said otherwise; one notice an activity."""
    rows = Reduction.objects.filter(pk__gte=identifiers.first_id(since), cause__in=CORRECTED)
    for row in rows.iterator():
        facts = {"activity": str(row.activity_id), "day_on": row.city_day.isoformat()}
        yield Draft(row.citizen_id, "correction", f"correction:{row.activity_id}:{row.generation}", facts)


def decisions(since: datetime, now: datetime) -> Iterator[Draft]:
    """What people decided, whether anything is booked for it or not."""
    for one in Decision.objects.filter(created_at__gt=since).iterator():
        facts = {"activity": str(one.activity_id), "day_on": _day(one.created_at)}
        yield Draft(one.citizen_id, "decision", f"decision:{one.pk}", facts)


def questions(since: datetime, now: datetime) -> Iterator[Draft]:
    for one in Question.objects.filter(asked_at__gt=since, answered_at=None).iterator():
        facts = {"activity": str(one.activity_id), "day_on": _day(one.asked_at)}
        yield Draft(one.citizen_id, "question", f"question:{one.pk}", facts)


def _day(instant: datetime) -> str:
    return instant.astimezone(clock.city_zone()).date().isoformat()


def points_expiring(since: datetime, now: datetime) -> Iterator[Draft]:
    """Sixty and fourteen days ahead, as the ledger found."""
    for one in ExpiryNotice.objects.filter(created_at__gt=since, expires_on__gt=clock.city_today()).iterator():
        facts = {"points": one.points, "day_on": one.expires_on.isoformat()}
        yield Draft(one.holder, "points_expiring", f"points_expiring:{one.pk}", facts)


def draws(since: datetime, now: datetime) -> Iterator[Draft]:
    """Who won and who did not; entries are told one by one for a while after the draw."""
    drawn = Redemption.objects.filter(offer__lottery__drawn_at__gt=since - timedelta(days=1))
    for one in drawn.filter(state=Redemption.State.LOST).select_related("offer", "merchant").iterator():
        yield Draft(one.citizen_id, "draw_lost", f"draw:{one.pk}", _voucher_facts(one))
    for one in drawn.filter(state=Redemption.State.RESERVED).select_related("offer", "merchant").iterator():
        yield Draft(one.citizen_id, "draw_won", f"draw:{one.pk}", _voucher_facts(one))


def achievements(since: datetime, now: datetime) -> Iterator[Draft]:
    """Those of a month that the worker has just found; what was earned long ago is no news."""
    fresh = AchievementEarned.objects.filter(earned_at__gt=since, month__gte=now.date() - timedelta(days=62))
    for one in fresh.select_related("achievement").iterator():
        facts = {"name_zh": one.achievement.name_zh, "name_en": one.achievement.name_en, "month_of": str(one.month)}
        yield Draft(one.citizen_id, "achievement", f"achievement:{one.achievement_id}:{one.month}", facts)


def levels(since: datetime, now: datetime) -> Iterator[Draft]:
    """Each level of a month once, when it is reached; partners report a ride up to some days late."""
    key = Concat(
        Value(LEVEL), Cast("month", TextField()), Value(":"), Cast("level_id", TextField()), output_field=TextField()
    )
    told = Notice.objects.filter(citizen_id=OuterRef("citizen_id"), key=OuterRef("key"))
    fresh = Standing.objects.filter(updated_at__gt=since, month__gte=clock.month_of(clock.city_day(now - LATE_REPORTS)))
    for one in fresh.exclude(level=None).annotate(key=key).filter(~Exists(told)).select_related("level").iterator():
        facts = {"name_zh": one.level.name_zh, "name_en": one.level.name_en} if one.level else {}
        yield Draft(one.citizen_id, "level", one.key, facts)


def challenges_entered(since: datetime, now: datetime) -> Iterator[Draft]:
    """Everybody of a group hears that it takes part: they may not want to."""
    for team in Team.objects.filter(entered_at__gt=since, challenge__closed_at=None).select_related(
        "challenge", "group"
    ):
        facts = {"name": team.challenge.name, "team": team.name, "challenge": str(team.challenge_id)}
        for citizen_id in groups.member_ids(team.group) if team.group else []:
            yield Draft(citizen_id, "challenge_entered", f"challenge_entered:{team.pk}", facts)


def challenges_decided(since: datetime, now: datetime) -> Iterator[Draft]:
    for one in Share.objects.filter(team__challenge__closed_at__gt=since).select_related("team__challenge").iterator():
        challenge = one.team.challenge
        facts = {"name": challenge.name, "challenge": str(challenge.pk)}
        yield Draft(one.citizen_id, "challenge_decided", f"challenge_decided:{challenge.pk}", facts)


def exports_ready(since: datetime, now: datetime) -> Iterator[Draft]:
    for one in Export.objects.filter(ready_at__gt=since, expires_at__gt=now).iterator():
        facts = {"until_at": one.expires_at.isoformat() if one.expires_at else now.isoformat()}
        yield Draft(one.citizen_id, "export_ready", f"export_ready:{one.pk}", facts)


def partners_late(since: datetime, now: datetime) -> Iterator[Draft]:
    """Once per silence: the key holds when the partner was last heard."""
    partners = Partner.objects.annotate(heard_at=heard(OuterRef("pk"))).filter(heard_at__lt=now - LATE)
    late = dict(partners.values_list("pk", "heard_at"))
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
    fresh = fresh.filter(group__kind__in=Group.CLOSE)
    owners = Membership.objects.filter(role=Membership.Role.OWNER, group__in=fresh.values("group"))
    owner_of = dict(owners.values_list("group_id", "citizen_id"))
    for one in fresh.select_related("group", "citizen").iterator():
        if one.group_id in owner_of:
            facts = {"nickname": one.citizen.nickname, "name": one.group.name, "group": str(one.group_id)}
            yield Draft(owner_of[one.group_id], "joined_group", f"{JOINED}{one.citizen_id}:{one.pk}", facts)


SOURCES: dict[str, Callable[[datetime, datetime], Iterator[Draft]]] = {
    "vouchers_expiring": vouchers_expiring,
    "vouchers_expired": vouchers_expired,
    "vouchers_used": vouchers_used,
    "vouchers_refunded": vouchers_refunded,
    "trees_planted": trees_planted,
    "gifts_arrived": gifts_arrived,
    "decisions": decisions,
    "corrections": corrections,
    "questions": questions,
    "points_expiring": points_expiring,
    "draws": draws,
    "achievements": achievements,
    "levels": levels,
    "challenges_entered": challenges_entered,
    "challenges_decided": challenges_decided,
    "exports_ready": exports_ready,
    "partners_late": partners_late,
    "renewals": renewals,
    "joins": joins,
}
