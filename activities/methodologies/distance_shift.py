"""Distance shift: a trip in a low-carbon mode instead of the trip that would have been made.

    ER = sum over bands of d_band x (EF_base - EF_mode), less leakage, times the discount of the evidence

d in metres, EF in g CO2e per person-km (which is mg per person-metre). EF_base is chosen by `baseline`:
the city's mean motorised trip (`city_mean`), the mix of what people would have taken, sum(share_j x EF_j)
(`substitution`), or a private car divided by its occupancy (`private_car`). The choice changes the answer more
than any other parameter. Within distance bands each metre counts at the factor of the band in which it lies, so
that a longer trip never earns less.

Source of the form: DB11/T 3043-2024 eq. 1 and 2, ER = sum(EF_i x BD_i) - sum(EF_k x PD_k); leakage as in
T/CSAE 235-2021. Excludes: the way to and from the stop, the making of vehicles, trips that would not have been
made (give them a share of 0 g in the mix).
"""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import Columns
from activities.methodologies.distance import ByDistance, credit_distance
from activities.methodologies.measure import Measure, Term
from activities.methodologies.parameters import Bounds, Label, Strict

FORMULA = _("distance × (emission of the trip it replaces − emission of this way of travel)")


class Substitute(Strict, frozen=True, kw_only=True):
    """What a share of the people would have taken."""

    mode: Annotated[str, Label(_("mode"))]
    share: Annotated[Decimal, Bounds("0", "1", _("share"))]
    g_per_km: Annotated[Decimal, Bounds("0", "1000", _("emission"), "g/pkm", 1)]


class Band(Strict, frozen=True, kw_only=True):
    """The baseline of the metres up to a distance; beyond the last band the version's baseline counts."""

    up_to_m: Annotated[int, Bounds("1", "1000000", _("up to"), "m")]
    baseline_g_per_km: Annotated[Decimal, Bounds("0", "1000", _("emission of the trip it replaces"), "g/pkm", 1)]


class Parameters(ByDistance, frozen=True, kw_only=True):
    mode_g_per_km: Annotated[Decimal, Bounds("0", "1000", _("emission of this way of travel"), "g/pkm", -1)]
    baseline: Annotated[Literal["city_mean", "substitution", "private_car"], Label(_("baseline"))] = "city_mean"
    baseline_g_per_km: (
        Annotated[Decimal, Bounds("0", "1000", _("emission of the trip it replaces"), "g/pkm", 1)] | None
    ) = None
    car_occupancy: Annotated[Decimal, Bounds("1", "9", _("people in a car (private car)"))] = Decimal(1)
    substitution: Annotated[tuple[Substitute, ...], Label(_("substitution mix"))] = ()
    bands: Annotated[tuple[Band, ...], Label(_("distance bands"))] = ()

    def check(self) -> None:
        super().check()
        mixed = self.baseline == "substitution"
        if mixed != bool(self.substitution) or mixed == (self.baseline_g_per_km is not None):
            raise ValueError("baseline_g_per_km: give it, or with baseline `substitution` the mix in its place")
        if sum(each.share for each in self.substitution) > 1:
            raise ValueError("substitution: the shares must not exceed 1 together")
        bounds = [band.up_to_m for band in self.bands]
        if bounds != sorted(set(bounds)):
            raise ValueError("bands: up_to_m must rise")
        baselines = [self.baseline_per_km(), *(Fraction(band.baseline_g_per_km) for band in self.bands)]
        if min(baselines) < Fraction(self.mode_g_per_km):
            raise ValueError("mode_g_per_km <= baseline_g_per_km must hold, in every band")

    def baseline_per_km(self) -> Fraction:
        """EF_base in g per person-km, outside the bands."""
        if self.baseline == "substitution":
            return Fraction(sum(each.share * each.g_per_km for each in self.substitution))
        occupancy = self.car_occupancy if self.baseline == "private_car" else 1
        return Fraction(self.baseline_g_per_km or 0) / Fraction(occupancy)


def measure(parameters: Parameters, columns: Columns) -> Measure:
    """One term a band: metres in it times (EF_base - EF_mode). Missing where no distance is known."""
    distance_m = credit_distance(parameters, columns)
    mode, terms, lower_m = Fraction(parameters.mode_g_per_km), [], 0
    for band in parameters.bands:
        inside_m = np.clip(distance_m - lower_m, 0, band.up_to_m - lower_m)
        terms.append(Term(inside_m, Fraction(band.baseline_g_per_km) - mode, "m"))
        lower_m = band.up_to_m
    terms.append(Term(np.maximum(distance_m - lower_m, 0), parameters.baseline_per_km() - mode, "m"))
    return Measure(tuple(terms), distance_m < 0, np.ones_like(distance_m))
