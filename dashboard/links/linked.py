"""How a citizen's links are doing: when the partner was last heard of, what has arrived, what is awaited."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, Subquery, Sum
from django.utils import timezone

from accounts.linking import links
from accounts.linking.links import Row
from accounts.linking.models import Link
from accounts.models import Citizen, Partner
from activities.models import Activity, Delivery, Feed, Reduction
from activities.pipeline.days import earliest_id
from config import clock, shared

LATE = timedelta(days=3)
"""Operators settle one or two days after the ride; what is later than this is worth a word."""

RECENT = timedelta(days=90)
FIRST_IMPORT = timedelta(days=3)
"""So long after linking the first entry is awaited: operators report minutes to two days after the ride."""
LOOKS_S = {timedelta(minutes=2): 5, timedelta(minutes=15): 15}
LAST_LOOKS_S = 60
"""How often a page that waits looks again, by how long ago the link was made."""


@dataclass(frozen=True, slots=True)
class Source:
    """A partner in the list of links; everything after `row` is about the live link."""

    row: Row
    heard_at: datetime | None = None
    late_days: int = 0
    entries: int = 0
    last_entry_at: datetime | None = None
    awaited: bool = False

    @property
    def look_again_s(self) -> int:
        waited = timezone.now() - self.row.link.linked_at if self.row.link else FIRST_IMPORT
        return next((often_s for until, often_s in LOOKS_S.items() if waited < until), LAST_LOOKS_S)


def overview(citizen: Citizen) -> list[Source]:
    """Every partner that is or can be linked, linked ones first. Five queries."""
    rows = links.overview(citizen)
    partners = Partner.objects.filter(pk__in=[row.partner.pk for row in rows if row.link])
    heard_at = dict(partners.values_list("pk", heard(OuterRef("pk"))))
    arrived = _arrived(citizen.pk)
    return [_source(row, heard_at, arrived) for row in rows]


def _source(row: Row, heard_at: dict[int, datetime | None], arrived: dict[UUID, tuple[int, datetime]]) -> Source:
    if row.link is None:
        return Source(row)
    entries, last_entry_at = arrived.get(row.link.pk, (0, None))
    heard_when = heard_at.get(row.partner.pk)
    now = timezone.now()
    return Source(
        row,
        heard_when,
        late_days(row.link.linked_at, heard_when, now),
        entries,
        last_entry_at,
        awaited=not entries and now - row.link.linked_at < FIRST_IMPORT,
    )


def _arrived(citizen_id: UUID) -> dict[UUID, tuple[int, datetime]]:
    """How many entries of the last 90 days each link brought, and when the latest began."""
    since = timezone.now() - RECENT
    ours = Activity.objects.filter(citizen_id=citizen_id, id__gte=earliest_id(clock.city_day(since)))
    recent = ours.filter(started_at__gte=since)
    counted = recent.values_list("link_id").annotate(count=Count("pk"), last=Max("started_at"))
    return {link_id: (count, last) for link_id, count, last in counted}


@dataclass(frozen=True, slots=True)
class Brought:
    """What one link has brought so far; `held` of the entries are still being checked."""

    entries: int
    held: int
    reduction_mg: int
    points: int


def brought(link: Link) -> Brought:
    """Over the whole life of the link, less what was taken back. Two queries."""
    own = Activity.objects.filter(citizen_id=link.citizen_id, link_id=link.pk)
    counted = own.aggregate(entries=Count("pk"), held=Count("pk", filter=Q(status=Activity.Status.HELD)))
    credited = Reduction.objects.filter(citizen_id=link.citizen_id, activity_id__in=own.values("pk"))
    sums = credited.aggregate(reduction_mg=Sum("reduction_mg", default=0), points=Sum("points", default=0))
    return Brought(**counted, **sums)


_NEWEST = Delivery.objects.filter(feed=OuterRef("pk")).order_by("-received_at").values("received_at")[:1]
"""When a feed last delivered anything: one probe of an index."""


def heard(partner: OuterRef) -> Subquery:
    """When a partner last delivered anything by any of its feeds."""
    feeds = Feed.objects.filter(partner=partner).annotate(heard_at=Subquery(_NEWEST)).exclude(heard_at=None)
    return Subquery(feeds.order_by("-heard_at").values("heard_at")[:1])


class Operator(NamedTuple):
    """A partner as pages name it."""

    code: str
    kind: str
    name: str


class FeedNews(NamedTuple):
    """Whose a feed is, and when it last delivered anything."""

    partner_id: int
    operator: Operator
    heard_at: datetime | None


@shared.kept(Feed, Partner)
def feeds() -> dict[int, FeedNews]:
    """All feeds as they were up to a minute ago: whether a partner is late needs no more."""
    found = Feed.objects.select_related("partner").annotate(heard_at=Subquery(_NEWEST))
    return {feed.pk: FeedNews(feed.partner_id, _operator(feed.partner), feed.heard_at) for feed in found}


def operator(partner_id: int) -> Operator:
    """A partner by its id; one without a feed, or of the last minute, is looked up."""
    known = (news.operator for news in feeds().values() if news.partner_id == partner_id)
    return next(known, None) or _operator(Partner.objects.get(pk=partner_id))


def _operator(partner: Partner) -> Operator:
    return Operator(partner.code, partner.kind, partner.name)


def last_heard() -> dict[int, datetime]:
    """When each partner last delivered anything."""
    latest: dict[int, datetime] = {}
    for news in feeds().values():
        if news.heard_at:
            latest[news.partner_id] = max(news.heard_at, latest.get(news.partner_id, news.heard_at))
    return latest


def late_days(linked_at: datetime, heard: datetime | None, now: datetime) -> int:
    """Whole days of a silence that is longer than usual, else 0."""
    silence = now - max(linked_at, heard or linked_at)
    return silence.days if silence > LATE else 0
