from django.urls import path

from accounts.linking import api

urlpatterns = [
    path("links", api.Links.as_view(), name="api_links"),
    path("links/complete", api.LinkCompletion.as_view(), name="api_link_complete"),
    path("links/<slug:partner>", api.LinkDetail.as_view(), name="api_link"),
    path("links/<slug:partner>/consent", api.LinkConsent.as_view(), name="api_link_consent"),
    path("links/<slug:partner>/ticket", api.LinkTicket.as_view(), name="api_link_ticket"),
]
