"""What a partner keeps of one event, and what may be wrong with it."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

Row = dict[str, Any]


class Flaw(StrEnum):
    """What a record was spoiled with on purpose; it is not part of what the partner delivers."""

    NONE = ""
    OVERLAP = "overlap"
    """A second bike unlocked while the first is still ridden."""
    TOO_FAST = "too_fast"
    """A bike that was carried in a van."""
    SHAKEN = "shaken"
    """Steps of a phone on a shaking machine."""
    UNMATCHED = "unmatched"
    """A tap whose other half is missing."""
    REPEATED = "repeated"
    """A row that the partner sends twice."""
    UNREADABLE = "unreadable"
    """A row that does not follow the declared format."""
    PLAYED = "played"
    """A ride of a fraud that was seen elsewhere; see `cheats`."""
    STRANGER = "stranger"
    """A person who has linked nothing."""


@dataclass(frozen=True, slots=True)
class Record:
    subject: str
    known_s: int
    """When the partner knows it, in seconds after midnight of the day; 86,400 or more is after the day."""
    row: Row
    flaw: Flaw = Flaw.NONE

    def spoiled(self, flaw: Flaw, **changes: Any) -> "Record":
        return replace(self, row={**self.row, **changes}, flaw=flaw)


def clock(day: date, second: int) -> str:
    """`2026-11-20 08:05:09`"""
    return f"{day.isoformat()} {second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
