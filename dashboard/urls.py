from django.urls import path, re_path

from dashboard import health, pwa
from dashboard.achievements import views as level_views
from dashboard.city import views as city_views
from dashboard.community import urls as community
from dashboard.entry import views as entry_views
from dashboard.history import views as history_views
from dashboard.home import views as home_views
from dashboard.links import views as link_views
from dashboard.me import views as me_views
from dashboard.notifications import urls as notifications

urlpatterns = [
    path("", home_views.welcome, name="welcome"),
    path("city/", city_views.page, name="city"),
    re_path(r"^city/figures\.(?P<kind>csv|json)$", city_views.download, name="city_download"),
    path("home/", home_views.home, name="home"),
    path("history/", history_views.history, name="history"),
    re_path(r"^history/entries\.(?P<kind>csv|json)$", history_views.export, name="export"),
    path("activities/<uuid:activity_id>/", entry_views.activity, name="activity"),
    *community.urlpatterns,
    path("links/", link_views.overview, name="links"),
    path("links/<slug:code>/arrival/", link_views.arrival, name="link_arrival"),
    path("links/<slug:code>/end/", link_views.end, name="link_end"),
    *notifications.urlpatterns,
    path("activities/<uuid:activity_id>/appeal/", entry_views.appeal, name="activity_appeal"),
    path("activities/<uuid:activity_id>/answer/", entry_views.answer, name="activity_answer"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.service_worker, name="service_worker"),
    path("offline/", pwa.offline, name="offline"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("metrics", health.metrics, name="metrics"),
    path("achievements/", level_views.achievements, name="achievements"),
    path("me/", me_views.me, name="me"),
    path("me/goal/", me_views.goal, name="goal"),
]
