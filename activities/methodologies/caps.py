"""Daily caps of a formula: what of each reduction counts when a day counts at most so much."""

import numpy as np

from activities.methodologies.columns import Integers


def cap_days(reductions_mg: Integers, days: Integers, day_max_mg: int) -> Integers:
    """What counts of each reduction (mg), in the given order: those with the same number in `days` share `day_max_mg`.

    One number stands for one citizen's day under one version. -1 (input missing) stays -1 and uses nothing up.
    """
    order = np.argsort(days, kind="stable")
    amounts = np.maximum(reductions_mg, 0)[order]
    sums = np.cumsum(amounts)
    _unique, first, sizes = np.unique(days[order], return_index=True, return_counts=True)
    before = sums - amounts - np.repeat((sums - amounts)[first], sizes)
    counted = np.empty_like(reductions_mg)
    counted[order] = np.clip(day_max_mg - before, 0, amounts)
    return np.where(reductions_mg < 0, -1, counted)
