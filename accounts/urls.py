"""allauth's pages, without those for signing in with a partner: partners are linked, never a way in."""

from django.urls import include, path

from accounts import views

urlpatterns = [
    path("signup/", views.sign_up, name="account_signup"),
    path("login/password/", views.sign_in_with_password, name="account_login_password"),
    path("", include("allauth.account.urls")),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
