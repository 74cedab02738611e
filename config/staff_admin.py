"""The admin site of the city's staff, and what its pages share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that needs somebody at the desk; `url` is where it is seen to."""

    text: str
    url: str
    urgent: bool = False


Notices = Callable[[HttpRequest], Iterable[Notice]]
_notices: list[Notices] = []


def on_the_desk(notices: Notices) -> Notices:
    """Apps register what the desk's first page tells whoever opens it."""
    _notices.append(notices)
    return notices


class StaffAdminSite(admin.AdminSite):
    site_header = _("Tanpuhui administration")
    site_title = _("Tanpuhui administration")
    index_title = _("City desk")
    index_template = "admin/desk.html"

    login = method_decorator(secure_admin_login)(admin.AdminSite.login)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        told = [notice for tell in _notices for notice in tell(request)]
        return super().index(request, {**(extra_context or {}), "notices": told})


class ReadOnly(admin.ModelAdmin):
    """To look at; written by the stations only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
