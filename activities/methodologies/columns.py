"""The columns a family works on: one element an activity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Texts = NDArray[np.str_]

BASES = ("reported", "track", "stations", "fare", "crow_fly", "default")
"""Where a distance came from, best first; a column holds the place in this order."""

EVIDENCE = ("operator_order", "payment", "device", "photo", "self_declared")
"""Grades of evidence, best first; a column holds the place in this order."""

NUMBERS = ("amount_fen", "mcc", "energy_wh", "mass_g", "occupants", "odometer_m", "sightings", "duration_s")
CODES = ("vehicle_class", "item")
INPUTS = NUMBERS + CODES
"""What only some families need of an activity, beside distance and quantity: see `Columns`."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Inputs of activities; a number is -1, a code empty, where the partner does not say.

    `distance_m` with `basis` (place in BASES); `quantity` (steps already less those inside linked trips, items,
    rides); `evidence` (place in EVIDENCE); `amount_fen` and `mcc` (merchant category) of a purchase; `energy_wh`
    of a charge; `mass_g` handed over; `occupants` of a car, its driver included; `odometer_m` driven between two
    odometer readings; `sightings` by road cameras; `duration_s` from start to end; `vehicle_class`; `item`.
    """

    distance_m: Integers
    basis: Integers
    quantity: Integers
    evidence: Integers
    amount_fen: Integers
    mcc: Integers
    energy_wh: Integers
    mass_g: Integers
    occupants: Integers
    odometer_m: Integers
    sightings: Integers
    duration_s: Integers
    vehicle_class: Texts
    item: Texts

    @classmethod
    def of(
        cls,
        distances_m: Sequence[int | None],
        bases: Sequence[str],
        quantities: Sequence[int | None],
        evidence: Sequence[str] | None = None,
        inputs: Sequence[Mapping[str, Any] | None] | None = None,
    ) -> "Columns":
        """Columns from rows; `inputs` are an activity's further inputs by their name in INPUTS."""
        count = len(distances_m)
        given = [row for row in enumerate(inputs or ()) if row[1]]
        return cls(
            _numbers(distances_m),
            np.array([_BASIS[basis] for basis in bases], dtype=np.int64),
            _numbers(quantities),
            np.array([_GRADE[grade] for grade in evidence], dtype=np.int64) if evidence else _absent(count),
            *(_sparse(count, given, name, -1, np.dtype(np.int64)) for name in NUMBERS),
            *(_sparse(count, given, name, "", np.dtype("U32")) for name in CODES),
        )

    def __len__(self) -> int:
        return len(self.distance_m)


_BASIS = {basis: place for place, basis in enumerate(BASES)}
_GRADE = {grade: place for place, grade in enumerate(EVIDENCE)} | {"": -1}


def _numbers(values: Sequence[int | None]) -> Integers:
    return np.array([-1 if value is None else value for value in values], dtype=np.int64)


def _absent(count: int) -> Integers:
    return np.broadcast_to(np.int64(-1), (count,))


def _sparse(count: int, given: list[Any], name: str, absent: Any, dtype: Any) -> Any:
    """A column most activities say nothing about: where none does, it takes no memory."""
    found = [(place, row[name]) for place, row in given if row.get(name) is not None]
    column = np.broadcast_to(np.array(absent, dtype=dtype), (count,))
    if found:
        column = column.copy()
        column[[place for place, _value in found]] = [value for _place, value in found]
    return column
