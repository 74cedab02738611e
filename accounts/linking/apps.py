from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LinkingConfig(AppConfig):
    name = "accounts.linking"
    label = "linking"
    verbose_name = _("Partner links")

    def ready(self) -> None:
        """allauth's own tables of partners stay empty, and out of the admin."""
        from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
        from django.contrib import admin

        admin.site.unregister([SocialAccount, SocialApp, SocialToken])
