"""The file door: a file of a feed, taken in as it is."""

from datetime import UTC, datetime
from pathlib import Path

from activities.intake import deliveries
from activities.models import Delivery, Feed
from activities.outcome import Outcome


def take_in(path: Path, feed: Feed, sent_at: datetime | None = None) -> Outcome:
    """Receive a file and digest it; it was made when it was last changed, or at `sent_at`. Raises Refused, OSError."""
    made_at = sent_at or datetime.fromtimestamp(path.stat().st_mtime, UTC)
    with path.open("rb") as content:
        delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, path.name[-128:], content, made_at)
    return deliveries.digest(delivery.pk)
