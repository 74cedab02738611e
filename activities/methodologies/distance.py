"""Which distance counts: what is shared by the families that go by distance."""

from decimal import Decimal
from typing import Annotated, Literal

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import BASES, Columns, Integers
from activities.methodologies.parameters import Bounds, Label, Parameters

Basis = Literal["reported", "track", "stations", "fare", "crow_fly"]


class ByDistance(Parameters, frozen=True, kw_only=True):
    """The hierarchy of distances: which origins a version accepts, best first, and what stands in for the rest."""

    distance_max_m: Annotated[int, Bounds("1", "1000000", _("longest distance that counts"), "m")]
    distance_default_m: (
        Annotated[int, Bounds("0", "1000000", _("distance where none is known or accepted"), "m")] | None
    ) = None
    crow_fly_detour: Annotated[Decimal, Bounds("1", "2", _("detour on a straight line"))] = Decimal(1)
    accepts: Annotated[tuple[Basis, ...], Label(_("origins of distance that are accepted, best first"))] = (
        "reported",
        "track",
        "stations",
        "fare",
        "crow_fly",
    )

    def check(self) -> None:
        super().check()
        if self.distance_default_m is not None and self.distance_default_m > self.distance_max_m:
            raise ValueError("distance_default_m must be between 0 and distance_max_m")
        if list(self.accepts) != sorted(set(self.accepts), key=BASES.index):
            raise ValueError(f"accepts must be in the order {', '.join(BASES[:-1])}, each once")


def credit_distance(parameters: ByDistance, columns: Columns) -> Integers:
    """Metres that count: as reported, straight lines times the detour, the default where none is accepted; capped.

    -1 where no distance is known and the methodology has no default.
    """
    crow_fly = columns.basis == BASES.index("crow_fly")
    numerator, denominator = parameters.crow_fly_detour.as_integer_ratio()
    distance_m = np.where(crow_fly, columns.distance_m * numerator // denominator, columns.distance_m)
    accepted = np.isin(columns.basis, [BASES.index(basis) for basis in parameters.accepts])
    default_m = -1 if parameters.distance_default_m is None else parameters.distance_default_m
    known = (columns.distance_m >= 0) & accepted
    return np.where(known, np.minimum(distance_m, parameters.distance_max_m), default_m)
