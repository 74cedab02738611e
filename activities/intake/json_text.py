"""JSON as strangers write it: refused where it nests deeper than any row does, since that costs stack and memory."""

from typing import Any

import msgspec
import numpy as np

NESTING_MAX = 200
TOO_DEEP = f"it is nested deeper than {NESTING_MAX} levels"
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
        return msgspec.json.decode(text, type=type)
    except UnicodeDecodeError as error:
        raise msgspec.DecodeError(f"it is not UTF-8: {error}") from error


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
