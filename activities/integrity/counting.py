"""Counting within groups of sorted columns, for rules that look at how often something happens."""

import numpy as np

from activities.integrity.facts import Flags, Integers


def number_within(keys: list[Integers]) -> Integers:
    """0, 1, 2, ... within each run of equal keys, in the order of the places."""
    count = len(keys[0])
    if count == 0:
        return np.empty(0, np.int64)
    stacked = np.stack(keys)
    begins: Flags = np.ones(count, np.bool_)
    begins[1:] = (stacked[:, 1:] != stacked[:, :-1]).any(axis=0)
    numbers = np.arange(count)
    within: Integers = numbers - np.maximum.accumulate(np.where(begins, numbers, 0))
    return within
