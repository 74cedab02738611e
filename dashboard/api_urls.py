from django.urls import path

from dashboard import api

urlpatterns = [
    path("summary", api.Summary.as_view(), name="api_summary"),
    path("series", api.Series.as_view(), name="api_series"),
    path("activities", api.Activities.as_view(), name="api_activities"),
    path("activities/<uuid:activity_id>", api.ActivityStory.as_view(), name="api_activity"),
    path("ranks", api.Ranks.as_view(), name="api_ranks"),
]
