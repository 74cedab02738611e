"""Rotating codes of valuable vouchers: six digits that change every 30 seconds (RFC 6238 with SHA-256).

The secret is derived from the voucher's id and the city's key, so that it is stored nowhere and a picture of the
voucher is worthless a minute later.
"""

import hashlib
import hmac
import struct
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from config import secrecy
from rewards.models import Tries
from rewards.refusals import ClockSkew, RotatingCodeWrong, TriesSpent

STEP_S = 30
DIGITS = 6
TOLERANCE = 1
"""Steps before and after the present one whose code is taken."""
SKEW = 20
"""Steps back within which a code is recognised as an old one. A step ahead is just wrong: it would be waited for."""
TRIES = 5
TRIES_WINDOW = timedelta(minutes=10)
"""So often the digits of one voucher may be tried in this time."""


def secret(redemption_id: UUID) -> bytes:
    return secrecy.digest("voucher-rotation", str(redemption_id))


def code_at(redemption_id: UUID, moment: datetime) -> str:
    """The six digits of a voucher at a moment."""
    return _code(secret(redemption_id), int(moment.timestamp()) // STEP_S)


def require_fresh(redemption_id: UUID, typed: str, moment: datetime) -> None:
    """Raises ClockSkew for a code some minutes old, and RotatingCodeWrong for any other that is not of now."""
    key, now = secret(redemption_id), int(moment.timestamp()) // STEP_S
    for step in range(now - SKEW, now + TOLERANCE + 1):
        if hmac.compare_digest(_code(key, step).encode(), typed.encode()):
            if step >= now - TOLERANCE:
                return
            raise ClockSkew
    raise RotatingCodeWrong


@transaction.atomic
def count_try(redemption_id: UUID, moment: datetime) -> None:
    """One more try at the digits; others wait until this one's transaction is over. Raises TriesSpent."""
    begun = {"since": moment, "count": 0}
    tries, _new = Tries.objects.select_for_update().get_or_create(redemption_id=redemption_id, defaults=begun)
    if tries.since <= moment - TRIES_WINDOW:
        tries.since, tries.count = moment, 0
    if tries.count >= TRIES:
        raise TriesSpent
    tries.count += 1
    tries.save(update_fields=["since", "count"])


def _code(key: bytes, step: int) -> str:
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha256).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}d}"
