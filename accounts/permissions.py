"""Who may call the API."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class IsCitizen(BasePermission):
    """A signed-in user. Whether there is a carbon account is said by `citizens.of`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return bool(request.user and request.user.is_authenticated)
