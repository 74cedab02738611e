"""Carpool: people who share a car that one of them would have driven anyway, by each person's distance.

    BE = d x EF_car        PE = d x EF_car x k / n + s        ER = BE - PE, for one of n people in the car

d in metres, EF_car in g CO2e per car-km, k the detour coefficient of the shared trip (the car drives k times as far
as without sharing), n the people in the car, driver included, s the emission of the platform for one ride in g.

Source of the form: T/CCAA 38-2021, ER = BE - PE with PE = PE_car + PE_sys and a driver-detour coefficient; the
coefficients themselves must come from the city. Excludes: rides with nobody beside the driver (they count
nothing), empty legs of ride-hailing, which has its own baseline.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import Columns
from activities.methodologies.distance import ByDistance, credit_distance
from activities.methodologies.measure import Measure, Term
from activities.methodologies.parameters import Bounds

FORMULA = _("distance × emission of the car × (1 − detour ÷ people in the car) − emission of the platform")


class Parameters(ByDistance, frozen=True, kw_only=True):
    car_g_per_km: Annotated[Decimal, Bounds("0", "1000", _("emission of the car"), "g/km", 1)]
    detour: Annotated[Decimal, Bounds("1", "2", _("driver's detour coefficient"), "", -1)]
    system_g_per_ride: Annotated[Decimal, Bounds("0", "1000", _("emission of the platform for a ride"), "g/ride", -1)]
    occupants_default: Annotated[int, Bounds("2", "9", _("people in the car where the partner does not say"))] = 2
    occupants_max: Annotated[int, Bounds("2", "9", _("most people who count"))] = 4


def measure(parameters: Parameters, columns: Columns) -> Measure:
    """A term for each number of people, and one for the platform. Missing where no distance is known."""
    distance_m = credit_distance(parameters, columns)
    given = columns.occupants
    people = np.minimum(np.where(given < 0, parameters.occupants_default, given), parameters.occupants_max)
    counted_m = np.maximum(distance_m, 0)
    car, detour = Fraction(parameters.car_g_per_km), Fraction(parameters.detour)
    terms = [
        Term(np.where(people == number, counted_m, 0), car * (1 - detour / number), "m")
        for number in range(2, parameters.occupants_max + 1)
    ]
    shared = ((people >= 2) & (counted_m > 0)).astype(np.int64)
    terms.append(Term(shared, -Fraction(parameters.system_g_per_ride) * 1000, "1"))
    return Measure(tuple(terms), distance_m < 0, np.ones_like(distance_m))
