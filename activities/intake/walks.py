"""Walks through a list whose newest rows come first: from the first page to one with a row that the last walk saw.

A list moves on while it is read, so that a row is known by all it says, not by its place, and a page comes twice
rather than never. A row that was changed since is told anew, and does not end the walk.
"""

from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from activities.intake.problems import Refused
from activities.intake.rows import Row

MARKS = 50
"""So many of the newest rows are remembered: the one or the other may be gone when we come again."""


class Walk(NamedTuple):
    """`at` is the page of a walk that goes on, `marks` the newest rows that it met, `known` those of the last walk."""

    known: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    at: str = ""

    def follow(self, rows: Iterable[Row], following: str) -> tuple["Walk", bool]:
        """The walk after a page with these rows, and whether it goes on at once."""
        met: list[str] = []
        with suppress(Refused):  # a page that cannot be read is no end
            met.extend(blake2b(repr(row).encode(), digest_size=8).hexdigest() for row in rows)
        marks = self.marks or tuple(met[:MARKS])
        if following and not set(self.known) & set(met):
            return Walk(self.known, marks, following), True
        return Walk(known=marks or self.known), False

    def spell(self) -> str:
        return msgspec.json.encode(self).decode()


def read(position: str) -> Walk:
    """The walk that was spelled so; a new one where the position is of another style of pulling."""
    with suppress(msgspec.DecodeError, msgspec.ValidationError):
        return msgspec.json.decode(position, type=Walk)
    return Walk()
