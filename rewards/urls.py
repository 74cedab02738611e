from django.urls import path

from rewards import console, views

urlpatterns = [
    path("rewards/", views.list_offers, name="offers"),
    path("rewards/<uuid:offer_id>/", views.show_offer, name="offer"),
    path("vouchers/", views.list_vouchers, name="vouchers"),
    path("vouchers/<uuid:redemption_id>/", views.show_voucher, name="voucher"),
    path("vouchers/<uuid:redemption_id>/qr.svg", views.draw_voucher, name="voucher_qr"),
    path("vouchers/<uuid:redemption_id>/cancel/", views.cancel_voucher, name="voucher_cancel"),
    path("merchant/", console.show_desk, name="merchant"),
    path("merchant/choose/", console.choose_merchant, name="merchant_choose"),
    path("merchant/look-up/", console.look_up, name="merchant_look_up"),
    path("merchant/v/<str:code>/", console.show_voucher, name="merchant_voucher"),
    path("merchant/v/<str:code>/confirm/", console.confirm_voucher, name="merchant_confirm"),
    path("merchant/done/<uuid:redemption_id>/", console.show_done, name="merchant_done"),
    path("merchant/statement/", console.show_statement, name="statement"),
    path("merchant/statement.csv", console.download_statement, name="statement_csv"),
]
