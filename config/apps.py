from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ConfigConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        from config import checks, labels  # noqa: F401  registers the system checks

        labels.translate()


class StaffAdminConfig(AdminConfig):
    """The city's admin: allauth signs staff in, so that a second factor counts there too."""

    default_site = "config.staff_admin.StaffAdminSite"
