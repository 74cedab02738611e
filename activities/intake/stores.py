"""The door of files laid down by a partner: in a folder of ours, or in an S3-compatible bucket. Each content once."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from fnmatch import fnmatch
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import OperationalError, transaction
from storages.backends.s3 import S3Storage

from activities.intake import declarations, deliveries, leases
from activities.intake.declarations import Store
from activities.models import Delivery, Feed

SETTLED_S = 10
"""A file of a folder is left alone for so long after its last change: it may still be written."""
LISTED_AT_ONCE = 500
"""So many files are compared with what came before in one query."""


class Laid(NamedTuple):
    """A file in a store: its name, the mark of its content, its size, when it was laid, and how it is opened."""

    key: str
    etag: str
    size_bytes: int
    laid_at: datetime
    open: Callable[[], BinaryIO]

    @property
    def external_id(self) -> str:
        """The name and the mark."""
        return deliveries.fit(f"{self.key}@{self.etag}")


def look(feed: Feed, digest: Callable[[Delivery], None], alone: bool = False) -> int:
    """Take what is new in the feed's store, and hand it to `digest`; return how many.

    A file that cannot be read is told of, and keeps nobody from reading the others.

    0 where another is at it; with `alone` nobody else can be, and what is held was held by one that died.
    """
    state = leases.take(feed, alone)
    if state is None:
        return 0
    declared, kept, unread = declarations.parse_store(feed.store), 0, ""
    try:
        for laid in _fresh(feed, declared):
            if not leases.advance(state, laid.key):
                return kept
            try:
                kept += _take(feed, laid, digest)
            except (OSError, ClientError) as problem:
                unread = unread or f"{laid.key}: {problem}"
    except (OSError, OperationalError, BotoCoreError, ClientError, deliveries.FeedClosed) as problem:
        leases.postpone(state, str(problem))
        return kept
    leases.finish(state, declared.every_minutes, unread)
    return kept


def _take(feed: Feed, laid: Laid, digest: Callable[[Delivery], None]) -> bool:
    """A file that is too large is refused in the open, so that it is not looked at again."""
    with suppress(deliveries.BodyTooLarge), transaction.atomic():
        if laid.size_bytes > settings.INTAKE_FILE_MAX_BYTES:
            raise deliveries.BodyTooLarge
        with laid.open() as content:
            delivery, new = deliveries.receive(feed, Delivery.Door.STORE, laid.external_id, content, laid.laid_at)
        if new:
            digest(delivery)
        return new
    limit = settings.INTAKE_FILE_MAX_BYTES
    said = f"it is larger than {limit} bytes"
    deliveries.refuse_unread(feed, Delivery.Door.STORE, laid.external_id, laid.size_bytes, said)
    return False


def _fresh(feed: Feed, declared: Store) -> Iterator[Laid]:
    """What no delivery was made of yet, in the order of names."""
    listed = _list_folder(declared) if declared.folder else _list_bucket(feed, declared)
    chosen = (laid for laid in listed if _is_chosen(laid.key.rsplit("/", 1)[-1], declared.names))
    while some := {laid.external_id: laid for laid in islice(chosen, LISTED_AT_ONCE)}:
        before = Delivery.objects.filter(feed=feed, door=Delivery.Door.STORE, external_id__in=some)
        for known in before.values_list("external_id", flat=True):
            del some[known]
        yield from some.values()


def _is_chosen(name: str, pattern: str) -> bool:
    return not name.startswith(".") and fnmatch(name, pattern)


def _list_folder(declared: Store) -> Iterator[Laid]:
    """Plain files only: a link could lead to anything that the platform may read."""
    base = Path(settings.INTAKE_FOLDER).resolve()
    root = (base / declared.folder).resolve()
    for path in sorted(root.rglob("*")) if root.is_relative_to(base) else ():
        with suppress(FileNotFoundError):  # taken away meanwhile
            facts = path.lstat()
            if not stat.S_ISREG(facts.st_mode) or not path.resolve().is_relative_to(root):
                continue
            if facts.st_mtime <= time.time() - SETTLED_S:
                key = path.relative_to(root).as_posix()
                laid_at = datetime.fromtimestamp(facts.st_mtime, UTC)
                yield Laid(key, f"{facts.st_mtime_ns:x}-{facts.st_size}", facts.st_size, laid_at, _opening(path))


def _opening(path: Path) -> Callable[[], BinaryIO]:
    def refuse_links(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW)

    return lambda: open(path, "rb", opener=refuse_links)


def _list_bucket(feed: Feed, declared: Store) -> Iterator[Laid]:
    storage = S3Storage(
        bucket_name=declared.bucket,
        access_key=declared.access_key or None,
        secret_key=feed.key or None,
        endpoint_url=declared.endpoint_url or None,
        region_name=declared.region or None,
        addressing_style=declared.addressing_style,
    )
    for found in storage.bucket.objects.filter(Prefix=declared.prefix):
        if not found.key.endswith("/"):
            etag, opening = found.e_tag.strip('"'), _fetching(storage, found.key)
            yield Laid(found.key, etag, found.size, found.last_modified, opening)


def _fetching(storage: S3Storage, key: str) -> Callable[[], BinaryIO]:
    return lambda: storage.bucket.Object(key).get()["Body"]
