"""Where two activities cannot both stand, the better one does: greedy, in rounds over all pairs at once."""

import numpy as np

from activities.integrity.facts import Facts, Flags, Floats, Integers


def rank(facts: Facts) -> Integers:
    """The order in which activities have precedence: settled by a person, better evidence, earlier start, key."""
    ranks = np.empty(len(facts), np.int64)
    ranks[np.lexsort((np.arange(len(facts)), facts.evidence, ~facts.settled))] = np.arange(len(facts))
    return ranks


def pair_near(citizen: Integers, start: Floats, until: Floats) -> tuple[Integers, Integers]:
    """Places (i, j), i before j, of the same citizen where j starts before i is over. Sorted by citizen and start."""
    firsts, seconds = [], []
    latest = until
    for offset in range(1, len(citizen)):
        near = (citizen[offset:] == citizen[:-offset]) & (start[offset:] < latest[:-offset])
        if not near.any():
            break
        found = np.flatnonzero(near)
        firsts.append(found)
        seconds.append(found + offset)
    none = np.empty(0, np.int64)
    return np.concatenate([none, *firsts]), np.concatenate([none, *seconds])


def settle(first: Integers, second: Integers, ranks: Integers) -> tuple[Flags, Integers]:
    """Who loses, and to whom (-1 for nobody): each stands unless one that stands and ranks before it is in its way."""
    winner = np.where(ranks[first] < ranks[second], first, second)
    loser = np.where(ranks[first] < ranks[second], second, first)
    lost, to = np.zeros(len(ranks), np.bool_), np.full(len(ranks), -1, np.int64)
    while True:
        alive = ~lost[winner] & ~lost[loser]
        contested = np.zeros(len(ranks), np.bool_)
        contested[loser[alive]] = True
        decided = alive & ~contested[winner]
        if not decided.any():
            return lost, to
        best = np.full(len(ranks), len(ranks), np.int64)
        np.minimum.at(best, loser[decided], ranks[winner[decided]])
        chosen = decided & (best[loser] == ranks[winner])
        to[loser[chosen]] = winner[chosen]
        lost[loser[decided]] = True
