"""Steps: a day's steps, for points only: walking is no registrable substitute for a motorised trip."""

from decimal import Decimal

import msgspec
import numpy as np

from activities.methodologies.columns import Columns, Integers


class Parameters(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Grams of CO2e per step, and how many steps of a day count."""

    g_per_step: Decimal
    steps_max: int

    def __post_init__(self) -> None:
        if not Decimal(0) <= self.g_per_step <= Decimal(1):
            raise ValueError("g_per_step must be between 0 and 1")
        if not 0 < self.steps_max <= 100_000:
            raise ValueError("steps_max must be between 1 and 100000")


def quantify(parameters: Parameters, columns: Columns) -> Integers:
    """ER = steps x k, in milligrams, rounded down; -1 where the partner gives no steps."""
    steps = np.minimum(columns.quantity, parameters.steps_max)
    return np.where(columns.quantity < 0, -1, steps * int(parameters.g_per_step * 1_000_000) // 1000)
