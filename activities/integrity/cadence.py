"""Steps that no body makes: a machine steps on evenly for hours, a person does not."""

from collections.abc import Mapping
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

    A run of `even_hours` hours in a row with at least `even_min` steps each that differ by at most `even_percent`
    (the widest from the mean) is a machine's. Without an hourly profile only the day's sum can be judged.
    """

    day_max: Steps = 60_000
    hour_max: Steps = 12_000
    even_hours: Annotated[int, msgspec.Meta(ge=2, le=24)] = 3
    even_min: Steps = 3_000
    even_percent: Annotated[int, msgspec.Meta(ge=1, le=50)] = 12


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
    for begin in range(len(hours) - limits.even_hours + 1):
        run = hours[begin : begin + limits.even_hours]
        mean = sum(run) / len(run)
        if min(run) >= limits.even_min and max(abs(count - mean) for count in run) * 100 <= limits.even_percent * mean:
            return {"from_hour": begin, "even_hours": limits.even_hours, "steps_in_hour": round(mean)}
    return {}


RULE = Rule(
    code="cadence",
    verdict=Activity.Status.HELD,
    name=_("steps of a machine"),
    says=_("The steps came faster or more evenly than a person walks. A person looks at it."),
    judge=judge,
    settings=Cadence,
)
