"""k-anonymity of published sums: what is hidden, so that no hidden number follows from those shown. Pure.

A table is some cells whose sums add up to a total that is shown as well. A cell of few people is hidden
(primary). What remains of the total once the shown cells are taken off is then known too, so it must itself
stand for at least `k` people and for more than one cell: further cells are hidden until it does (complementary).
"""

from collections.abc import Mapping

K = 10


def hidden(people: Mapping[str, int], *, k: int = K, disjoint: bool) -> set[str]:
    """The keys of the cells to hide. `people` counts the persons of each cell; the cells make up a shown total.

    `disjoint`: nobody is in two cells, as with districts. Otherwise the people of two cells may be the same, and
    no more than those of the largest are certain.
    """
    found = {key for key, count in people.items() if 0 < count < k}
    spare = sorted((count, key) for key, count in people.items() if count >= k)
    while found and spare and not _safe([people[key] for key in found], k, disjoint=disjoint):
        found.add(spare.pop(0)[1])
    return found


def _safe(counts: list[int], k: int, *, disjoint: bool) -> bool:
    certain = sum(counts) if disjoint else max(counts)
    return len(counts) > 1 and certain >= k


def hidden_chain(counts: Mapping[str, int], *within: int, k: int = K) -> set[str]:
    """Counts of people of whom each is part of the next larger: hidden where few people are in it, or lie between.

    `within` are further shown counts of the chain. The larger of two that are too near is hidden.
    """
    found: set[str] = set()
    shown = list(within)
    for key in sorted(counts, key=lambda key: (counts[key], key)):
        count = counts[key]
        if 0 < count < k or any(0 < abs(count - other) < k for other in shown):
            found.add(key)
        else:
            shown.append(count)
    return found
