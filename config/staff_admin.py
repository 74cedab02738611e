"""The admin site of the city's staff, and what its pages share."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import HttpRequest
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class StaffAdminSite(admin.AdminSite):
    site_header = _("Tanpuhui administration")
    site_title = _("Tanpuhui administration")
    index_title = _("City desk")

    login = method_decorator(secure_admin_login)(admin.AdminSite.login)


class ReadOnly(admin.ModelAdmin):
    """To look at; written by the stations only."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
