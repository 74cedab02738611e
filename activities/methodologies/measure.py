"""From measured quantities and exact rates to whole milligrams, rounded once."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np

from activities.methodologies.columns import Columns, Flags, Integers
from activities.methodologies.parameters import Parameters

INT64_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Term:
    """`quantity` (whole units, as `unit` says) times `mg_per_unit`, which is exact and may be negative."""

    quantity: Integers
    mg_per_unit: Fraction
    unit: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What a family found: terms that add up; which rows lack an input; how many things each row is (for points)."""

    terms: tuple[Term, ...]
    missing: Flags
    count: Integers


def weigh(measure: Measure, parameters: Parameters, columns: Columns) -> Integers:
    """ER = sum(quantity x rate) x (1 - leakage) x discount of the evidence, at most the cap; -1 where input is missing.

    Evidence of no known grade counts as the worst. Less than nothing counts as nothing.
    """
    kept = 1 - Fraction(parameters.leakage)
    shares = [Fraction(share) * kept for share in parameters.evidence.in_order()]
    reduction_mg = np.maximum(round_down(measure.terms, shares, columns.evidence), 0)
    if parameters.activity_max_g is not None:
        reduction_mg = np.minimum(reduction_mg, int(parameters.activity_max_g * 1000))
    return np.where(measure.missing, -1, reduction_mg)


def round_down(terms: Sequence[Term], shares: Sequence[Fraction], grades: Integers) -> Integers:
    """Whole milligrams of sum(quantity x rate) x share of the row's grade: exact, then rounded down, only here.

    Rounding down is conservative. Everything is a ratio of integers: no float ever enters, so that every
    machine gives the same milligram. Where 64 bits could overflow, Python's integers take over.
    """
    below = lcm(*(term.mg_per_unit.denominator for term in terms)) if terms else 1
    below_share = lcm(*(share.denominator for share in shares))
    weights = [int(term.mg_per_unit * below) for term in terms]
    parts = [int(share * below_share) for share in shares]
    largest = sum(abs(weight) * _largest(term.quantity) for weight, term in zip(weights, terms, strict=True))
    fits = max(largest, 1) * max(max(parts), 1) <= INT64_MAX and below * below_share <= INT64_MAX
    kind = np.dtype(np.int64) if fits else np.dtype(object)
    total = np.zeros(len(grades), dtype=kind)
    for weight, term in zip(weights, terms, strict=True):
        total = total + term.quantity.astype(kind) * weight
    share = parts[0] if len(set(parts)) == 1 else np.array(parts, dtype=kind)[grades]
    return (total * share // (below * below_share)).astype(np.int64)


def _largest(quantity: Integers) -> int:
    return int(quantity.max(initial=0))
