"""Text messages: a backend is a class with `send(phone, text)`, named by the setting SMS_BACKEND."""

import json
from typing import Protocol

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from config import secrecy
from config.limits import DAY_S, Limit

DAILY = Limit("texts", 20, DAY_S)
"""Each costs money and disturbs somebody: a minute's limit alone would let thousands through in a day."""


class Backend(Protocol):
    def send(self, phone: str, text: str) -> None:
        """Hand one message over. `phone` is E.164; raises OSError where it cannot be handed over."""


class FileBackend:
    """Appends messages to the file SMS_FILE, one JSON object a line; for demo, development and tests."""

    def send(self, phone: str, text: str) -> None:
        settings.SMS_FILE.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps({"at": timezone.now().isoformat(), "to": phone, "text": text}, ensure_ascii=False)
        with settings.SMS_FILE.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def send(phone: str, text: str) -> None:
    """Send one text message through the configured backend; raises TooMany after DAILY to the same number."""
    DAILY.count(secrecy.digest("sms", phone).hex())
    backend: Backend = import_string(settings.SMS_BACKEND)()
    backend.send(phone, text)
