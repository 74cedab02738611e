"""allauth's OpenID Connect, tightened: linking only, cached discovery, no copy of the person's data."""

from typing import Any

from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import HttpRequest
from django.urls import reverse

from accounts.linking import revocations
from accounts.linking.partner_http import Client, PartnerUnavailable
from accounts.models import Partner

PROVIDER = "openid_connect"


def build_app(partner: Partner) -> SocialApp:
    """The partner in allauth's terms; never saved, so that no secret lies in allauth's tables."""
    scope = partner.scope.split()
    return SocialApp(
        provider=PROVIDER,
        provider_id=partner.code,
        name=str(partner),
        client_id=partner.client_id,
        secret=partner.client_secret,
        settings={
            "server_url": partner.issuer_url,
            "scope": scope if "openid" in scope else ["openid", *scope],
            "oauth_pkce_enabled": True,
            "token_auth_method": "client_secret_basic",
            "fetch_userinfo": False,
        },
    )


class PartnerOAuth2Adapter(OpenIDConnectOAuth2Adapter):
    @property
    def openid_config(self) -> dict[str, Any]:
        app = self.get_provider().app
        try:
            return Client(app.settings["server_url"], app.client_id, app.secret).discover()
        except PartnerUnavailable as problem:
            raise OAuth2Error(str(problem.detail)) from problem

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        response = kwargs["response"]
        try:
            if not response.get("id_token"):
                raise OAuth2Error("The partner sent no id_token.")
            login = super().complete_login(request, app, token, **kwargs)
        except OAuth2Error:
            partner = Partner.objects.get(code=app.provider_id)
            revocations.queue(partner, "unreadable answer", refresh=token.token_secret, access=token.token)
            raise
        wanted = set(self.get_provider().get_scope())
        granted = set(response["scope"].split()) if response.get("scope") else wanted  # RFC 6749 5.1: absent = all
        login.missing_scope = wanted - granted
        return login


class PartnerProvider(OpenIDConnectProvider):
    oauth2_adapter_class = PartnerOAuth2Adapter
    pkce_enabled_default = True
    supports_token_authentication = False
    package = "accounts.linking.oidc"  # where allauth looks for urls.py: it has the callback only

    def serialize(self) -> dict[str, str]:
        """By partner: two partners may have given us the same client id."""
        return {"id": self.sub_id, "app.client_id": self.app.client_id}

    def get_login_url(self, request: HttpRequest, **kwargs: Any) -> str:
        return reverse("link_consent", args=[self.app.provider_id])

    def extract_email_addresses(self, data: dict[str, Any]) -> list[Any]:
        return []

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}

    def extract_extra_data(self, data: dict[str, Any]) -> dict[str, Any]:
        return {}
