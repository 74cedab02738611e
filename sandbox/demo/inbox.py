"""Reads along what is sent to phones and by e-mail, so that whoever tries the demo sees the codes."""

import email
import json
import re
import threading
from collections.abc import Callable, Iterator
from email import policy
from pathlib import Path

from django.conf import settings

POLL_SECONDS = 0.5
CODE = re.compile(r"\b\d{6}\b")


class Inbox(threading.Thread):
    """Says every message that arrives after it was made, until it is stopped."""

    def __init__(self, say: Callable[[str], None]) -> None:
        super().__init__(daemon=True)
        self.say = say
        self.stopped = threading.Event()
        self.sms_path, self.mail_path = Path(settings.SMS_FILE), Path(settings.EMAIL_FILE_PATH)
        self.sms_read = self.sms_path.stat().st_size if self.sms_path.exists() else 0
        self.mail_read = {path: path.stat().st_size for path in self._mails()}

    def run(self) -> None:
        while not self.stopped.wait(POLL_SECONDS):
            for message in self.read():
                self.say(message)

    def stop(self) -> None:
        self.stopped.set()
        self.join()

    def read(self) -> Iterator[str]:
        """What arrived since the last look, in one line each."""
        yield from self._read_sms()
        for path in self._mails():
            size = path.stat().st_size
            if size > self.mail_read.get(path, 0):
                content = path.read_bytes()[self.mail_read.get(path, 0) : size]
                self.mail_read[path] = size
                yield _describe_mail(content)

    def _read_sms(self) -> Iterator[str]:
        if not self.sms_path.exists():
            return
        with self.sms_path.open("rb") as file:
            file.seek(self.sms_read)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self.sms_read += len(line)
                message = json.loads(line)
                yield f"SMS to {message['to']}: {message['text']}"

    def _mails(self) -> list[Path]:
        return sorted(self.mail_path.glob("*.log"))


def _describe_mail(content: bytes) -> str:
    message = email.message_from_bytes(content, policy=policy.default)
    body = message.get_body(("plain",))
    text = " ".join(body.get_content().split()) if body else ""
    code = CODE.search(text)
    return f"E-mail to {message['to']}: {code.group() if code else message['subject']}"
