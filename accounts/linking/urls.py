from django.urls import include, path

from accounts.linking import views

urlpatterns = [
    path("receipts/<uuid:consent_id>.json", views.receipt, name="consent_receipt"),
    path("", include("accounts.linking.oidc.urls")),
    path("app/<str:ticket>/", views.from_app, name="link_from_app"),
    path("<slug:code>/", views.consent, name="link_consent"),
]
