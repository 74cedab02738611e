"""Per item: a fixed reduction for each unit of a behaviour (an order without cutlery, a returned bottle)."""

from decimal import Decimal

import msgspec
import numpy as np

from activities.methodologies.columns import Columns, Integers


class Parameters(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Grams of CO2e per item, and how many items of one activity count."""

    g_per_item: Decimal
    items_max: int = 1

    def __post_init__(self) -> None:
        if not Decimal(0) <= self.g_per_item <= Decimal(1_000_000):
            raise ValueError("g_per_item must be between 0 and 1000000")
        if not 0 < self.items_max <= 1000:
            raise ValueError("items_max must be between 1 and 1000")


def quantify(parameters: Parameters, columns: Columns) -> Integers:
    """ER = n x k, in milligrams, rounded down; n is 1 where the partner does not say, capped at `items_max`."""
    items = np.minimum(np.where(columns.quantity < 0, 1, columns.quantity), parameters.items_max)
    return items * int(parameters.g_per_item * 1000)
