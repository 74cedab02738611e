"""What a production machine is not started with, and what `check --deploy` says of it."""

import os

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import checks, env


def found(settings, **values):
    good = {
        "PRODUCTION": True,
        "SANDBOX": False,
        "DIGEST_KEY": "d" * 32,
        "ALLAUTH_TRUSTED_PROXY_COUNT": 1,
        "SMS_BACKEND": "accounts.sms.Backend",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
    }
    for name, value in (good | values).items():
        setattr(settings, name, value)
    return [one.id for check in (checks.check_production, checks.check_messages) for one in check(None)]


@pytest.mark.parametrize(
    ("values", "ids"),
    [
        ({}, []),
        ({"PRODUCTION": False}, ["tanpuhui.E002"]),
        ({"SANDBOX": True}, ["tanpuhui.E003"]),
        ({"DIGEST_KEY": "short"}, ["tanpuhui.E004"]),
        ({"ALLAUTH_TRUSTED_PROXY_COUNT": 0}, ["tanpuhui.W001"]),
        ({"SMS_BACKEND": "accounts.sms.FileBackend"}, ["tanpuhui.E005"]),
        ({"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}, ["tanpuhui.E005"]),
        ({"SMS_BACKEND": "city.sms.Backend"}, ["tanpuhui.E006"]),
    ],
)
def test_what_is_unsafe_is_said(settings, values, ids):
    assert found(settings, **values) == ids


@pytest.mark.parametrize("empty", ["", "  ", "\n"])
def test_what_is_required_is_not_empty(monkeypatch, tmp_path, empty):
    monkeypatch.setitem(os.environ, "DIGEST_KEY", empty)
    with pytest.raises(ImproperlyConfigured, match="DIGEST_KEY"):
        env.text("DIGEST_KEY")
    monkeypatch.delitem(os.environ, "DIGEST_KEY")
    (tmp_path / "key").write_text(empty)
    monkeypatch.setitem(os.environ, "DIGEST_KEY_FILE", str(tmp_path / "key"))
    with pytest.raises(ImproperlyConfigured, match="DIGEST_KEY"):
        env.text("DIGEST_KEY")


def test_keys_are_read_without_their_blanks(monkeypatch):
    monkeypatch.setitem(os.environ, "FIELD_KEYS", "new=, old= ,")
    assert env.words("FIELD_KEYS") == ["new=", "old="]
