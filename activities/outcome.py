"""What became of the rows of a delivery, counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any


@dataclass
class Outcome:
    """Counts of rows (rows, skipped, quarantined, duplicates, corrected, cancelled,
    unlinked) and of activities (accepted, held, rejected).

    `reasons` counts every reason for what was not accepted; `reduction_mg` and `points` are what was credited.
    `measured` activities have a distance, all of them together `distance_m`; `lateness` counts activities by the
    seconds from their end to their receipt, rounded up (`round_up`).
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
    measured: int = 0
    distance_m: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    lateness: Counter[int] = field(default_factory=Counter)

    def add(self, other: "Outcome") -> None:
        for name, value in vars(other).items():
            if isinstance(value, Counter):
                getattr(self, name).update(value)
            else:
                setattr(self, name, getattr(self, name) + value)

    def as_json(self) -> dict[str, Any]:
        lateness = {str(seconds): count for seconds, count in sorted(self.lateness.items())}
        return {**vars(self), "reasons": dict(sorted(self.reasons.items())), "lateness": lateness}

    @classmethod
    def from_json(cls, counts: dict[str, Any]) -> "Outcome":
        lateness = {int(seconds): count for seconds, count in counts.get("lateness", {}).items()}
        reasons = Counter(counts.get("reasons", {}))
        return cls(**{**counts, "reasons": reasons, "lateness": Counter(lateness)})


def round_up(late_s: float) -> int:
    """To whole minutes up to an hour, whole hours up to a week, whole days beyond; 0 for what is not late at all."""
    step_s = 60 if late_s <= 3_600 else 3_600 if late_s <= 7 * 86_400 else 86_400
    return max(0, ceil(late_s / step_s)) * step_s


def percentile(lateness: Iterable[tuple[int, int]], share: float) -> int | None:
    """The lateness within which the share of all (seconds, count) is; None where there are none."""
    ordered = sorted(lateness)
    left = share * sum(count for _seconds, count in ordered)
    for seconds, count in ordered:
        left -= count
        if left <= 0:
            return seconds
    return None
