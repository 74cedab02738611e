"""Steps that no body makes: a machine steps on evenly for hours, a person does not."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
import numpy as np
from django.utils.translation import gettext_lazy as _

from activities.integrity.facts import Facts, Flags
from activities.integrity.rule import Found, Rule, Settings
from activities.models import Activity

Steps = Annotated[int, msgspec.Meta(ge=100, le=200_000)]


class Cadence(Settings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Most steps of a day and of an hour, and what an even run is.

    A run of `even_hours` hours in a row or more, with at least `even_min` steps each, is a machine's where they differ
    by at most `even_percent` (the widest from the mean). Three hours of a walk may be even by chance, six hardly: a
    run slower than `fast_min`, at which a person can keep walking, may differ by `even_percent_each` for every hour
    after the second only. Without an hourly profile only the day's sum can be judged.
    """

    day_max: Steps = 60_000
    hour_max: Steps = 12_000
    even_hours: Annotated[int, msgspec.Meta(ge=2, le=24)] = 3
    even_min: Steps = 3_000
    even_percent: Annotated[int, msgspec.Meta(ge=1, le=50)] = 12
    even_percent_each: Annotated[int, msgspec.Meta(ge=1, le=50)] = 4
    fast_min: Steps = 5_500


def judge(facts: Facts, open: Flags, settings: Mapping[int, Cadence]) -> Found:
    found: dict[int, dict[str, Any]] = {}
    for place in np.flatnonzero(open & facts.among(settings)).tolist():
        limits = settings[int(facts.scenario[place])]
        traits = facts.traits[place] or {}
        if broken := find(int(facts.quantity[place]), traits.get("steps_by_hour") or [], limits):
            found[place] = broken
    mask = np.zeros(len(facts), np.bool_)
    mask[list(found)] = True
    return Found(mask, lambda place: found[place])


def find(steps: int, hours: list[int], limits: Cadence) -> dict[str, Any]:
    """What is not human in a day's steps, as evidence; {} where nothing is."""
    if steps > limits.day_max:
        return {"steps": steps, "day_max": limits.day_max}
    if hours and max(hours) > limits.hour_max:
        return {"steps_in_hour": max(hours), "hour_max": limits.hour_max}
    return next(_even_runs(hours, limits), {})


def _even_runs(hours: list[int], limits: Cadence) -> Iterator[dict[str, Any]]:
    for begin in range(len(hours) - limits.even_hours + 1):
        for end in range(begin + 1, len(hours) + 1):
            if hours[end - 1] < limits.even_min:
                break
            if end - begin >= limits.even_hours and _is_even(hours[begin:end], limits):
                mean = round(sum(hours[begin:end]) / (end - begin))
                yield {"from_hour": begin, "even_hours": end - begin, "steps_in_hour": mean}


def _is_even(run: list[int], limits: Cadence) -> bool:
    mean, percent = sum(run) / len(run), limits.even_percent
    if mean < limits.fast_min:
        percent = min(percent, limits.even_percent_each * max(len(run) - 2, 1))
    return max(max(run) - mean, mean - min(run)) * 100 <= percent * mean


RULE = Rule(
    code="cadence",
    verdict=Activity.Status.HELD,
    name=_("steps of a machine"),
    says=_("The steps came faster or more evenly than a person walks. A person looks at it."),
    judge=judge,
    settings=Cadence,
)
