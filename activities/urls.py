from django.urls import path

from activities.intake import receipts, webhook

urlpatterns = [
    path("<slug:feed_code>/", webhook.receive, name="webhook"),
    path("<slug:feed_code>/deliveries/<uuid:delivery_id>", receipts.Receipt.as_view(), name="receipt"),
]
