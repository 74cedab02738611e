"""What another number would have made of the reductions that a version has booked."""

import copy
from datetime import date
from itertools import islice

from activities.methodologies import factors, families
from activities.methodologies.columns import Columns
from activities.models import Activity, Methodology, Reduction

CHUNK = 10_000


def replace(version: Methodology, path: str, value: str) -> Methodology:
    """The version with another number at a path; not saved."""
    moved = copy.copy(version)
    moved.parameters = copy.deepcopy(version.parameters)
    factors.put(moved.parameters, path, value)
    return moved


def compare(version: Methodology, other: Methodology, since: date) -> tuple[int, int]:
    """Milligrams of what a version credited from a day on: by the version, and by the other one."""
    booked = (
        Reduction.objects.filter(methodology=version, city_day__gte=since)
        .order_by("citizen_id", "activity_id")
        .values_list("activity_id", flat=True)
        .iterator(CHUNK)
    )
    before_mg = after_mg = 0
    while chunk := set(islice(booked, CHUNK)):
        rows = list(Activity.objects.filter(pk__in=chunk, status=Activity.Status.ACCEPTED))
        columns = Columns.of(
            [row.distance_m for row in rows], [row.distance_basis for row in rows], [row.quantity for row in rows]
        )
        before_mg += _total(version, columns)
        after_mg += _total(other, columns)
    return before_mg, after_mg


def _total(version: Methodology, columns: Columns) -> int:
    return int(families.quantify(version.family, version.parameters, columns).clip(0).sum())
