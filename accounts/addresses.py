"""Where a person is reached: phone numbers and e-mail addresses, as typed, as kept and as shown."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_E164 = re.compile(r"\+[1-9]\d{5,14}")


def clean_phone(text: str) -> str:
    """`138 0013 8000`, full width or not, or a number with its country code, as E.164; other text as it is."""
    plain = re.sub(r"[\s().\-]", "", unicodedata.normalize("NFKC", text))
    if chinese := _CHINESE_MOBILE.fullmatch(plain):
        return "+86" + chinese[1]
    return plain if _E164.fullmatch(plain) else text


def is_phone(text: str) -> bool:
    return _E164.fullmatch(clean_phone(text)) is not None


def is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return True


def clean(text: str) -> str:
    """A typed phone number or e-mail address as it is kept; other text comes back stripped."""
    text = unicodedata.normalize("NFKC", text).strip()
    return text.lower() if "@" in text else clean_phone(text)


def mask_phone(phone: str) -> str:
    """`+86 138****8000`: enough to recognise one's own."""
    country, number = (phone[:3], phone[3:]) if phone.startswith("+86") else ("", phone)
    return f"{country} {number[:3]}****{number[-4:]}".strip() if phone else ""


def mask_email(email: str) -> str:
    """`a***@example.org`: enough to recognise one's own."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}***{at}{domain}" if email else ""
