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
PLACES = {basis: place for place, basis in enumerate(BASES)}

EVIDENCE = ("operator_order", "payment", "device", "photo", "self_declared")
"""Grades of evidence, best first; a column holds the place in this order."""
GRADES = {grade: place for place, grade in enumerate(EVIDENCE)} | {"": -1}

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
        dense = {
            "distance_m": _numbers(distances_m),
            "basis": np.array([PLACES[basis] for basis in bases], dtype=np.int64),
            "quantity": _numbers(quantities),
        }
        if evidence:
            dense["evidence"] = np.array([GRADES[grade] for grade in evidence], dtype=np.int64)
        return cls.assemble(dense, [(place, row) for place, row in enumerate(inputs or ()) if row])

    @classmethod
    def assemble(cls, dense: Mapping[str, Integers], further: Sequence[tuple[int, Mapping[str, Any]]]) -> "Columns":
        """Columns from whole ones by name, and what single rows say (place, values by name), which goes before them."""
        count = len(dense["distance_m"])
        return cls(*(_place(dense.get(name, _absent(count, name)), further, name) for name in cls.__slots__))

    def __len__(self) -> int:
        return len(self.distance_m)


def _numbers(values: Sequence[int | None]) -> Integers:
    return np.array([-1 if value is None else value for value in values], dtype=np.int64)


def _absent(count: int, name: str) -> Any:
    """A column of which no activity says anything: it takes no memory."""
    absent = np.array("", dtype="U32") if name in CODES else np.int64(-1)
    return np.broadcast_to(absent, (count,))


def _place(column: Any, further: Sequence[tuple[int, Mapping[str, Any]]], name: str) -> Any:
    """The column with what single rows say in its places; null takes away what the column says."""
    told = "distance_basis" if name == "basis" else name
    found = [(place, row[told]) for place, row in further if told in row]
    if found:
        absent = "" if name in CODES else -1
        known = {"basis": PLACES, "evidence": GRADES}.get(name, {})
        column = column.copy()
        column[[place for place, _value in found]] = [
            absent if value is None else known.get(value, value) for _place, value in found
        ]
    return column
