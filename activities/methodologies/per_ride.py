"""Per ride: a fixed reduction for each ride, whatever its length.

    ER = n x k

n rides (1 where the partner does not say), k in g CO2e per ride. Being blind to distance, it does not reward
longer trips. Source of the form: the city schemes that publish a value for a ride (Wuhan: bus 150 g, metro 170 g;
Guangzhou's study for the Guangdong scheme: metro 541.9 g by substitution, 515.5 g by the city's mean).
Excludes: transfers within one ride, rides that were cancelled.
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

FORMULA = _("rides × reduction of one")


class Parameters(Common, frozen=True, kw_only=True):
    g_per_ride: Annotated[Decimal, Bounds("0", "10000", _("reduction of a ride"), "g/ride", 1)]
    rides_max: Annotated[int, Bounds("1", "100", _("most rides of one record"))] = 1


def measure(parameters: Parameters, columns: Columns) -> Measure:
    rides = np.minimum(np.where(columns.quantity < 0, 1, columns.quantity), parameters.rides_max)
    rate = Fraction(parameters.g_per_ride) * 1000
    return Measure((Term(rides, rate, "ride"),), np.zeros(len(columns), dtype=np.bool_), rides)
