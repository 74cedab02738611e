from django.urls import path

from dashboard.notifications import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/read/", views.read, name="notices_read"),
    path("notices/<uuid:notice_id>/", views.follow, name="notice"),
    path("notices/settings/", views.settle, name="notice_settings"),
    path("notices/push/", views.push_subscription, name="push_subscription"),
    path("notices/end/<str:token>/", views.unsubscribe, name="unsubscribe"),
]
