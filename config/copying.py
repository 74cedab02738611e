"""Many rows into a table at once, by COPY: whole columns become text, at a fraction of what single rows cost."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

NULL = r"\N"
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})

Column = Iterable[str]


def copy(cursor: CursorWrapper, target: str, columns: Sequence[Column]) -> None:
    """Write columns of equal length, each made by a function of this module; `target` is a table and its columns."""
    body = "\n".join(map("\t".join, zip(*columns, strict=True)))
    if body:
        with connection.wrap_database_errors, cursor.copy(f"COPY {target} FROM STDIN") as into:
            into.write(body + "\n")


def array(values: Iterable[str]) -> str:
    """An array of plain words (ids, numbers, days) as PostgreSQL reads it, for a parameter with a cast."""
    return f"{{{','.join(values)}}}"


def uuids(values: Iterable[UUID]) -> Column:
    return ["%032x" % value.int for value in values]  # noqa: UP031  in half the time of an f-string


def numbers(values: Iterable[int | None]) -> Column:
    return [NULL if value is None else str(value) for value in values]


def days(values: Iterable[date]) -> Column:
    return [value.isoformat() for value in values]


def moments(values: Iterable[datetime | None]) -> Column:
    return [NULL if value is None else value.isoformat() for value in values]


def flags(values: Iterable[bool]) -> Column:
    return ["t" if value else "f" for value in values]


def texts(values: Iterable[str | None]) -> Column:
    return [NULL if value is None else value.translate(ESCAPES) if value else "" for value in values]


def words(values: Iterable[str]) -> Column:
    """Text of a known vocabulary, without anything to escape."""
    return [str(value) for value in values]


def documents(values: Iterable[Any]) -> Column:
    return [NULL if value is None else json.dumps(value).translate(ESCAPES) for value in values]


def binaries(values: Iterable[bytes]) -> Column:
    return [rf"\\x{value.hex()}" for value in values]
