"""Halves make journeys: an `in` and the next `out`, or a tap and the next tap, of one link and scenario.

Pure: which halves belong together follows from the halves and their feeds alone, so a late or corrected tap pairs its
neighbours anew.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from activities.pipeline.arrivals import Event
from config.clock import city_day

Group = tuple[Event, ...]


def at(event: Event) -> datetime:
    told = event.told or {}
    return datetime.fromisoformat(told["at"])


def pair(halves: Iterable[Event], limits: Mapping[int, timedelta]) -> list[Group]:
    """Journeys as (first, second), and what stays single; cancelled halves are always single.

    `limits` are those of the feeds: how long a journey may last, the feed of its first half says.
    """
    groups: list[Group] = []
    standing = []
    for event in halves:
        if event.cancelled:
            groups.append((event,))
        else:
            standing.append(event)
    standing.sort(key=lambda event: (_sequence(event), at(event), event.half, event.key))
    for _key, sequence in groupby(standing, key=_sequence):
        groups += _pair_sequence(list(sequence), limits)
    return groups


def _sequence(event: Event) -> tuple[Any, ...]:
    told = event.told or {}
    return event.citizen_id, told["link_id"], told["scenario_id"]


def _pair_sequence(sequence: list[Event], limits: Mapping[int, timedelta]) -> Iterator[Group]:
    place = 0
    while place < len(sequence):
        first = sequence[place]
        second = sequence[place + 1] if place + 1 < len(sequence) else None
        if second is not None and _joins(first, second, limits):
            yield first, second
            place += 2
        else:
            yield (first,)
            place += 1


def _joins(first: Event, second: Event, limits: Mapping[int, timedelta]) -> bool:
    if at(second) - at(first) > limits[(first.told or {})["feed_id"]]:
        return False
    if (first.half, second.half) == ("tap", "tap"):  # days do not reach into each other
        return city_day(at(first)) == city_day(at(second))
    return (first.half, second.half) == ("in", "out")


def keep_ids(groups: Iterable[Group]) -> list[tuple[Group, Any]]:
    """The groups, each with the activity that it goes on with (None for a new one); no activity twice."""
    taken: set[Any] = set()
    found: list[tuple[Group, Any]] = []
    for group in sorted(groups, key=lambda group: len({event.activity_id for event in group})):
        own = next((event.activity_id for event in group if event.activity_id not in {*taken, None}), None)
        taken.add(own)
        found.append((group, own))
    return found
