"""Identifiers: UUIDv7, made by us and ordered by time (RFC 9562)."""

from uuid import UUID

from uuid_utils import compat


def new_id() -> UUID:
    return compat.uuid7()
