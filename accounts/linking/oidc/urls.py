"""Where partners send people back to. There is no address to start at but our own consent page."""

from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache

from accounts.linking.provider import PartnerOAuth2Adapter


@never_cache
@login_not_required
@transaction.non_atomic_requests  # the partner is asked for tokens meanwhile
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        return OAuth2CallbackView.adapter_view(PartnerOAuth2Adapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None


urlpatterns = [path("oidc/<slug:provider_id>/callback/", callback, name="openid_connect_callback")]
