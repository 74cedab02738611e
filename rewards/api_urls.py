from django.db.transaction import non_atomic_requests
from django.urls import path

from rewards import api

urlpatterns = [
    path("offers", api.OfferList.as_view(), name="api_offers"),
    path("offers/<uuid:offer_id>", api.OfferDetail.as_view(), name="api_offer"),
    path("offers/<uuid:offer_id>/draw", api.OfferDraw.as_view(), name="api_draw"),
    path("plantings/<uuid:planting_id>/photo", api.PlantingPhoto.as_view(), name="api_planting_photo"),
    path("handovers/<uuid:handover_id>/photo", api.HandoverPhoto.as_view(), name="api_handover_photo"),
    path("redemptions", api.RedemptionList.as_view(), name="api_redemptions"),
    # commits inside the database's own function, so that a hot offer's row is not locked for a whole request
    path(
        "redemptions/<uuid:redemption_id>",
        non_atomic_requests(api.RedemptionDetail.as_view()),
        name="api_redemption",
    ),
    path("redemptions/<uuid:redemption_id>/voucher", api.RedemptionVoucher.as_view(), name="api_redemption_voucher"),
    path("redemptions/<uuid:redemption_id>/cancel", api.RedemptionCancel.as_view(), name="api_redemption_cancel"),
]
