"""Rows of a partner's sample told otherwise: corrected, and taken back, as the partner's own format would have it."""

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from activities.intake import formats
from activities.intake.drafts import Draft
from activities.intake.formats.values import Condition
from activities.intake.formats.vocabulary import Case, Format
from activities.intake.mapping import Mapping
from activities.intake.problems import RowError

TRIED_ROWS = 10


def correct(declared: Format, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A row with the id of an event and other content; None where no single value makes one."""
    mapping = Mapping(formats.of_webhook(declared), None)
    for row in rows[:TRIED_ROWS]:
        before = _read(mapping, row)
        for name in sorted(declared.used):
            for value in _near(_find(row, name)):
                changed = _set(row, name, value)
                after = _read(mapping, changed)
                if before and after and after.action == before.action == "event" and _is_correction(before, after):
                    return changed
    return None


def cancel(declared: Format, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A row that takes an event back: one of the sample, or one made by the conditions of the format's case."""
    mapping = Mapping(formats.of_webhook(declared), None)
    for row in (*rows, *_made(declared, rows[:TRIED_ROWS])):
        draft = _read(mapping, row)
        if draft is not None and draft.action == "cancel":
            return row
    return None


def names_its_event(declared: Format, rows: list[dict[str, Any]]) -> bool | None:
    """Whether a row that is made a cancellation has the id that it had; None where the format has no such case."""
    mapping, told = Mapping(formats.of_webhook(declared), None), list[bool]()
    for case in declared.cases:
        if case.action == "cancel" and case.when and case.event_id is None:
            for row in rows[:TRIED_ROWS]:
                before, after = _read(mapping, row), _read(mapping, _matching(row, case))
                if before and after and before.action == "event" and after.action == "cancel":
                    told.append(before.external_id == after.external_id)
    return any(told) if told else None


def _made(declared: Format, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for case in declared.cases:
        if case.action == "cancel" and case.when:
            for row in rows:
                yield _matching(row, case)


def matching(case: Case) -> dict[str, Any]:
    """What a row must hold to be of a case."""
    return _matching({}, case)


def _matching(row: dict[str, Any], case: Case) -> dict[str, Any]:
    for name, wanted in case.when.items():
        known = wanted.among or wanted.equals if isinstance(wanted, Condition) else wanted
        value = known[0] if isinstance(known, tuple) else known
        if isinstance(wanted, Condition) and value is None:
            value = "-1" if wanted.below is not None or wanted.at_most is not None else _find(row, str(name)) or "x"
        row = _set(row, str(name), value)
    return row


def _is_correction(before: Draft, after: Draft) -> bool:
    same = (before.external_id, before.subject) == (after.external_id, after.subject)
    return same and before.content_digest != after.content_digest


def _read(mapping: Mapping, row: dict[str, Any]) -> Draft | None:
    try:
        return mapping.draft(1, row)
    except RowError:
        return None


def _near(value: Any) -> Iterator[Any]:
    """Values like this one, but with one digit changed."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float | Decimal):
        yield value + 1
        return
    text = str(value)
    for place in reversed([place for place, sign in enumerate(text) if sign in "0123456789"]):
        yield f"{text[:place]}{(int(text[place]) + 1) % 10}{text[place + 1 :]}"


def _find(row: Any, path: str) -> Any:
    if isinstance(row, dict) and path in row:
        return row[path]
    for key in path.split("."):
        row = row.get(key) if isinstance(row, dict) else None
    return row


def _set(row: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(row)
    place, keys = changed, [path] if path in row else path.split(".")
    for key in keys[:-1]:
        inner = place.setdefault(key, {})
        if not isinstance(inner, dict):
            return changed
        place = inner
    place[keys[-1]] = value
    return changed
