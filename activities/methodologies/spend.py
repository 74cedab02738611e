"""Spend: money that went to a greener shop, by the category of the merchant (MCC).

    ER = A x (EF_usual - EF_green)

A the amount in fen, EF in g CO2e per yuan of the sector that the merchant category belongs to. Factors of another
country's input-output tables must not be used (other prices, another grid).

Source of the form: spend-based footprints by merchant category (the Aland Index: MCC to 51 sectors x kg per euro;
Svalna: EE-MRIO). Excludes: categories in no sector, which count nothing (0 g); cash; what was bought.
Only category and amount are read, never the card number.
"""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Annotated

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import Columns, Flags
from activities.methodologies.measure import Measure, Term
from activities.methodologies.parameters import Bounds, Label, Strict
from activities.methodologies.parameters import Parameters as Common

FORMULA = _("amount × (emission of a usual purchase − emission of the green one)")


class Sector(Strict, frozen=True, kw_only=True):
    """Merchant categories from `mcc_from` to `mcc_to`, both included."""

    name: Annotated[str, Label(_("sector"))]
    mcc_from: Annotated[int, Bounds("0", "9999", _("first MCC"))]
    mcc_to: Annotated[int, Bounds("0", "9999", _("last MCC"))]
    usual_g_per_yuan: Annotated[Decimal, Bounds("0", "10000", _("emission of a usual purchase"), "g/yuan", 1)]
    green_g_per_yuan: Annotated[Decimal, Bounds("0", "10000", _("emission of the green one"), "g/yuan", -1)]


class Parameters(Common, frozen=True, kw_only=True):
    sectors: Annotated[tuple[Sector, ...], Label(_("sectors"))] = ()
    amount_max_fen: Annotated[int, Bounds("1", "100000000", _("most money of one purchase"), "fen")] = 100_000

    def check(self) -> None:
        super().check()
        ranges = sorted((each.mcc_from, each.mcc_to) for each in self.sectors)
        if any(first > last for first, last in ranges):
            raise ValueError("sectors: mcc_from must not be above mcc_to")
        if any(before[1] >= after[0] for before, after in pairwise(ranges)):
            raise ValueError("sectors: a category must belong to one sector only")
        if any(each.green_g_per_yuan > each.usual_g_per_yuan for each in self.sectors):
            raise ValueError("sectors: green_g_per_yuan <= usual_g_per_yuan must hold")


def measure(parameters: Parameters, columns: Columns) -> Measure:
    """A term for each sector. Missing: category or amount, where the version has sectors at all."""
    amount_fen = np.minimum(np.maximum(columns.amount_fen, 0), parameters.amount_max_fen)
    terms = tuple(
        Term(np.where(_inside(sector, columns), amount_fen, 0), _mg_per_fen(sector), "fen")
        for sector in parameters.sectors
    )
    unknown = (columns.amount_fen < 0) | (columns.mcc < 0)
    return Measure(terms, unknown & bool(parameters.sectors), np.ones_like(amount_fen))


def _inside(sector: Sector, columns: Columns) -> Flags:
    return (columns.mcc >= sector.mcc_from) & (columns.mcc <= sector.mcc_to)


def _mg_per_fen(sector: Sector) -> Fraction:
    return (Fraction(sector.usual_g_per_yuan) - Fraction(sector.green_g_per_yuan)) * 10
