"""System checks for settings that would make a city unsafe."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.module_loading import import_string

TO_FILES = {
    "accounts.sms.FileBackend",
    "django.core.mail.backends.console.EmailBackend",
    "django.core.mail.backends.dummy.EmailBackend",
    "django.core.mail.backends.filebased.EmailBackend",
    "django.core.mail.backends.locmem.EmailBackend",
}
"""Backends whose messages reach nobody."""


@register(Tags.security)
def check_field_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    for key in settings.FIELD_KEYS:
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    "FIELD_KEYS holds a key that is not a Fernet key.",
                    hint="Make one: python -c "
                    "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'",
                    id="tanpuhui.E001",
                )
            ]
    return []


@register(Tags.security, deploy=True)
def check_production(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    if not settings.PRODUCTION:
        errors.append(Error("PRODUCTION is not set: keys are public.", id="tanpuhui.E002"))
    if settings.SANDBOX:
        errors.append(Error("The sandbox is installed: anybody can make activities.", id="tanpuhui.E003"))
    if len(settings.DIGEST_KEY) < 32:
        errors.append(Error("DIGEST_KEY has fewer than 32 characters.", id="tanpuhui.E004"))
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT < 1:
        errors.append(
            Warning(
                "TRUSTED_PROXY_COUNT is 0: everybody has the proxy's address, and shares its rate limits.",
                id="tanpuhui.W001",
            )
        )
    return errors


@register(Tags.security, deploy=True)
def check_messages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Codes are sent by mail and text: where they reach nobody, nobody can sign in."""
    errors: list[CheckMessage] = []
    for name in ("SMS_BACKEND", "EMAIL_BACKEND"):
        backend = getattr(settings, name)
        if backend in TO_FILES:
            errors.append(Error(f"{name} sends nothing to anybody: {backend}.", id="tanpuhui.E005"))
            continue
        try:
            import_string(backend)
        except ImportError as problem:
            errors.append(Error(f"{name} cannot be loaded: {problem}.", id="tanpuhui.E006"))
    return errors
