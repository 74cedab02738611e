"""SQL kept in files beside its app: `sql/NAME.sql`, with a reverse in `sql/NAME.reverse.sql` for migrations."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection, migrations


@lru_cache
def read(folder: Path, name: str) -> str:
    return (folder / f"{name}.sql").read_text()


def rows(folder: Path, name: str, values: Mapping[str, Any]) -> list[Any]:
    """What a file's query gives."""
    with connection.cursor() as cursor:
        cursor.execute(read(folder, name), values)
        return cursor.fetchall()


def run(folder: Path, name: str) -> migrations.RunSQL:
    """A migration step that runs a file forward and its reverse backward."""
    return migrations.RunSQL(read(folder, name), read(folder, f"{name}.reverse"))
