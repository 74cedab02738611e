"""Signed vouchers: a merchant's page verifies them without asking anybody.

A token is `kid.claim.signature`, each part base64url without padding. The claim is 54 bytes: version (1), flags
(1: bit 0 says that the code rotates), redemption, merchant and offer (16 each), the end in Unix seconds (4).
The signature is Ed25519 over `kid.claim`. A signature proves that the city issued the voucher, not that it is unused.
"""

import base64
import binascii
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import IntegrityError, transaction
from django.utils import timezone

from rewards.models import Redemption, SigningKey
from rewards.refusals import VoucherForged

VERSION = 1
_CLAIM = struct.Struct(">BB16s16s16sI")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a signed voucher says."""

    redemption: UUID
    merchant: UUID
    offer: UUID
    expires_at: datetime
    rotating: bool


def sign(redemption: Redemption) -> str:
    """The token of a voucher, the same as long as the key and the voucher are."""
    key = current()
    ids = (redemption.id.bytes, redemption.merchant_id.bytes, redemption.offer_id.bytes)
    claim = _CLAIM.pack(VERSION, int(redemption.offer.rotating), *ids, int(redemption.expires_at.timestamp()))
    signed = f"{key.kid}.{_text(claim)}"
    private = Ed25519PrivateKey.from_private_bytes(_bytes(key.private_key))
    return f"{signed}.{_text(private.sign(signed.encode()))}"


def verify(token: str) -> Claim:
    """What a genuine token says. Raises VoucherForged."""
    try:
        kid, claim, signature = token.split(".")
        key = SigningKey.objects.get(kid=kid[:8])
        public = Ed25519PublicKey.from_public_bytes(_bytes(key.public_key))
        public.verify(_bytes(signature), f"{kid}.{claim}".encode())
        version, flags, redemption, merchant, offer, until = _CLAIM.unpack(_bytes(claim))
    except (ValueError, binascii.Error, struct.error, InvalidSignature, SigningKey.DoesNotExist) as error:
        raise VoucherForged from error
    if version != VERSION:
        raise VoucherForged
    expires_at = datetime.fromtimestamp(until, UTC)
    return Claim(UUID(bytes=redemption), UUID(bytes=merchant), UUID(bytes=offer), expires_at, bool(flags & 1))


def current() -> SigningKey:
    """The key that signs now; the first one is made when it is needed."""
    key = SigningKey.objects.filter(retired_at=None).first()
    if key is None:
        try:
            with transaction.atomic():
                return _make()
        except IntegrityError:  # made by somebody else at the same moment
            return SigningKey.objects.get(retired_at=None)
    return key


@transaction.atomic
def rotate() -> SigningKey:
    """Retire the key that signs and make another. Vouchers signed before stay genuine."""
    SigningKey.objects.filter(retired_at=None).update(retired_at=timezone.now())
    return _make()


def public_keys() -> dict[str, list[dict[str, Any]]]:
    """All public keys as a JSON Web Key Set (RFC 7517, RFC 8037)."""
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": key.kid, "x": key.public_key}
            for key in SigningKey.objects.all()
        ]
    }


def _make() -> SigningKey:
    private = Ed25519PrivateKey.generate()
    key = SigningKey(kid=secrets.token_urlsafe(6), public_key=_text(private.public_key().public_bytes_raw()))
    key.private_key = _text(private.private_bytes_raw())
    key.save(force_insert=True)
    return key


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    content = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if _text(content) != text:  # unused bits would make two tokens of one voucher
        raise ValueError
    return content
