"""Per item: a reduction for each unit of a behaviour: an order without cutlery, a kilogram recycled, a phone reused.

    ER = n x LCA x replacement        or, by mass,        ER = m x LCA x replacement

n items (1 where the partner does not say), m the mass in grams, LCA the emission of making what is saved, in g CO2e per
item or per kg, `replacement` the share that replaces something new. `kinds` gives single items their own LCA by
their code. Behaviours without creditable grams have an LCA of 0 and `fixed_points`.

Source of the form: group standards of the China Association of Circular Economy on second-hand goods (2023): ER =
emission of production x replacement rate. Excludes: collection and cleaning, unless the LCA value has them.
"""

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.methodologies.columns import Columns
from activities.methodologies.measure import Measure, Term
from activities.methodologies.parameters import Bounds, Label, Strict
from activities.methodologies.parameters import Parameters as Common

FORMULA = _("number or mass × reduction of one × share that replaces something new")


class Kind(Strict, frozen=True, kw_only=True):
    code: Annotated[str, Label(_("item"))]
    g_per_item: Annotated[Decimal, Bounds("0", "1000000", _("reduction of an item"), "g/item", 1)]


class Parameters(Common, frozen=True, kw_only=True):
    g_per_item: Annotated[Decimal, Bounds("0", "1000000", _("reduction of an item"), "g/item", 1)] | None = None
    g_per_kg: Annotated[Decimal, Bounds("0", "100000", _("reduction of a kilogram"), "g/kg", 1)] | None = None
    kinds: Annotated[tuple[Kind, ...], Label(_("items with a value of their own"))] = ()
    replacement: Annotated[Decimal, Bounds("0", "1", _("share that replaces something new"), "", 1)] = Decimal(1)
    items_max: Annotated[int, Bounds("1", "1000", _("most items of one record"))] = 1
    mass_max_g: Annotated[int, Bounds("1", "1000000", _("most mass of one record"), "g")] = 100_000

    def check(self) -> None:
        super().check()
        by_item = self.g_per_item is not None or bool(self.kinds)
        if by_item == (self.g_per_kg is not None):
            raise ValueError("g_per_item: give g_per_item or kinds, or g_per_kg in their place")
        codes = [kind.code for kind in self.kinds]
        if len(set(codes)) < len(codes):
            raise ValueError("kinds: give each code once")


def measure(parameters: Parameters, columns: Columns) -> Measure:
    """Missing: the mass where the version goes by mass; an item's kind where it goes by kinds only."""
    replacement = Fraction(parameters.replacement)
    if parameters.g_per_kg is not None:
        mass_g = np.minimum(np.maximum(columns.mass_g, 0), parameters.mass_max_g)
        term = Term(mass_g, Fraction(parameters.g_per_kg) * replacement, "g")
        return Measure((term,), columns.mass_g < 0, np.ones_like(mass_g))
    items = np.minimum(np.where(columns.quantity < 0, 1, columns.quantity), parameters.items_max)
    terms = [
        Term(np.where(columns.item == kind.code, items, 0), Fraction(kind.g_per_item) * replacement * 1000, "item")
        for kind in parameters.kinds
    ]
    other = ~np.isin(columns.item, [kind.code for kind in parameters.kinds])
    if parameters.g_per_item is None:
        return Measure(tuple(terms), other, items)
    rate = Fraction(parameters.g_per_item) * replacement * 1000
    return Measure((*terms, Term(np.where(other, items, 0), rate, "item")), np.zeros_like(other), items)
