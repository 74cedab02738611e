import json
import re

import pytest
from django.db.models import QuerySet

from accounts.models import User

PHONE = "+8613800138000"


@pytest.fixture
def texts(settings):
    """The text messages sent so far: pairs of number and text."""

    def read() -> list[tuple[str, str]]:
        if not settings.SMS_FILE.exists():
            return []
        lines = [json.loads(line) for line in settings.SMS_FILE.read_text().splitlines()]
        return [(line["to"], line["text"]) for line in lines]

    return read


@pytest.fixture
def code_by_phone(texts):
    """The newest code sent to a number."""

    def newest(phone: str = PHONE) -> str:
        return next(re.search(r"\d{6}", text)[0] for to, text in reversed(texts()) if to == phone)

    return newest


@pytest.fixture
def code_by_mail(mailoutbox):
    def newest() -> str:
        return re.search(r"^\d{6}$", mailoutbox[-1].body, re.MULTILINE)[0]

    return newest


def people() -> QuerySet[User]:
    """All users but those in whose names the catalogue's methodologies were written and approved."""
    return User.objects.exclude(username__startswith="catalogue-")
