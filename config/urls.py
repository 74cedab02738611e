"""Every address of the platform. Apps are named by string: config imports none of them."""

from typing import Any

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView

from config import display, problems


class Icon(RedirectView):
    """Browsers ask for it by this name on pages that name none, such as the desk's."""

    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return static("logo.svg")


urlpatterns = [
    path("favicon.ico", Icon.as_view()),
    path("", include("dashboard.urls")),
    path("links/", include("accounts.linking.urls")),
    path("", include("rewards.urls")),
    path("accounts/", include("accounts.urls")),
    path("admin/", admin.site.urls),
    path("_allauth/", include("allauth.headless.urls")),
    path("display/", display.page, name="display"),
    path("problems/", problems.page, name="problems"),
    path("problems/<slug:code>", problems.page, name="problem"),
    path("hooks/", include("activities.urls")),
    path(
        "api/v1/",
        include(
            [
                path("", include("accounts.api_urls")),
                path("", include("accounts.linking.api_urls")),
                path("", include("dashboard.api_urls")),
                path("", include("rewards.api_urls")),
                path("openapi.json", SpectacularAPIView.as_view(), name="openapi"),
            ]
        ),
    ),
]

handler400 = "config.problems.bad_request"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
