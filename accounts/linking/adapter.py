"""The hooks that turn allauth.socialaccount into linking only, and leave its tables empty.

Partners are kept in our own table; allauth gets them as unsaved objects. Its last hook before it would store
or sign in anything, `pre_social_login`, hands over to our callback and always ends the request.
"""

from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from allauth.socialaccount.providers.base import Provider
from django.http import HttpRequest

from accounts.linking import callback
from accounts.linking.provider import PROVIDER, build_app
from accounts.models import Partner, User


class PartnerAdapter(DefaultSocialAccountAdapter):
    def list_apps(
        self, request: HttpRequest | None, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        partners = Partner.objects.filter(active=True).exclude(issuer_url="")
        if provider and provider != PROVIDER:
            partners = partners.filter(code=provider)
        if client_id:
            partners = partners.filter(client_id=client_id)
        return [build_app(partner) for partner in partners]

    def list_providers(self, request: HttpRequest) -> list[Provider]:
        """None: a partner is no way to sign in, so no page or API offers one."""
        return []

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        """Nothing of the partner's profile is taken over."""
        user: User = sociallogin.user
        return user

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> NoReturn:
        raise ImmediateHttpResponse(callback.finish(request, sociallogin))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Provider,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> NoReturn:
        state = (extra_context or {}).get("state")
        raise ImmediateHttpResponse(callback.fail(provider.app.provider_id, error, exception, state))
