"""JSON as strangers write it: refused where it nests deeper than any row does, since that costs stack and memory.

Numbers with a point or an exponent are kept exactly, as documents that are read as a stream have them. Half of a
character (a surrogate alone) is U+FFFD.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
import numpy as np

NESTING_MAX = 200
TOO_DEEP = f"it is nested deeper than {NESTING_MAX} levels"
DIGITS_MAX = 1024
TOO_LONG = f"a number has more than {DIGITS_MAX} digits"
ESCAPES = re.compile(rb"\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w|(\\u[dD][89a-fA-F]\w\w)|\\.", re.DOTALL)
"""Whole characters of two halves, halves alone, and all others."""
BEFORE_NUMBER = b",:[ \t\r\n-+.eE"
HALF, CHARACTER_BYTES = re.compile(rb"\\u[dD][89a-fA-F]\w\w"), 12
WHOLE = re.compile(
    rb"(?:[^\\]+|\\[^u]|\\u(?![dD][89abAB])\w{4}|\\u[dD][89abAB]\w\w(?:\\u[dD][c-fC-F]\w\w|(?!\Z|\\\Z|\\u\w{0,3}\Z)))*+",
    re.DOTALL,
)
"""All but what the next piece may complete."""
_QUOTE = ord('"')
_OTHERS = bytes(set(range(256)) - set(b'[]{}"'))
_STEPS = np.zeros(256, np.int64)
_STEPS[list(b"[{")], _STEPS[list(b"]}")] = 1, -1


def decode(text: str | bytes, type: Any = Any) -> Any:
    """Raises msgspec.DecodeError, also for what is no UTF-8 or too deep."""
    if _count_openings(text) > NESTING_MAX:
        body = text if isinstance(text, bytes) else text.encode()
        if Depth().add(body) > NESTING_MAX:
            raise msgspec.DecodeError(TOO_DEEP)
    try:
        return _decode(text, type)
    except msgspec.DecodeError:
        body = text if isinstance(text, bytes) else text.encode(errors="replace")
        if HALF.search(body) is None:
            raise
        return _decode(replace_halves(body), type)


def _decode(text: str | bytes, type: Any) -> Any:
    try:
        return _ANY.decode(text) if type is Any else msgspec.json.decode(text, type=type)
    except UnicodeError as error:
        raise msgspec.DecodeError(f"it is not UTF-8: {error}") from error


def _read_number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise msgspec.DecodeError(f"the number {text[:40]} cannot be held") from None


_ANY = msgspec.json.Decoder(float_hook=_read_number)


def replace_halves(text: bytes) -> bytes:
    return ESCAPES.sub(lambda found: rb"\ufffd" if found[1] else found[0], text)


class Halves:
    """Halves of characters replaced piece by piece; what may be one is held until the next piece."""

    def __init__(self) -> None:
        self.rest = b""

    def replace(self, piece: bytes) -> bytes:
        """An empty piece is the end."""
        text = self.rest + piece
        end = len(text)
        if piece and b"\\" in text[-CHARACTER_BYTES:]:
            whole = WHOLE.match(text)
            end = whole.end() if whole and end - whole.end() < CHARACTER_BYTES else end
        text, self.rest = text[:end], text[end:]
        return replace_halves(text) if HALF.search(text) else text


def has_long_number(piece: bytes, quoted: bool = False) -> bool:
    """Whether a number has so many digits that reading it costs more than any is worth; `quoted` where a text goes on.

    Two pieces that have none have none of 4,300 digits between them, of which Python makes no number.
    """
    for at in range(0, len(piece) - DIGITS_MAX + 1, DIGITS_MAX):
        if piece[at : at + DIGITS_MAX].isdigit():
            before = piece[:at].rstrip(b"0123456789")[-1:]
            if before in BEFORE_NUMBER if before else not quoted:
                return True
    return False


def _count_openings(text: str | bytes) -> int:
    return text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")


class Depth:
    """How deep a JSON document nests, read piece by piece; brackets in texts do not count."""

    def __init__(self) -> None:
        self.depth, self.quoted, self.escaping = 0, 0, b""

    def add(self, piece: bytes) -> int:
        """How deep the piece nests at most."""
        text = self.escaping + piece
        if b"\\" in text:
            text = text.replace(b"\\\\", b"").replace(b'\\"', b"")
        self.escaping = text[-1:] if text.endswith(b"\\") else b""
        marks = np.frombuffer(text.translate(None, _OTHERS), np.uint8)
        if not len(marks):
            return self.depth
        quoted = (self.quoted + np.cumsum(marks == _QUOTE)) % 2
        depths = self.depth + np.cumsum(np.where(quoted, 0, _STEPS[marks]))
        self.depth, self.quoted = int(depths[-1]), int(quoted[-1])
        return int(depths.max())
