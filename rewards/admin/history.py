"""What happened to a row, line by line; nothing of it can be changed."""

from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import User


class History(admin.TabularInline):
    """Steps, to look at."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def user_of(request: HttpRequest) -> User:
    """Who is at the desk; the admin lets nobody else in."""
    return cast(User, request.user)
