from django.urls import path

from rewards import views
from rewards.console import books, offers, people, till

urlpatterns = [
    path("rewards/", views.list_offers, name="offers"),
    path("rewards/<uuid:offer_id>/", views.show_offer, name="offer"),
    path("rewards/<uuid:offer_id>/draw/", views.show_draw, name="draw"),
    path("plantings/<uuid:planting_id>/photo", views.show_planting, name="planting_photo"),
    path("handovers/<uuid:handover_id>/photo", views.show_handover, name="handover_photo"),
    path("vouchers/", views.list_vouchers, name="vouchers"),
    path("vouchers/<uuid:redemption_id>/", views.show_voucher, name="voucher"),
    path("vouchers/<uuid:redemption_id>/live/", views.show_live, name="voucher_live"),
    path("voucher-keys.json", views.list_keys, name="voucher_keys"),
    path("vouchers/<uuid:redemption_id>/cancel/", views.cancel_voucher, name="voucher_cancel"),
    path("merchant/", till.show_desk, name="merchant"),
    path("merchant/offline/", till.show_kept, name="merchant_offline"),
    path("merchant/worker.js", till.serve_worker, name="merchant_worker"),
    path("merchant/choose/", till.choose_merchant, name="merchant_choose"),
    path("merchant/look-up/", till.look_up, name="merchant_look_up"),
    path("merchant/v/<str:code>/", till.show_voucher, name="merchant_voucher"),
    path("merchant/v/<str:code>/confirm/", till.confirm_voucher, name="merchant_confirm"),
    path("merchant/done/<uuid:redemption_id>/", till.show_done, name="merchant_done"),
    path("merchant/refund/<uuid:redemption_id>/", till.refund_voucher, name="merchant_refund"),
    path("merchant/scans/", till.take_scans, name="merchant_scans"),
    path("merchant/offers/", offers.show_offers, name="merchant_offers"),
    path("merchant/offers/propose/", offers.propose, name="merchant_propose"),
    path("merchant/offers/<uuid:offer_id>/", offers.revise, name="merchant_revise"),
    path("merchant/offers/<uuid:offer_id>/withdraw/", offers.withdraw, name="merchant_withdraw"),
    path("merchant/people/", people.show_people, name="people"),
    path("merchant/people/add/", people.let_in, name="people_add"),
    path("merchant/people/<int:member_id>/remove/", people.let_out, name="people_remove"),
    path("merchant/statement/", books.show_statement, name="statement"),
    path("merchant/settlements/<uuid:batch_id>/", books.show_batch, name="settlement"),
    path("merchant/settlements/<uuid:batch_id>/<int:line_id>/dispute/", books.question_line, name="settlement_dispute"),
    path("merchant/statement.csv", books.download_statement, name="statement_csv"),
]
