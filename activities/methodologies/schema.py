"""The families' parameters as the database knows them, so that it refuses what the forms refuse.

`statement` writes the SQL function `methodology_parameters`, where the trigger on versions looks every number up.
Whoever changes a family keeps it in a new file of `activities/sql`, run by a migration; a test compares.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from activities.methodologies.families import FAMILIES
from activities.methodologies.parameters import Bounds, element, fields, unwrap

_FUNCTION = """
CREATE OR REPLACE FUNCTION methodology_parameters()
RETURNS TABLE (family text, path text, minimum numeric, maximum numeric, unit text) LANGUAGE sql IMMUTABLE AS $$
    SELECT family, path, minimum::numeric, maximum::numeric, unit FROM (VALUES
    {rows}
    ) AS known (family, path, minimum, maximum, unit)
$$"""


class Known(NamedTuple):
    """A parameter of a family by its dotted path, `*` for any place of a list; no bounds where it is no number."""

    family: str
    path: str
    least: str | None
    most: str | None
    unit: str


def known() -> list[Known]:
    """Every parameter of every family."""
    return [Known(name, *each) for name, family in FAMILIES.items() for each in _walk(family.parameters)]


def statement() -> str:
    rows = ",\n    ".join(f"({', '.join(_quote(value) for value in row)})" for row in known())
    return _FUNCTION.replace("{rows}", rows)


def _walk(kind: type[msgspec.Struct], prefix: str = "") -> Iterator[tuple[str, str | None, str | None, str]]:
    for name, hint in fields(kind).items():
        bare, note, _optional = unwrap(hint)
        if isinstance(note, Bounds):
            yield f"{prefix}{name}", note.least, note.most, note.unit
        elif inner := element(bare):
            yield from _walk(inner, f"{prefix}{name}.*.")
        elif isinstance(bare, type) and issubclass(bare, msgspec.Struct):
            yield from _walk(bare, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}{_places(bare)}", None, None, ""


def _places(bare: Any) -> str:
    return ".*" if getattr(bare, "__origin__", None) is tuple else ""


def _quote(value: str | None) -> str:
    return "NULL" if value is None else "'" + value.replace("'", "''") + "'"
