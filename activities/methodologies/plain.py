"""A methodology version in plain words: what is compared with what, what is assumed, its numbers, evidence and limits.

Two sentences a family, for people who read no formula; the numbers in them are those of the version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activities.methodologies import (
    carpool,
    distance_shift,
    energy,
    families,
    per_day,
    per_item,
    per_ride,
    reckoning,
    spend,
    steps,
    units,
)
from activities.methodologies.explain import Fact, FactorWords, tell_factor
from activities.methodologies.parameters import numbers
from activities.models import Evidence, Methodology


@dataclass(frozen=True, slots=True)
class Sentences:
    """`rate` is what one unit counts, empty where no single number says it; `credits`: whether any grams."""

    rate: str
    compared: str
    assumed: str
    credits: bool = True


@dataclass(frozen=True, slots=True)
class Words:
    """`rate`, `compared` and `assumed` as in Sentences; the rest are lines to read."""

    rate: str
    compared: str
    assumed: str
    factors: list[FactorWords]
    evidence: str
    limits: list[Fact]


def tell(version: Methodology) -> Words:
    """No query. Raises ParametersInvalid."""
    parameters = families.parse(version.family, version.parameters)
    said = _SENTENCES[type(parameters)](parameters)
    factors = reckoning.factors_of(version, parameters) if said.credits else []
    return Words(
        said.rate,
        said.compared,
        said.assumed,
        [tell_factor(factor, version) for factor in factors],
        _evidence(parameters),
        _limits(parameters) if said.credits else [],
    )


def _evidence(parameters: Any) -> str:
    shares = parameters.evidence.in_order()
    if set(shares) == {Decimal(1)}:
        return _("All evidence counts in full.")
    grades = zip(Evidence.choices, shares, strict=True)
    return _(", ").join(f"{label} {units.decimal(share * 100)}%" for (_code, label), share in grades)


def _limits(parameters: Any) -> list[Fact]:
    named = {*reckoning.LIMITS, "activity_max_g", "day_max_g"}
    if isinstance(parameters, per_item.Parameters):
        named.remove("mass_max_g" if parameters.g_per_kg is None else "items_max")
    return [
        Fact(str(bounds.label), units.limit(Decimal(value), bounds.unit))
        for name, value, bounds in numbers(parameters)
        if name in named
    ]


def _distance_shift(parameters: distance_shift.Parameters) -> Sentences:
    base, mode = parameters.baseline_per_km(), Fraction(parameters.mode_g_per_km)
    replaced = {
        "city_mean": _("the trip that it replaces on average"),
        "substitution": _("the mix of trips that people would have made instead"),
        "private_car": _("the same way by private car"),
    }[parameters.baseline]
    compared = _("Each kilometre is compared with %(replaced)s: %(base)s there, %(mode)s here.") % {
        "replaced": replaced,
        "base": units.amount(base, "g/pkm"),
        "mode": units.amount(mode, "g/pkm"),
    }
    if not mode:
        compared = _(
            "Each kilometre saves %(base)s against %(replaced)s; what this way of travel emits is taken off."
        ) % {
            "replaced": replaced,
            "base": units.amount(base, "g/pkm"),
        }
    if parameters.bands:
        compared += " " + _("Shorter trips are compared with a baseline of their own.")
    assumed = _(
        "It is assumed that the trip would have been made anyway. "
        "The way to the stop and the making of vehicles are left out."
    )
    return Sentences("" if parameters.bands else units.amount(base - mode, "g/km"), compared, assumed)


def _carpool(parameters: carpool.Parameters) -> Sentences:
    compared = _("A shared ride is compared with everybody driving the same way alone, at %(car)s.") % {
        "car": units.amount(parameters.car_g_per_km, "g/km")
    }
    assumed = _(
        "It is assumed that the car drives %(detour)s times as far for it, that its emission is shared by the people "
        "in it, %(people)s where nobody says, and that the platform emits %(platform)s a ride."
    ) % {
        "detour": units.decimal(parameters.detour),
        "people": parameters.occupants_default,
        "platform": units.amount(parameters.system_g_per_ride, "g"),
    }
    return Sentences("", compared, assumed)


def _per_ride(parameters: per_ride.Parameters) -> Sentences:
    rate = units.amount(parameters.g_per_ride, "g/ride")
    compared = _(
        "Each ride is compared with the trip that it replaces on average, and counts %(rate)s, however long it is."
    )
    assumed = _(
        "It is assumed that the trip would have been made anyway. Transfers within a ride are no rides of their own."
    )
    return Sentences(rate, compared % {"rate": rate}, assumed)


def _per_day(parameters: per_day.Parameters) -> Sentences:
    compared = _("A day on which the car stands is compared with a usual day on which it is driven.")
    assumed = _(
        "It is assumed that %(share)s %% of that is emitted by other trips instead. Only whole days of 24 hours count, "
        "and only with proof that the car stood."
    ) % {"share": units.decimal(parameters.substituted * 100)}
    return Sentences("", compared, assumed)


def _per_item(parameters: per_item.Parameters) -> Sentences:
    each = parameters.g_per_item
    if not parameters.kinds and each is not None and not each:
        return _points_only(parameters)
    if parameters.g_per_kg is not None:
        rate = units.amount(parameters.g_per_kg, "g/kg")
    else:
        rate = units.amount(each, "g/item") if each is not None else ""
    compared = _("What is saved or used again is compared with making it anew.")
    if rate:
        compared = _("What is saved or used again is compared with making it anew: %(rate)s.") % {"rate": rate}
    assumed = _(
        "It is assumed that %(share)s %% of it takes the place of something new. "
        "Collecting and cleaning are left out where the number does not hold them."
    ) % {"share": units.decimal(parameters.replacement * 100)}
    return Sentences(rate, compared, assumed)


def _energy(parameters: energy.Parameters) -> Sentences:
    rate = units.amount(parameters.mg_per_wh(), "g/kWh")
    if parameters.saved_g_per_kwh is not None:
        compared = _("Each kilowatt-hour saved is compared with one from the grid: %(rate)s.") % {"rate": rate}
        return Sentences(rate, compared, _("It is assumed that the electricity would have been the grid's average."))
    compared = _(
        "Each kilowatt-hour charged is compared with the fuel of a car on the same way: %(fuel)s there, %(grid)s for "
        "the electricity."
    ) % {
        "fuel": units.amount(parameters.fuel_g_per_km or 0, "g/km"),
        "grid": units.amount(parameters.grid_g_per_kwh or 0, "g/kWh"),
    }
    assumed = _(
        "It is assumed that an electric car uses %(use)s, and that the electricity is the grid's average. "
        "The making of cars and batteries is left out."
    ) % {"use": units.amount(parameters.kwh_per_100km or 0, "kWh/100km")}
    return Sentences(units.amount(round(parameters.mg_per_wh()), "g/kWh"), compared, assumed)


def _spend(parameters: spend.Parameters) -> Sentences:
    if not parameters.sectors:
        return _points_only(parameters)
    compared = _("Each yuan spent at a greener shop is compared with a yuan spent as usual in the same trade.")
    assumed = _(
        "It is assumed that the amount stands for what was bought. Only the amount and the kind of shop are read."
    )
    return Sentences("", compared, assumed)


def _steps(parameters: steps.Parameters) -> Sentences:
    rate = units.amount(parameters.g_per_step, "g/step")
    compared = _("Each step is compared with covering its length by motor: %(rate)s.") % {"rate": rate}
    return Sentences(
        rate, compared, _("Steps within rides that were reported are taken off; nothing but walking counts.")
    )


def _points_only(parameters: Any) -> Sentences:
    count = parameters.fixed_points
    points = ngettext("%(count)s point", "%(count)s points", count) % {"count": count}
    compared = _("No emission that it saves can be shown, so it counts 0 g.")
    assumed = _("It earns a fixed %(points)s each time, as a habit that is worth having.") % {"points": points}
    return Sentences(points, compared, assumed, credits=False)


_SENTENCES: dict[type, Callable[[Any], Sentences]] = {
    distance_shift.Parameters: _distance_shift,
    carpool.Parameters: _carpool,
    per_ride.Parameters: _per_ride,
    per_day.Parameters: _per_day,
    per_item.Parameters: _per_item,
    energy.Parameters: _energy,
    spend.Parameters: _spend,
    steps.Parameters: _steps,
}
