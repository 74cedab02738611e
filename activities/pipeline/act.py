"""An activity in the hands of the pipeline: its columns, and what changed."""

import json
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, Self
from uuid import UUID

from activities.integrity import reasons
from activities.models import Activity


def read_json(value: Any) -> Any:
    """A JSON column as Django's plain cursor reads it: as text."""
    return json.loads(value) if isinstance(value, str) else value


@dataclass(slots=True)
class Act:
    """The columns of `activities_activity` in the order of COLUMNS, then what is only known here.

    `before` is the activity as it is stored, None for a new one; `fixed` is a reason that no rule can change.
    """

    id: UUID
    key: UUID
    citizen_id: UUID
    link_id: UUID
    feed_id: int
    delivery_id: UUID
    scenario_id: int
    started_at: datetime
    ended_at: datetime | None
    city_day: date
    distance_m: int | None
    distance_basis: str
    quantity: int | None
    evidence: str
    displacement_m: int | None
    origin: int | None
    destination: int | None
    amount_fen: int | None
    category: str | None
    energy_wh: int | None
    payer: int | None
    device: int | None
    traits: dict[str, Any] | None
    decision: str | None
    status: str
    reason: str
    before: "Act | None" = None
    fixed: str = ""

    @classmethod
    def stored(cls, row: tuple[Any, ...]) -> Self:
        """An activity as read from the database."""
        act = cls(*row)
        act.traits = read_json(act.traits)
        act.before = cls(*row)
        act.before.traits = act.traits
        if act.reason in reasons.TOLD:
            act.fixed = act.reason
        return act

    @property
    def row(self) -> tuple[Any, ...]:
        return _read(self)

    @property
    def content(self) -> tuple[Any, ...]:
        """What the partner told, without the verdict."""
        return self.row[1:-3]

    @property
    def told(self) -> tuple[Any, ...]:
        """What happened, whoever told it and through which feed."""
        return self.row[NAMES.index("scenario_id") : -3]

    @property
    def moved(self) -> bool:
        """Whether something else is told than what is stored."""
        return self.before is not None and self.before.content != self.content

    @property
    def judged_anew(self) -> bool:
        return self.before is not None and (self.before.status, self.before.reason) != (self.status, self.reason)

    def follow(self, known: "Act") -> None:
        """Be the known activity told anew. A person's decision was on what was told then; other things rules judge."""
        self.before = known.before
        self.decision = known.decision if known.before and self.told == known.before.told else None

    def fix(self, reason: str, status: str = Activity.Status.REJECTED) -> None:
        self.fixed, self.reason, self.status = reason, reason, status


NAMES = tuple(field.name for field in fields(Act))[:-2]
COLUMNS = ", ".join(NAMES)
_read = attrgetter(*NAMES)
