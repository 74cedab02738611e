from django.urls import path, re_path

from dashboard import city_views, level_views, link_views, objections, pwa, views
from dashboard.community import urls as community
from dashboard.notifications import urls as notifications

urlpatterns = [
    path("", views.welcome, name="welcome"),
    path("city/", city_views.page, name="city"),
    re_path(r"^city/figures\.(?P<kind>csv|json)$", city_views.download, name="city_download"),
    path("home/", views.home, name="home"),
    path("history/", views.history, name="history"),
    re_path(r"^history/entries\.(?P<kind>csv|json)$", views.export, name="export"),
    path("activities/<uuid:activity_id>/", views.activity, name="activity"),
    *community.urlpatterns,
    path("links/", link_views.overview, name="links"),
    path("links/<slug:code>/arrival/", link_views.arrival, name="link_arrival"),
    *notifications.urlpatterns,
    path("activities/<uuid:activity_id>/appeal/", objections.appeal, name="activity_appeal"),
    path("activities/<uuid:activity_id>/answer/", objections.answer, name="activity_answer"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("offline/", pwa.offline, name="offline"),
    path("achievements/", level_views.achievements, name="achievements"),
    path("me/", views.me, name="me"),
    path("me/goal/", views.goal, name="goal"),
]
