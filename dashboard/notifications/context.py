"""The number of unread notices beside the bell; asked for only where a page shows it."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from dashboard.notifications import inbox


def unread(request: HttpRequest) -> dict[str, Any]:
    def count() -> int:
        citizen = getattr(request.user, "citizen", None) if request.user.is_authenticated else None
        return inbox.unread(citizen.pk) if citizen else 0

    return {"unread_notices": SimpleLazyObject(count)}
