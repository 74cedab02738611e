"""What another number would have made of the reductions that a version has booked."""

import copy
from datetime import date

import numpy as np
from django.db import transaction

from activities.methodologies import factors, replay, stored
from activities.models import Methodology

LIVE = "v.id IS NULL AND r.methodology_id = %(version)s AND r.city_day >= %(since)s"


def replace(version: Methodology, path: str, value: str) -> Methodology:
    """The version with another number at a path; not saved."""
    moved = copy.copy(version)
    moved.parameters = copy.deepcopy(version.parameters)
    factors.put(moved.parameters, path, value)
    return moved


@transaction.atomic
def compare(version: Methodology, other: Methodology, since: date) -> tuple[int, int]:
    """Milligrams that count now of what a version credited from a day on: as booked, and by the other one."""
    before_mg = after_mg = 0
    for entries in stored.stream("of_reductions", {"version": version.pk, "since": since}, LIVE):
        _full_mg, counted_mg, _fixed_points = replay.quantify(entries, [other])
        before_mg += int(entries.booked_mg.sum())
        after_mg += int(np.maximum(counted_mg, 0).sum())
    return before_mg, after_mg
