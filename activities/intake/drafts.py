"""What crosses the border: one row of a partner, understood."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

IDENTITY = frozenset({"line", "subject", "external_id", "revision"})
"""What says whose event it is and which telling of it, and is no part of its content."""

AHEAD = timedelta(days=1)
"""How far in the future a start may lie: clocks and zones go wrong by hours."""


class Draft(NamedTuple):
    """One row, understood. Times are aware (UTC); None and "" where the partner does not say.

    An `event` is told or told anew; a `cancel` takes the event with this external id back. Of two tellings of one
    event the one with the higher `revision` is the later, whatever came first; None where the feed declares none.
    A cancellation may come without a subject ("") where the partner names only the event; its `started_at` is
    then when it was cancelled. `origin` and `destination` are keyed digests of the cells of a grid, `payer` of
    the card or account it was paid with or to, `device` of the phone, so that nothing can be turned back into a card.
    `traits` are measures (integers, and lists of them) of a track or of a day's profile, and the areas, 5 km wide, of
    start and end; nothing finer is among them.
    """

    line: int
    subject: str
    external_id: str
    scenario: str
    half: str
    started_at: datetime
    ended_at: datetime | None
    distance_m: int | None
    distance_basis: str
    quantity: int | None
    place: str
    action: Literal["event", "cancel"] = "event"
    revision: int | None = None
    evidence: str = ""
    displacement_m: int | None = None
    origin: bytes | None = None
    destination: bytes | None = None
    amount_fen: int | None = None
    category: str = ""
    energy_wh: int | None = None
    payer: bytes | None = None
    device: bytes | None = None
    traits: dict[str, Any] | None = None

    @property
    def content_digest(self) -> bytes:
        """The same for the same content, whatever the line, the revision or the order of columns.

        What is not said has no part in it, so that a new field leaves the digests of old rows as they are.
        """
        said = [
            (name, value)
            for name, value in zip(self._fields, self, strict=True)
            if value not in (None, "") and name not in IDENTITY
        ]
        return hashlib.blake2b(repr(said).encode(), digest_size=16).digest()
