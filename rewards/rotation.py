"""Rotating codes of valuable vouchers: six digits that change every 30 seconds (RFC 6238 with SHA-256).

The secret is derived from the voucher's id and the city's key, so that nothing is stored and a picture of the
voucher is worthless a minute later.
"""

import hashlib
import hmac
import struct
from datetime import datetime
from uuid import UUID

from config import secrecy
from rewards.refusals import ClockSkew, RotatingCodeWrong

STEP_S = 30
DIGITS = 6
TOLERANCE = 1
"""Steps before and after the present one whose code is taken."""
SKEW = 20
"""Steps within which a code is recognised as one of a clock that is wrong."""


def secret(redemption_id: UUID) -> bytes:
    return secrecy.digest("voucher-rotation", str(redemption_id))


def code_at(redemption_id: UUID, moment: datetime) -> str:
    """The six digits of a voucher at a moment."""
    return _code(secret(redemption_id), int(moment.timestamp()) // STEP_S)


def require_fresh(redemption_id: UUID, typed: str, moment: datetime) -> None:
    """Raises ClockSkew for a code some minutes off, and RotatingCodeWrong for any other that is not of now."""
    key, now = secret(redemption_id), int(moment.timestamp()) // STEP_S
    for step in range(now - SKEW, now + SKEW + 1):
        if hmac.compare_digest(_code(key, step).encode(), typed.encode()):
            if abs(step - now) <= TOLERANCE:
                return
            raise ClockSkew
    raise RotatingCodeWrong


def _code(key: bytes, step: int) -> str:
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha256).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
