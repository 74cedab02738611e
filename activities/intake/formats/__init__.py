"""How a feed's format is declared: words (vocabulary, values), how they fit (checks), what is wrong (errors)."""

from typing import Any

import msgspec

from activities.intake.formats import checks, errors
from activities.intake.formats.errors import FormatInvalid
from activities.intake.formats.vocabulary import Case, Container, Format

__all__ = ["Container", "Format", "FormatInvalid", "arrange", "of_webhook", "parse"]
ORDER = (
    *("container", "zone", "evidence", "subject", "event_id", "revision", "cell_m", "group", "split", "pairing"),
    *("cases", "tables"),
)


def parse(declaration: Any) -> Format:
    """The checked format. Raises FormatInvalid with the path, what stands there and what would be right."""
    parsed: Format = errors.convert(declaration, Format)
    checks.check(parsed)
    return parsed


def arrange(declaration: dict[str, Any]) -> dict[str, Any]:
    """The declaration in the order in which it is read; the database keeps none."""
    found = _sort(declaration, ORDER)
    for key, kind in (("container", Container), ("cases", Case)):
        if isinstance(inner := found.get(key), dict | list):
            names = kind.__struct_encode_fields__
            found[key] = _sort(inner, names) if isinstance(inner, dict) else [_sort(one, names) for one in inner]
    return found


def _sort(mapping: Any, names: tuple[str, ...]) -> Any:
    """The members of a mapping by these names, others behind them."""
    if not isinstance(mapping, dict):
        return mapping
    return {
        name: mapping[name] for name in (*(n for n in names if n in mapping), *(n for n in mapping if n not in names))
    }


def of_webhook(declared: Format) -> Format:
    """The format as a webhook brings it: rows under `data` of a JSON body, also for a feed whose files are no JSON."""
    if declared.container.kind == "json":
        return declared
    kept = {name: getattr(declared.container, name) for name in ("columns", "json_columns", "empty", "half_width")}
    return msgspec.structs.replace(declared, container=Container(kind="json", path="data", **kept))
