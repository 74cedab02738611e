"""The partners' signing key, made at first use, and their quick password hashes."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.hashers import PBKDF2PasswordHasher


def private_key(path: Path) -> str:
    """The RSA key of the file in PEM; the file is written if there is none."""
    if not path.exists():
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(pem)
    return path.read_text()


class QuickHasher(PBKDF2PasswordHasher):
    """Known demo passwords need no slow hash, and each token call checks the client's secret."""

    iterations = 1000
