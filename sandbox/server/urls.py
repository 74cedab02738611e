from django.urls import include, path

from sandbox.server import views

urlpatterns = [
    path("", views.connected, name="connected"),
    path("connected/<str:client_id>/withdraw/", views.withdraw, name="withdraw"),
    path("accounts/", include("allauth.account.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("allauth.idp.urls")),
]
