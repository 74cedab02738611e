from django.urls import path

from rewards import api

urlpatterns = [
    path("offers", api.OfferList.as_view(), name="api_offers"),
    path("offers/<uuid:offer_id>", api.OfferDetail.as_view(), name="api_offer"),
    path("redemptions", api.RedemptionList.as_view(), name="api_redemptions"),
    path("redemptions/<uuid:redemption_id>", api.RedemptionDetail.as_view(), name="api_redemption"),
    path("redemptions/<uuid:redemption_id>/cancel", api.RedemptionCancel.as_view(), name="api_redemption_cancel"),
]
