"""How a feed's format is declared: words (vocabulary), how they fit (checks), what is wrong (errors), schema."""

from typing import Any

import msgspec

from activities.intake.formats import checks, errors
from activities.intake.formats.errors import FormatInvalid
from activities.intake.formats.vocabulary import Container, Format

__all__ = ["Container", "Format", "FormatInvalid", "of_webhook", "parse"]


def parse(declaration: Any) -> Format:
    """The checked format. Raises FormatInvalid with the path, what stands there and what would be right."""
    parsed: Format = errors.convert(declaration, Format)
    checks.check(parsed)
    return parsed


def of_webhook(declared: Format) -> Format:
    """The format as a webhook brings it: rows under `data` of a JSON body, also for a feed whose files are no JSON."""
    if declared.container.kind == "json":
        return declared
    container = declared.container
    return msgspec.structs.replace(
        declared,
        container=Container(kind="json", path="data", columns=container.columns, json_columns=container.json_columns),
    )
