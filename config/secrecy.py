"""Secrets at rest: reversible encryption for tokens, keyed digests for identifiers.

Keys come from the settings: FIELD_KEYS (Fernet keys, newest first, so that keys can be rotated) and
DIGEST_KEY, which must never change: a partner's subject is found again by its digest only.
"""

import hashlib
import hmac
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings


@lru_cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt_bytes(content: bytes) -> bytes:
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(content)


def decrypt_bytes(content: bytes) -> bytes:
    return _cipher(tuple(settings.FIELD_KEYS)).decrypt(content)


def encrypt(text: str) -> str:
    return encrypt_bytes(text.encode()).decode() if text else ""


def decrypt(text: str) -> str:
    return decrypt_bytes(text.encode()).decode() if text else ""


def digest(*parts: str) -> bytes:
    """A keyed 16-byte digest of an identifier, the same for the same parts."""
    message = "\x1f".join(parts).encode()
    return hmac.digest(settings.DIGEST_KEY.encode(), message, hashlib.sha256)[:16]


class Encrypted:
    """A model property that reads and writes the encrypted text column of the given name."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, instance: object, owner: type | None = None) -> str:
        return decrypt(getattr(instance, self.column))

    def __set__(self, instance: object, value: str) -> None:
        setattr(instance, self.column, encrypt(value))
