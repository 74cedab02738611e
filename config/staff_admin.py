"""The admin site of the city's staff."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _


class StaffAdminSite(admin.AdminSite):
    site_header = _("Tanpuhui administration")
    site_title = _("Tanpuhui administration")
    index_title = _("City desk")

    login = method_decorator(secure_admin_login)(admin.AdminSite.login)
