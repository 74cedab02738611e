"""Typed readers of the environment that fail loudly.

A secret may also be given as a file: `NAME_FILE` holds its path.
"""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable, or the content of the file that `NAME_FILE` names; without a default neither may be empty."""
    if path := os.environ.get(f"{name}_FILE"):
        value = Path(path).read_text().strip()
    else:
        value = os.environ.get(name, default or "")
    if default is None and not value.strip():
        raise ImproperlyConfigured(f"The environment variable {name} is required; see .env.example.")
    return value


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false.")


def integer(name: str, default: int) -> int:
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        return int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number.") from None


def words(name: str, default: str | None = None) -> list[str]:
    """A comma-separated list, without blanks."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]
