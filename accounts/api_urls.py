from django.urls import path

from accounts import api, group_api, privacy_api

urlpatterns = [
    path("me", api.Me.as_view(), name="api_me"),
    path("me/copy", privacy_api.Copy.as_view(), name="api_copy"),
    path("me/copy/<uuid:export_id>.zip", privacy_api.CopyFile.as_view(), name="api_copy_file"),
    path("me/departure", privacy_api.Leaving.as_view(), name="api_departure"),
    path("districts", api.Districts.as_view(), name="api_districts"),
    path("groups", group_api.Groups.as_view(), name="api_groups"),
    path("groups/join", group_api.GroupJoin.as_view(), name="api_group_join"),
    path("groups/invitations/<str:token>", group_api.Invitation.as_view(), name="api_group_invitation"),
    path("groups/<uuid:group_id>", group_api.OneGroup.as_view(), name="api_group"),
    path("groups/<uuid:group_id>/report", group_api.GroupReport.as_view(), name="api_group_report"),
    path("groups/<uuid:group_id>/code", group_api.GroupCode.as_view(), name="api_group_code"),
    path("groups/<uuid:group_id>/invites", group_api.GroupInvites.as_view(), name="api_group_invites"),
    path("groups/<uuid:group_id>/invites/<uuid:invite_id>", group_api.GroupInvite.as_view(), name="api_group_invite"),
    path("groups/<uuid:group_id>/members/<int:member_id>", group_api.GroupMember.as_view(), name="api_group_member"),
]
