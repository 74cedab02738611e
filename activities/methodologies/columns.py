"""The columns a family works on: one element an activity."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Columns:
    """`distance_m` and `quantity` are -1 where the partner does not say; `crow_fly` marks straight-line distances."""

    distance_m: Integers
    crow_fly: Flags
    quantity: Integers

    @classmethod
    def of(cls, distances_m: list[int | None], bases: list[str], quantities: list[int | None]) -> "Columns":
        return cls(
            np.array([-1 if value is None else value for value in distances_m], dtype=np.int64),
            np.array([basis == "crow_fly" for basis in bases], dtype=np.bool_),
            np.array([-1 if value is None else value for value in quantities], dtype=np.int64),
        )
