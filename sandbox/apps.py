from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def load_catalogue(sender: AppConfig, using: str, plan: Any = None, **kwargs: Any) -> None:
    """The demo city is there straight after `migrate`."""
    from sandbox import loading

    loading.load()


class SandboxConfig(AppConfig):
    name = "sandbox"
    verbose_name = _("Sandbox")

    def ready(self) -> None:
        post_migrate.connect(load_catalogue, sender=self)
