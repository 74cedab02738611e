"""Recompute what is booked from what is stored: every credit must come out to the milligram, by its own version.

Streams the credits in packed columns, so that all of a large table are checked in the memory of one chunk.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from activities.methodologies import families, stored
from activities.methodologies.columns import Flags, Integers
from activities.methodologies.stored import QUERIES, Entries
from activities.models import Methodology
from config import sql

SAMPLE = 1000
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Mismatch:
    """`recomputed_mg` is None where the version cannot be computed at all."""

    reduction_id: UUID
    methodology: str
    booked_mg: int
    recomputed_mg: int | None


@dataclass(slots=True)
class Recomputed:
    """The seed of the sample (None: all credits), how many were recomputed, and which differ (the first of them)."""

    seed: int | None
    checked: int = 0
    mismatches: int = 0
    first: list[Mismatch] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        return asdict(self) | {
            "first": [asdict(each) | {"reduction_id": str(each.reduction_id)} for each in self.first]
        }


@transaction.atomic
def run(size: int = SAMPLE, seed: int | None = None, everything: bool = False) -> Recomputed:
    """Recompute a sample of about `size` credits, or all of them."""
    if everything:
        return _compare(Recomputed(None), stored.stream("of_reductions", {}, "true"))
    found = Recomputed(secrets.randbelow(2**31) if seed is None else seed)
    ids = _sample(size, found.seed or 0)
    return _compare(found, stored.stream("of_reductions", {"ids": ids}, "r.id = ANY(%(ids)s::uuid[])"))


def _sample(size: int, seed: int) -> list[UUID]:
    share = max(size // 4, 1)
    versions = max(Methodology.objects.filter(published_at__isnull=False).count(), 1)
    with connection.cursor() as cursor:
        cursor.execute(sql.read(QUERIES, "sample"), {"seed": seed, "share": share, "versions": versions})
        return [row[0] for row in cursor.fetchall()]


def _compare(found: Recomputed, chunks: Iterator[Entries]) -> Recomputed:
    versions = {version.pk: version for version in Methodology.objects.select_related("scenario")}
    for entries in chunks:
        found.checked += len(entries)
        for methodology_id in np.unique(entries.methodologies).tolist():
            chosen = entries.methodologies == methodology_id
            for mismatch in _mismatches(entries, chosen, versions):
                found.mismatches += 1
                if len(found.first) < SHOWN:
                    found.first.append(mismatch)
    return found


def _mismatches(entries: Entries, chosen: Flags, versions: Mapping[int, Methodology]) -> Iterator[Mismatch]:
    places = np.flatnonzero(chosen)
    version = versions.get(int(entries.methodologies[places[0]]))
    name = version.reference if version else "unknown"
    recomputed = _recompute(version, entries, chosen)
    for place in places[_differ(entries, chosen, recomputed)].tolist():
        amount = None if recomputed is None else int(recomputed[0][np.searchsorted(places, place)])
        yield Mismatch(entries.id(place), name, int(entries.booked_mg[place]), amount)


def _recompute(version: Methodology | None, entries: Entries, chosen: Flags) -> tuple[Integers, Integers] | None:
    """Milligrams and fixed points of the chosen entries; None where the version is no valid one."""
    if version is None:
        return None
    columns = stored.take(entries.columns, chosen)
    try:
        amounts = families.quantify(version.family, version.parameters, columns)
        left_mg = entries.left_mg[chosen]
        amounts = np.where(left_mg < 0, amounts, np.minimum(amounts, left_mg))
        return amounts, families.fixed_points(version.family, version.parameters, columns)
    except families.ParametersInvalid:
        return None


def _differ(entries: Entries, chosen: Flags, recomputed: tuple[Integers, Integers] | None) -> Flags:
    if recomputed is None:
        return np.ones(int(chosen.sum()), dtype=np.bool_)
    return (recomputed[0] != entries.booked_mg[chosen]) | (recomputed[1] != entries.fixed_points[chosen])
