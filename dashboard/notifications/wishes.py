"""How a citizen wants to be told: by which channel of which kind, and when not."""

from datetime import datetime, time, timedelta
from uuid import UUID

from django.core import signing
from django.db import transaction

from config import clock
from dashboard.notifications.kinds import KINDS
from dashboard.notifications.models import Channel, Dispatch, Manner, Wish

Table = dict[tuple[str, str], bool]
_SALT = "notices.unsubscribe"


def wanted(citizen_id: UUID) -> Table:
    """For every kind and channel, whether it is wanted."""
    return wanted_by({citizen_id})[citizen_id]


def wanted_by(citizen_ids: set[UUID]) -> dict[UUID, Table]:
    """The same for many, in one query."""
    usual = {(kind.code, channel.value): channel in kind.channels for kind in KINDS.values() for channel in Channel}
    tables = {citizen_id: dict(usual) for citizen_id in citizen_ids}
    for wish in Wish.objects.filter(citizen_id__in=citizen_ids):
        if (wish.kind, wish.channel) in usual:
            tables[wish.citizen_id][wish.kind, wish.channel] = wish.wanted
    return tables


def manner(citizen_id: UUID) -> Manner:
    """On record, or the usual."""
    return manners({citizen_id})[citizen_id]


def manners(citizen_ids: set[UUID]) -> dict[UUID, Manner]:
    known = Manner.objects.in_bulk(citizen_ids)
    return {citizen_id: known.get(citizen_id) or Manner(citizen_id=citizen_id) for citizen_id in citizen_ids}


def save(citizen_id: UUID, table: dict[tuple[str, str], bool], quiet: tuple[time, time]) -> None:
    with transaction.atomic():
        Wish.objects.bulk_create(
            [Wish(citizen_id=citizen_id, kind=kind, channel=by, wanted=yes) for (kind, by), yes in table.items()],
            update_conflicts=True,
            unique_fields=["citizen_id", "kind", "channel"],
            update_fields=["wanted"],
        )
        values = {"quiet_from": quiet[0], "quiet_to": quiet[1]}
        Manner.objects.update_or_create(pk=citizen_id, defaults=values)


def after_quiet(instant: datetime, manner: Manner) -> datetime:
    """The instant, or the end of the quiet hours that it falls into (city time)."""
    here = instant.astimezone(clock.city_zone())
    start, end, now = manner.quiet_from, manner.quiet_to, here.time()
    over_midnight = start > end
    quiet = (now >= start or now < end) if over_midnight else start <= now < end
    if not quiet:
        return instant
    day = here.date() + timedelta(days=1 if over_midnight and now >= start else 0)
    return datetime.combine(day, end, clock.city_zone())


def unsubscribe_token(citizen_id: UUID) -> str:
    return signing.dumps(str(citizen_id), salt=_SALT)


def read_token(token: str) -> UUID:
    """Raises signing.BadSignature."""
    return UUID(signing.loads(token, salt=_SALT))


def end(citizen_id: UUID, channel: str) -> None:
    """No more notices by the channel, those waiting included."""
    with transaction.atomic():
        Wish.objects.bulk_create(
            [Wish(citizen_id=citizen_id, kind=kind, channel=channel, wanted=False) for kind in KINDS],
            update_conflicts=True,
            unique_fields=["citizen_id", "kind", "channel"],
            update_fields=["wanted"],
        )
        Dispatch.objects.filter(citizen_id=citizen_id, channel=channel, closed_at=None).delete()
