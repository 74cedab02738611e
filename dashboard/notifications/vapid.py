"""Key pairs for web push (RFC 8292), as browsers and the environment write them."""

import base64
from typing import NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Pair(NamedTuple):
    private: str
    public: str


def new_pair() -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_numbers().private_value.to_bytes(32, "big")
    return Pair(_text(private), _text(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)))


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
