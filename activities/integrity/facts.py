"""What rules judge by: the activities of some citizens' days as columns, one element an activity."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Facts:
    """Sorted by (citizen, start, evidence, key), so that nothing depends on the order of deliveries.

    Numbers are -1 where they are not known; times are epoch seconds, `until_s` is the end or, without one, the
    start and the scenario's `instant_s`. `evidence` is 0 for the best. `settled` marks what a person accepted:
    it stands whatever rules say, and others are judged beside it. `opened_day` is when the carbon account was
    opened, of new ones; `payer_accounts` and `device_accounts` are how many accounts have used the same card or
    device. `ids` are those of the activities.
    """

    ids: tuple[UUID, ...]
    citizen: Integers
    day: Integers
    scenario: Integers
    start_s: Floats
    until_s: Floats
    has_end: Flags
    distance_m: Integers
    basis: Integers
    quantity: Integers
    displacement_m: Integers
    origin: Integers
    destination: Integers
    occupies_body: Flags
    evidence: Integers
    partner: Integers
    feed: Integers
    link: Integers
    amount_fen: Integers
    payer: Integers
    device: Integers
    opened_day: Integers
    payer_accounts: Integers
    device_accounts: Integers
    settled: Flags
    traits: tuple[Mapping[str, Any] | None, ...]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def duration_s(self) -> Floats:
        """Seconds from start to end; NaN without an end."""
        return np.where(self.has_end, self.until_s - self.start_s, np.nan)

    def trait(self, name: str) -> Floats:
        """A derived measure by its name; NaN where an activity has none."""
        return np.array([np.nan if not row or row.get(name) is None else row[name] for row in self.traits], np.float64)

    def track(self, name: str) -> Floats:
        """A measure of the track by its name; NaN where there is no track."""
        if not any(self.traits):
            return np.full(len(self), np.nan)
        tracks = (row.get("track") if row else None for row in self.traits)
        return np.array([np.nan if not row or row.get(name) is None else row[name] for row in tracks], np.float64)

    def area(self, name: str) -> Floats:
        """Columns (x, y) of the coarse area of a start or an end; NaN where it is not known."""
        if not any(self.traits):
            return np.full((2, len(self)), np.nan)
        pairs = [(row.get(name) if row else None) or (np.nan, np.nan) for row in self.traits]
        return np.array(pairs, np.float64).reshape(-1, 2).T

    def by_scenario(self, values: Mapping[int, float]) -> Floats:
        """A setting by scenario, spread over the activities; NaN where the scenario has none."""
        spread = np.full(len(self), np.nan)
        for scenario, value in values.items():
            spread[self.scenario == scenario] = value
        return spread

    def among(self, scenarios: Mapping[int, object]) -> Flags:
        """Which activities are of these scenarios."""
        return np.isin(self.scenario, list(scenarios))
