from django.urls import path, re_path

from dashboard import api
from dashboard.achievements import api as level_api
from dashboard.community import api as community
from dashboard.entry import api as entry_api
from dashboard.notifications import api as notice_api
from dashboard.ranks import api as rank_api

urlpatterns = [
    path("summary", api.Summary.as_view(), name="api_summary"),
    path("series", api.Series.as_view(), name="api_series"),
    path("activities", api.Activities.as_view(), name="api_activities"),
    re_path(r"^activities/export\.(?P<kind>csv|json)$", api.Export.as_view(), name="api_export"),
    path("activities/<uuid:activity_id>", entry_api.ActivityStory.as_view(), name="api_activity"),
    path("activities/<uuid:activity_id>/explanation", entry_api.ActivityExplanation.as_view(), name="api_explanation"),
    path("activities/<uuid:activity_id>/appeal", entry_api.ActivityAppeal.as_view(), name="api_appeal"),
    path("activities/<uuid:activity_id>/answer", entry_api.ActivityAnswer.as_view(), name="api_answer"),
    path("levels", level_api.Levels.as_view(), name="api_levels"),
    path("achievements", level_api.Achievements.as_view(), name="api_achievements"),
    path("ranks", rank_api.Ranks.as_view(), name="api_ranks"),
    path("groups/<uuid:group_id>/ranks", rank_api.GroupRanks.as_view(), name="api_group_ranks"),
    path("notices", notice_api.Notices.as_view(), name="api_notices"),
    path("notices/unread", notice_api.NoticesUnread.as_view(), name="api_notices_unread"),
    path("notices/read", notice_api.NoticesRead.as_view(), name="api_notices_read"),
    path("notices/wishes", notice_api.Wishes.as_view(), name="api_notice_wishes"),
    path("notices/<uuid:notice_id>/read", notice_api.NoticeRead.as_view(), name="api_notice_read"),
    path("challenges", community.Challenges.as_view(), name="api_challenges"),
    path("challenges/enter", community.ChallengeEnter.as_view(), name="api_challenge_enter"),
    path("challenges/<uuid:challenge_id>", community.ChallengeResult.as_view(), name="api_challenge"),
]
