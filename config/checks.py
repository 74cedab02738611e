"""System checks for settings that would make a city unsafe."""

from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


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
    return errors
