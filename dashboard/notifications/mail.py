"""Notices as one e-mail: plain text, a link to each page, and one-click unsubscription (RFC 8058)."""

from collections.abc import Iterator
from contextlib import contextmanager
from smtplib import SMTPConnectError, SMTPException, SMTPServerDisconnected
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from dashboard.notifications import kinds, wishes
from dashboard.notifications.letters import Letter, Send


@contextmanager
def opened() -> Iterator[Send]:
    """One connection for many. Raises OSError where the mail server cannot be reached."""
    with get_connection() as connection:
        yield lambda letters: ((letter, _send(letter, connection)) for letter in letters)


def _send(letter: Letter, connection: Any) -> bool:
    """Whether it went out; raises OSError where the server is gone, so that the rest is tried later."""
    if letter.citizen.user is None or not letter.citizen.user.email:
        return False
    with translation.override(letter.language):
        message = _message(letter, letter.citizen.user.email, connection)
    try:
        return bool(message.send())
    except (SMTPServerDisconnected, SMTPConnectError):
        raise
    except SMTPException:  # this one is refused, the next may not be
        return False


def _message(letter: Letter, address: str, connection: Any) -> EmailMessage:
    told = [kinds.words(notice.kind, notice.facts) for notice in letter.notices]
    subject = told[0].title if len(told) == 1 else _("%(count)s new notices") % {"count": len(told)}
    end_url = settings.SITE_URL + reverse("unsubscribe", args=[wishes.unsubscribe_token(letter.citizen.pk)])
    body = render_to_string("notifications/mail.txt", {"told": told, "site_url": settings.SITE_URL, "end_url": end_url})
    return EmailMessage(
        subject,
        body,
        to=[address],
        connection=connection,
        headers={
            "Message-ID": f"<{letter.notices[0].pk}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{end_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
