"""allauth's pages, without those for signing in with a partner: partners are linked, never a way in."""

from django.urls import include, path
from django.views.generic import RedirectView

from accounts import privacy_views, views

urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("opening/", views.opening, name="account_opening"),
    path("login/code/", RedirectView.as_view(pattern_name="account_login"), name="account_request_login_code"),
    path("signup/", views.sign_up, name="account_signup"),
    path("login/password/", views.sign_in_with_password, name="account_login_password"),
    path("privacy/", privacy_views.page, name="privacy"),
    path("privacy/copy/", privacy_views.ask_for_copy, name="privacy_copy"),
    path("privacy/copy/<uuid:export_id>.zip", privacy_views.download, name="privacy_download"),
    path("privacy/delete/", privacy_views.leave, name="privacy_leave"),
    path("privacy/keep/", privacy_views.stay, name="privacy_stay"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
