"""The file door: a file of a feed, taken in as it is."""

from pathlib import Path

from activities.intake import deliveries
from activities.models import Delivery, Feed
from activities.outcome import Outcome


def take_in(path: Path, feed: Feed) -> Outcome:
    """Receive a file and digest it. Raises Refused, OSError."""
    with path.open("rb") as content:
        delivery, _new = deliveries.receive(feed, Delivery.Door.FILE, path.name[-128:], content)
    return deliveries.digest(delivery.pk)
