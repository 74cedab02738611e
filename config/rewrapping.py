"""Writes anew, under the newest of FIELD_KEYS, what an older key encrypted, so that the older one can be taken away.

What is encrypted for a few days only is left to its end: raw bodies and the files of citizens' copies.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Field, JSONField, Model, TextField

from config import secrecy

BATCH_ROWS = 500
SECOND_FACTORS = ("mfa_authenticator", "data")
"""allauth keeps its secrets in the values of a JSON object."""

Column: TypeAlias = "Field[Any, Any]"
Row = dict[str, Any]


def columns() -> Iterator[tuple[type[Model], list[Column]]]:
    """The models with encrypted text, and its columns; a column's name says that it is."""
    for model in apps.get_models():
        if found := [field for field in model._meta.fields if _is_encrypted(field)]:
            yield model, found


def _is_encrypted(field: Column) -> bool:
    if isinstance(field, JSONField):
        return (field.model._meta.db_table, field.name) == SECOND_FACTORS
    return isinstance(field, TextField) and field.name.endswith("_encrypted")


def rewrap(model: type[Model], fields: list[Column]) -> int:
    """How many rows were written. It may die between two batches and be run again."""
    names = [field.name for field in fields]
    rows, written, last = model._base_manager.order_by("pk"), 0, None
    while batch := list((rows.filter(pk__gt=last) if last is not None else rows).values("pk", *names)[:BATCH_ROWS]):
        last = batch[-1]["pk"]
        changes = [(row, {name: _renew(row[name]) for name in names}) for row in batch]
        written += _write(model, [(row, renewed) for row, renewed in changes if renewed != _without_key(row)])
    return written


@transaction.atomic
def _write(model: type[Model], changes: list[tuple[Row, Row]]) -> int:
    """Only rows that are as they were read: who has changed one meanwhile used the newest key.

    Triggers that keep rows as they are stand aside, since a row says the same under another key.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal", [table])
        guarded = changes and cursor.fetchone()
        if guarded:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        written = sum(model._base_manager.filter(**row).update(**renewed) for row, renewed in changes)
        if guarded:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    return written


def _without_key(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "pk"}


def _renew(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: secrecy.renew(part) if _is_token(part) else part for key, part in value.items()}
    return secrecy.renew(value)


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("gAAAA")
