"""Identifiers: UUIDv7, made by us and ordered by time (RFC 9562)."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, SafeUUID, uuid5

from uuid_utils import compat

VERSION_AND_VARIANT = 7 << 76 | 2 << 62
STEP_BYTES, STEPS_DRAWN = 4, 1000
"""Between two ids of one stream lies a random step of so many bytes; so many are drawn at a time."""


def new_id() -> UUID:
    return compat.uuid7()


def new_ids() -> Iterator[UUID]:
    """A stream of ids in rising order, for the rows of a batch: they find their place at the end of an index.

    Made without the checks of UUID(), in half the time of single ones.
    """
    new, put, unknown = object.__new__, object.__setattr__, SafeUUID.unknown
    middle, low = int.from_bytes(os.urandom(2)) >> 4, int.from_bytes(os.urandom(8)) >> 3
    last = time.time_ns() // 1_000_000 << 80 | VERSION_AND_VARIANT | middle << 64 | low
    while True:
        drawn = os.urandom(STEP_BYTES * STEPS_DRAWN)
        for place in range(0, len(drawn), STEP_BYTES):
            last += 1 + int.from_bytes(drawn[place : place + STEP_BYTES])
            found = new(UUID)
            put(found, "int", last)
            put(found, "is_safe", unknown)
            yield found


def first_id(instant: datetime) -> UUID:
    """No id that was made at the instant or later is smaller."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def made_at(id: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)


def follow(parent: UUID, name: str) -> UUID:
    """An id that follows from another: the same each time, of the same instant, and nobody can choose it."""
    return UUID(int=parent.int >> 80 << 80 | uuid5(parent, name).int & (1 << 80) - 1)
