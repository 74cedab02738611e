"""Per day: a private car left standing, by whole multiples of 24 hours.

    ER = days x D x EF x (1 - substituted)

days = whole 24 h between start and end; D the mean distance of such a car in km a day, EF its emission in g CO2e per
km, by class of vehicle; `substituted` the share of that emission which other trips cause instead.
Evidence: two odometer readings that are essentially equal (`odometer_tolerance_m`), or road cameras that did not
see the car. A car that moved counts nothing; without the evidence that the version asks for, the input is missing.

Source of the form: Beijing's voluntary suspension scheme of 2017 (two odometer photos, multiples of 24 h, classes of
engine); scope 'voluntary suspension' of the Hebei draft DB13/T (2023). No value in grams is published: the city
must supply D and `substituted`. Excludes: days on which the car may not be driven anyway.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import Columns, Flags
from activities.methodologies.measure import Measure, Term
from activities.methodologies.parameters import Bounds, Label, Strict
from activities.methodologies.parameters import Parameters as Common

FORMULA = _("whole days × daily distance × emission of the car × (1 − share caused by other trips)")
DAY_S = 86_400


class VehicleClass(Strict, frozen=True, kw_only=True):
    code: Annotated[str, Label(_("class"))]
    km_per_day: Annotated[Decimal, Bounds("0", "500", _("mean distance of a day"), "km/day", 1)]
    g_per_km: Annotated[Decimal, Bounds("0", "1000", _("emission of the car"), "g/km", 1)]


class Parameters(Common, frozen=True, kw_only=True):
    classes: Annotated[tuple[VehicleClass, ...], Label(_("classes of vehicle"))]
    substituted: Annotated[Decimal, Bounds("0", "1", _("share caused by other trips instead"), "", -1)]
    proof: Annotated[Literal["odometer", "cameras", "either"], Label(_("evidence that the car stood"))] = "either"
    odometer_tolerance_m: Annotated[int, Bounds("0", "5000", _("odometer readings may differ by"), "m")] = 1000
    days_max: Annotated[int, Bounds("1", "31", _("most days of one record"))] = 7

    def check(self) -> None:
        super().check()
        codes = [each.code for each in self.classes]
        if not codes or len(set(codes)) < len(codes):
            raise ValueError("classes: give at least one, and each code once")


def measure(parameters: Parameters, columns: Columns) -> Measure:
    """A term for each class. Missing without duration, known class or evidence."""
    days = np.minimum(np.maximum(columns.duration_s, 0) // DAY_S, parameters.days_max)
    proven, moved = _look(parameters, columns)
    stood = np.where(proven & ~moved, days, 0)
    share = 1 - Fraction(parameters.substituted)
    terms = tuple(
        Term(
            np.where(columns.vehicle_class == each.code, stood, 0),
            Fraction(each.km_per_day) * Fraction(each.g_per_km) * share * 1000,
            "day",
        )
        for each in parameters.classes
    )
    known = np.isin(columns.vehicle_class, [each.code for each in parameters.classes])
    return Measure(terms, ~(known & proven) | (columns.duration_s < 0), stood)


def _look(parameters: Parameters, columns: Columns) -> tuple[Flags, Flags]:
    """Whether there is the evidence asked for, and whether any evidence says that the car moved."""
    read, watched = columns.odometer_m >= 0, columns.sightings >= 0
    moved = (columns.odometer_m > parameters.odometer_tolerance_m) | (columns.sightings > 0)
    proven = {"odometer": read, "cameras": watched, "either": read | watched}[parameters.proof]
    return proven, moved
