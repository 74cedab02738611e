"""What allauth asks the partners: who a customer is to a client, and what a permission is called."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from sandbox.server.partners import BRANDS, number_of, username


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class OIDCAdapter(DefaultOIDCAdapter):
    """Each partner knows a person under an id of its own."""

    scope_display = {
        "openid": _("See your customer number"),
        "rides.read": _("Read your rides: times and distance"),
        "taps.read": _("Read your taps at metro gates and on buses"),
        "purchases.read": _("Read your purchases of low-carbon goods"),
        "steps.read": _("Read your daily number of steps"),
    }

    def get_user_sub(self, client: Client, user: User) -> str:
        return BRANDS[client.id].subject(number_of(user.username))

    def get_user_by_sub(self, client: Client, sub: str) -> User | None:
        try:
            name = username(BRANDS[client.id].number(sub))
        except ValueError:
            return None
        return User.objects.filter(username=name, is_active=True).first()

    def populate_server_metadata(self, data: dict[str, Any]) -> None:
        data["scopes_supported"] = ["openid", *(brand.scope for brand in BRANDS.values())]
