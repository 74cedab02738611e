"""Steps: a day's steps on foot, those inside linked trips taken off.

    ER = min(steps - steps inside trips, cap) x k

`quantity` comes netted: steps that fall into the time of a linked ride or journey were taken on a bike or in a train
and are subtracted before (the judging of the day knows its trips; a family sees one row). k in g CO2e per step.

Source: 0.02 g per step (a Hubei scheme, 2021-22), at most 296 g a day (Ant Forest). For points only: under T/CIIA
058-2025 walking is no substitutable mode of a motorised trip, so it never becomes part of a project.
Excludes: anything but walking; steps of a day that has no total.
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

FORMULA = _("steps outside linked trips × reduction of a step, up to a daily limit")


class Parameters(Common, frozen=True, kw_only=True):
    g_per_step: Annotated[Decimal, Bounds("0", "1", _("reduction of a step"), "g/step", 1)]
    steps_max: Annotated[int, Bounds("1", "100000", _("most steps of a day"))]


def measure(parameters: Parameters, columns: Columns) -> Measure:
    steps = np.minimum(np.maximum(columns.quantity, 0), parameters.steps_max)
    term = Term(steps, Fraction(parameters.g_per_step) * 1000, "step")
    return Measure((term,), columns.quantity < 0, np.ones_like(steps))
