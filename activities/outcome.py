"""What became of the rows of a delivery, counted."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Outcome:
    """Counts of rows (rows, skipped, quarantined, duplicates, corrected, cancelled,
    unlinked) and of activities (accepted, held, rejected).

    `reasons` counts every reason for what was not accepted; `reduction_mg` and `points` are what was credited.
    """

    rows: int = 0
    accepted: int = 0
    held: int = 0
    rejected: int = 0
    quarantined: int = 0
    duplicates: int = 0
    corrected: int = 0
    cancelled: int = 0
    unlinked: int = 0
    skipped: int = 0
    reduction_mg: int = 0
    points: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Outcome") -> None:
        for name in vars(self):
            if name == "reasons":
                self.reasons.update(other.reasons)
            else:
                setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "reasons": dict(sorted(self.reasons.items()))}

    @classmethod
    def from_json(cls, counts: dict[str, Any]) -> "Outcome":
        values = {name: value for name, value in counts.items() if name != "reasons"}
        return cls(**values, reasons=Counter(counts.get("reasons", {})))
