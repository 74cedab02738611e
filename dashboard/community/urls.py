from django.urls import path

from dashboard.community.views import challenges, groups, ranks

urlpatterns = [
    path("ranks/", ranks.ranks, name="ranks"),
    path("groups/", groups.mine, name="groups"),
    path("groups/code/", groups.enter_code, name="group_code"),
    path("groups/join/<str:token>/", groups.join, name="group_join"),
    path("groups/<uuid:group_id>/", groups.group, name="group"),
    path("groups/<uuid:group_id>/<slug:deed>/", groups.act, name="group_act"),
    path("challenges/", challenges.mine, name="challenges"),
    path("challenges/code/", challenges.enter_code, name="challenge_code"),
    path("challenges/<uuid:challenge_id>/", challenges.challenge, name="challenge"),
    path("challenges/<uuid:challenge_id>/withdraw/", challenges.withdraw, name="challenge_withdraw"),
]
