"""Voucher codes: making them, reading what people type, and showing them as QR codes. No database here."""

import io
import secrets
import unicodedata

import segno

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so that a code survives being read aloud or typed."""

LENGTH = 12
TAIL = 4

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\t": None})


def make_code() -> str:
    """A new code of 60 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def normalise(typed: str) -> str:
    """The code in what somebody typed or a camera read, or "" where there is none.

    Takes small and full-width letters, blanks, hyphens, O for 0, I and L for 1, and the whole address of a QR code.
    """
    address = unicodedata.normalize("NFKC", typed).partition("#")[0]
    last_part = address.strip().rstrip("/").rpartition("/")[2]
    code = last_part.upper().translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def fragment(typed: str) -> tuple[str, str]:
    """The signed token and the rotating digits behind the `#` of a QR code; "" for what is not there."""
    parts = typed.partition("#")[2].split(".")
    return ".".join(parts[:3]) if len(parts) >= 3 else "", parts[3] if len(parts) == 4 else ""


def group(code: str) -> str:
    """A code in groups of four, as it is shown: `7K2M 9QXD 40TB`."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def tail(code: str) -> str:
    """The end of a code, by which a used voucher is told from others without showing it."""
    return code[-TAIL:]


def qr_svg(content: str) -> bytes:
    """An SVG document with the content as a QR code, dark on light whatever is behind it."""
    buffer = io.BytesIO()
    segno.make_qr(content, error="l").save(
        buffer, kind="svg", scale=8, border=4, dark="#000", light="#fff", omitsize=True, xmldecl=False
    )
    return buffer.getvalue()
