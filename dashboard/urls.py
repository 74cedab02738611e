from django.urls import path

from dashboard import views

urlpatterns = [
    path("", views.welcome, name="welcome"),
    path("home/", views.home, name="home"),
    path("history/", views.history, name="history"),
    path("activities/<uuid:activity_id>/", views.activity, name="activity"),
    path("ranks/", views.ranks, name="ranks"),
    path("me/", views.me, name="me"),
    path("me/goal/", views.goal, name="goal"),
]
