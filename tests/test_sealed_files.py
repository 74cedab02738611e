"""Files at rest: nothing is readable in storage, and what was cut, moved or changed is not opened."""

import io

import pytest
from cryptography.fernet import InvalidToken

from config import secrecy


def sealed(content: bytes) -> bytes:
    target = io.BytesIO()
    secrecy.seal(io.BytesIO(content), target)
    return target.getvalue()


def opened(content: bytes) -> bytes:
    target = io.BytesIO()
    secrecy.unseal(io.BytesIO(content), target)
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, 64, 65, 200])
def test_what_is_sealed_is_opened_again(monkeypatch, size):
    monkeypatch.setattr(secrecy, "SEALED_BLOCK_BYTES", 64)
    content = bytes(range(256))[:size]
    assert opened(sealed(content)) == content
    assert size < 8 or content[:8] not in sealed(content)


def test_what_was_cut_moved_or_changed_is_refused(monkeypatch):
    monkeypatch.setattr(secrecy, "SEALED_BLOCK_BYTES", 64)
    lines = sealed(b"x" * 150).splitlines(keepends=True)
    for wrong in (lines[:-1], [lines[1], lines[0], *lines[2:]], lines[1:], [*lines, lines[0]], []):
        with pytest.raises(ValueError, match="missing|order"):
            opened(b"".join(wrong))
    with pytest.raises(InvalidToken):
        opened(b"A" + lines[0][1:])
