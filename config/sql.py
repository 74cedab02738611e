"""SQL kept in files beside its app: `sql/NAME.sql`, with a reverse in `sql/NAME.reverse.sql` for migrations."""

from functools import lru_cache
from pathlib import Path

from django.db import migrations


@lru_cache
def read(folder: Path, name: str) -> str:
    return (folder / f"{name}.sql").read_text()


def run(folder: Path, name: str) -> migrations.RunSQL:
    """A migration step that runs a file forward and its reverse backward."""
    return migrations.RunSQL(read(folder, name), read(folder, f"{name}.reverse"))
