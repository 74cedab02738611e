"""Notices as one e-mail: plain text, a link to each page, and one-click unsubscription (RFC 8058)."""

from smtplib import SMTPException
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Citizen
from dashboard.notifications import kinds, wishes
from dashboard.notifications.models import Notice


def send(citizen: Citizen, notices: list[Notice]) -> bool:
    """Whether it went out."""
    if citizen.user is None or not citizen.user.email:
        return False
    told = [kinds.words(notice.kind, notice.facts) for notice in notices]
    subject = told[0].title if len(told) == 1 else _("%(count)s new notices") % {"count": len(told)}
    end_url = settings.SITE_URL + reverse("unsubscribe", args=[wishes.unsubscribe_token(citizen.pk)])
    body = render_to_string("notifications/mail.txt", {"told": told, "site_url": settings.SITE_URL, "end_url": end_url})
    message = EmailMessage(
        subject,
        body,
        to=[citizen.user.email],
        headers={
            "Message-ID": f"<{notices[0].pk}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{end_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    try:
        return bool(message.send())
    except (SMTPException, OSError):
        return False
