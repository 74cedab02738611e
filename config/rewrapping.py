"""Writes anew, under the newest of FIELD_KEYS, what an older key encrypted, so that the older one can be taken away.

What is encrypted for a few days only is left to its end: raw bodies and the files of citizens' copies.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

from django.apps import apps
from django.db.models import Field, JSONField, Model, TextField

from config import secrecy

BATCH_ROWS = 500
SECOND_FACTORS = ("mfa_authenticator", "data")
"""allauth keeps its secrets in the values of a JSON object."""

Column: TypeAlias = "Field[Any, Any]"


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
    """How many rows were written. Batch by batch, each row by itself: it may die midway and be run again."""
    names = [field.name for field in fields]
    rows, written, last = model._base_manager.order_by("pk"), 0, None
    while batch := list((rows.filter(pk__gt=last) if last is not None else rows).values("pk", *names)[:BATCH_ROWS]):
        for row in batch:
            last = row.pop("pk")
            renewed = {name: _renew(value) for name, value in row.items()}
            if renewed != row:  # only as it was read: who has changed it meanwhile used the newest key
                written += rows.filter(pk=last, **row).update(**renewed)
    return written


def _renew(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: secrecy.renew(part) if _is_token(part) else part for key, part in value.items()}
    return secrecy.renew(value)


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("gAAAA")
