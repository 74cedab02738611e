"""Counting within groups of sorted columns, for rules that look at how often something happens."""

import numpy as np

from activities.integrity.facts import Flags, Integers


def number_within(keys: list[Integers]) -> Integers:
    """0, 1, 2, ... within each run of equal keys, in the order of the places."""
    stacked = np.stack(keys) if keys[0].size else np.empty((len(keys), 0), np.int64)
    begins: Flags = np.ones(stacked.shape[1], np.bool_)
    begins[1:] = (stacked[:, 1:] != stacked[:, :-1]).any(axis=0)
    numbers = np.arange(stacked.shape[1])
    return numbers - np.maximum.accumulate(np.where(begins, numbers, 0), initial=0)
