"""How each feed pairs its halves, and what becomes of those that stay alone."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from activities.intake.formats.vocabulary import Pairing
from activities.models import Feed

Pairings = dict[int, Pairing]


def read(feed_ids: Iterable[int]) -> Pairings:
    """By feed. One that has given up pairing joins nothing more."""
    declared = Feed.objects.filter(pk__in=set(feed_ids)).values_list("pk", "format__pairing")
    return {pk: msgspec.convert(pairing or {"limit_s": 0}, Pairing) for pk, pairing in declared}


def limits(pairings: Pairings) -> dict[int, timedelta]:
    return {pk: timedelta(seconds=pairing.limit_s) for pk, pairing in pairings.items()}


def patience_ends(pairing: Pairing, now: datetime) -> datetime:
    """Single halves that arrived before this instant have waited long enough."""
    return now - timedelta(days=pairing.hold_days)
