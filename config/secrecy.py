"""Secrets at rest: reversible encryption for tokens, keyed digests for identifiers.

Keys come from the settings: FIELD_KEYS (Fernet keys, newest first, so that keys can be rotated) and
DIGEST_KEY, which must never change: a partner's subject is found again by its digest only.
"""

import hashlib
import hmac
from functools import lru_cache
from typing import IO

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

SEALED_BLOCK_BYTES = 1024 * 1024


@lru_cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypt_bytes(content: bytes) -> bytes:
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(content)


def decrypt_bytes(content: bytes) -> bytes:
    return _cipher(tuple(settings.FIELD_KEYS)).decrypt(content)


def seal(clear: IO[bytes], sealed: IO[bytes]) -> None:
    """Encrypt a file of any size, block by block, each of them a line that carries its number."""
    number = 0
    while block := clear.read(SEALED_BLOCK_BYTES):
        sealed.write(encrypt_bytes(number.to_bytes(8, "big") + block) + b"\n")
        number += 1
    sealed.write(encrypt_bytes(number.to_bytes(8, "big")) + b"\n")


def unseal(sealed: IO[bytes], clear: IO[bytes]) -> None:
    """Undo `seal`; raises ValueError where a block is missing or moved, InvalidToken where one was changed."""
    ended = False
    for number, line in enumerate(sealed):
        content = decrypt_bytes(line.rstrip(b"\n"))
        if ended or content[:8] != number.to_bytes(8, "big"):
            raise ValueError("blocks are out of order")
        ended = len(content) == 8
        clear.write(content[8:])
    if not ended:
        raise ValueError("the end is missing")


def encrypt(text: str) -> str:
    return encrypt_bytes(text.encode()).decode() if text else ""


def decrypt(text: str) -> str:
    return decrypt_bytes(text.encode()).decode() if text else ""


def digest(*parts: str) -> bytes:
    """A keyed 16-byte digest of an identifier, the same for the same parts."""
    message = "\x1f".join(parts).encode()
    return hmac.digest(settings.DIGEST_KEY.encode(), message, hashlib.sha256)[:16]


def renew(text: str) -> str:
    """The same content under the newest key; text that is under it already comes back as it is. Raises InvalidToken."""
    if not text:
        return text
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(text.encode())
    except InvalidToken:
        return _cipher(tuple(settings.FIELD_KEYS)).rotate(text.encode()).decode()
    return text


class Encrypted:
    """A model property that reads and writes the encrypted text column of the given name."""

    def __init__(self, column: str) -> None:
        self.column = column

    def __get__(self, instance: object, owner: type | None = None) -> str:
        return decrypt(getattr(instance, self.column))

    def __set__(self, instance: object, value: str) -> None:
        setattr(instance, self.column, encrypt(value))
