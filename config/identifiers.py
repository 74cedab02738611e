"""Identifiers: UUIDv7, made by us and ordered by time (RFC 9562)."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()


def first_id(instant: datetime) -> UUID:
    """No id that was made at the instant or later is smaller."""
    return UUID(int=int(instant.timestamp() * 1000) << 80)


def made_at(id: UUID) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp((id.int >> 80) / 1000, UTC)
