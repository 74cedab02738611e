"""Django's DATABASES entry for a PostgreSQL URL, or for the embedded server where there is none."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model

from config.embedded_postgres import ensure_database


def configure(url: str, embedded_dir: Path, embedded_name: str) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name?sslmode=...`, or "" for the embedded server."""
    parts = urlsplit(url or ensure_database(embedded_dir, embedded_name))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must begin with postgresql://, not {parts.scheme}://.")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", None) or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "ATOMIC_REQUESTS": True,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


CACHE = "cache"
"""The alias of the cache's own connection."""


def beside(default: dict[str, Any]) -> dict[str, Any]:
    """The same database without the transaction of the request: what the cache counts stays when that is undone."""
    return {**default, "ATOMIC_REQUESTS": False, "TEST": {"MIRROR": "default"}}


class CacheRouter:
    """Sends Django's cache table to its own connection."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return CACHE if model._meta.app_label == "django_cache" else None

    db_for_write = db_for_read
