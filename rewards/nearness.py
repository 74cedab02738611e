"""How far merchants are from where somebody stands. The place comes with the request, is used for the answer and kept
nowhere."""

import math
from dataclasses import dataclass

from django.db.models import F, FloatField, IntegerField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import ATan2, Cast, Cos, Greatest, Power, Radians, Sin, Sqrt

from rewards.refusals import PlaceUnclear

EARTH_RADIUS_M = 6_371_000
NOWHERE_M = 30_000_000
"""Farther than anything on the globe: where a merchant that has no place is put in the order."""


@dataclass(frozen=True, slots=True)
class Place:
    """Degrees, WGS 84."""

    latitude: float
    longitude: float


def read(text: str) -> Place:
    """The place in `30.274,120.155`. Raises PlaceUnclear."""
    try:
        latitude, longitude = (float(part) for part in text.split(","))
    except ValueError:
        raise PlaceUnclear from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # also what is no number
        raise PlaceUnclear
    return Place(latitude, longitude)


def distance_m(place: Place) -> Combinable:
    """Metres along the globe from the place to an offer's merchant (haversine); null where that one has no place."""
    latitude, longitude = _radians("merchant__latitude_e6"), _radians("merchant__longitude_e6")
    here = math.radians(place.latitude)
    across = Power(Sin((latitude - Value(here, FloatField())) / 2.0), 2)
    along = Power(Sin((longitude - Value(math.radians(place.longitude), FloatField())) / 2.0), 2)
    square = across + along * Cos(latitude) * Value(math.cos(here), FloatField())
    half = ATan2(Sqrt(square), Sqrt(Greatest(1.0 - square, 0.0)))  # rounding may end just above one
    return Cast(half * (2.0 * EARTH_RADIUS_M), IntegerField())


def _radians(column: str) -> Radians:
    return Radians(Cast(F(column), FloatField()) / 1_000_000.0)
