"""Energy: kilowatt-hours that were saved, or that drove an electric car instead of one on fuel.

    saved:     ER = E x EF_grid
    charging:  ER = E x (100 / c x EF_fuel - EF_grid)

E in Wh, EF_grid in g CO2e per kWh (of the city's grid and the year: never another city's), c the car's use in kWh per
100 km, EF_fuel the emission of the fuel car in g CO2e per km. A car that does worse than fuel counts nothing.

Source of the form: T/CSAE 235-2021, ER = baseline - project - leakage, with distance taken from the energy charged;
electricity factors as the ministry publishes them, with about three years' lag (provisional and final).
Excludes: losses of the charger (meter at the car's side, or set `leakage`), the making of cars and batteries.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import Columns
from activities.methodologies.measure import Measure, Term
from activities.methodologies.parameters import Bounds
from activities.methodologies.parameters import Parameters as Common

FORMULA = _("energy × (emission of the fuel it replaces − emission of the electricity)")


class Parameters(Common, frozen=True, kw_only=True):
    """Either what a saved kWh would have emitted, or the three numbers of charging."""

    saved_g_per_kwh: (
        Annotated[Decimal, Bounds("0", "2000", _("emission of the electricity saved"), "g/kWh", 1)] | None
    ) = None
    grid_g_per_kwh: (
        Annotated[Decimal, Bounds("0", "2000", _("emission of the electricity charged"), "g/kWh", -1)] | None
    ) = None
    fuel_g_per_km: Annotated[Decimal, Bounds("0", "1000", _("emission of the car on fuel"), "g/km", 1)] | None = None
    kwh_per_100km: Annotated[Decimal, Bounds("5", "100", _("energy an electric car uses"), "kWh/100km", -1)] | None = (
        None
    )
    energy_max_wh: Annotated[int, Bounds("1", "1000000", _("most energy of one record"), "Wh")] = 100_000

    def check(self) -> None:
        super().check()
        charging = [self.grid_g_per_kwh, self.fuel_g_per_km, self.kwh_per_100km]
        if [each is None for each in charging] != [self.saved_g_per_kwh is not None] * 3:
            raise ValueError(
                "saved_g_per_kwh: give it, or grid_g_per_kwh, fuel_g_per_km and kwh_per_100km in its place"
            )
        if self.mg_per_wh() < 0:
            raise ValueError("grid_g_per_kwh must not be above what the fuel car emits with the same energy")

    def mg_per_wh(self) -> Fraction:
        """Reduction of a Wh (g per kWh and mg per Wh are the same)."""
        if self.grid_g_per_kwh is None or self.fuel_g_per_km is None or self.kwh_per_100km is None:
            return Fraction(self.saved_g_per_kwh or 0)
        return Fraction(self.fuel_g_per_km) * 100 / Fraction(self.kwh_per_100km) - Fraction(self.grid_g_per_kwh)


def measure(parameters: Parameters, columns: Columns) -> Measure:
    energy_wh = np.minimum(np.maximum(columns.energy_wh, 0), parameters.energy_max_wh)
    return Measure((Term(energy_wh, parameters.mg_per_wh(), "Wh"),), columns.energy_wh < 0, np.ones_like(energy_wh))
