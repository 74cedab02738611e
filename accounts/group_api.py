"""The app's API of groups. Whoever is not a member gets 404, as for a group that does not exist."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens, groups
from accounts.models import Group, Invite, Membership

MEMBERS_MAX = 200


class GroupSerializer(serializers.ModelSerializer[Membership]):
    id = serializers.UUIDField(source="group_id")
    kind = serializers.ChoiceField(source="group.kind", choices=Group.Kind.choices)
    name = serializers.CharField(source="group.name")

    class Meta:
        model = Membership
        fields = ["id", "kind", "name", "role", "joined_at"]


class MemberSerializer(serializers.ModelSerializer[Membership]):
    nickname = serializers.SerializerMethodField(help_text="Null in a company or school: there, members are numbers.")

    class Meta:
        model = Membership
        fields = ["id", "nickname", "role", "joined_at"]

    def get_nickname(self, member: Membership) -> str | None:
        return member.citizen.nickname if member.group.is_close else None


class InviteSerializer(serializers.ModelSerializer[Invite]):
    class Meta:
        model = Invite
        fields = ["id", "created_at", "expires_at"]


class WholeGroupSerializer(GroupSerializer):
    count = serializers.SerializerMethodField(help_text="How many members there are.")
    number = serializers.IntegerField(source="id", help_text="The caller's own: an owner gives a role by it.")
    members = serializers.SerializerMethodField(
        help_text="The longest members first, at most 200. In a company or school its keepers see who has a role, "
        "without nicknames, and others get null."
    )
    code = serializers.SerializerMethodField(help_text="Lets people in by typing; keepers see it. Null: off.")
    invites = serializers.SerializerMethodField(help_text="Open ones that the caller may take back.")

    class Meta(GroupSerializer.Meta):
        fields = [*GroupSerializer.Meta.fields, "count", "number", "members", "code", "invites"]

    def get_count(self, own: Membership) -> int:
        return own.group.memberships.count()

    @extend_schema_field(MemberSerializer(many=True, allow_null=True))
    def get_members(self, own: Membership) -> Any:
        members = groups.listed(own)
        return (
            None if members is None else MemberSerializer(members.select_related("group")[:MEMBERS_MAX], many=True).data
        )

    def get_code(self, own: Membership) -> str | None:
        return own.group.code if own.may_manage else None

    @extend_schema_field(InviteSerializer(many=True))
    def get_invites(self, own: Membership) -> Any:
        return InviteSerializer(groups.revocable_invites(own), many=True).data


class FoundGroupSerializer(serializers.ModelSerializer[Group]):
    class Meta:
        model = Group
        fields = ["kind", "name"]


class JoinSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(required=False, max_length=64, help_text="Of an invitation.")
    code = serializers.CharField(required=False, max_length=12, help_text="Of a company or school.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError({"token": ["Either a token or a code."]})
        return attrs


class InvitationSerializer(serializers.ModelSerializer[Group]):
    class Meta:
        model = Group
        fields = ["kind", "name"]


class FreshInviteSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    url = serializers.CharField(help_text="To send; it is told only now.")


class NameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=80, help_text="2 to 30 characters.")


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()


class RoleSerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(
        choices=Membership.Role.choices, help_text="`owner` hands the group over; the caller stays as a member."
    )


def _own(request: Request, group_id: UUID) -> Membership:
    return groups.membership(citizens.of(request.user), group_id)


def _done() -> Response:
    return Response(status=status.HTTP_204_NO_CONTENT)


def _given(serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    form = serializer(data=request.data)
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


class Groups(APIView):
    @extend_schema(operation_id="groups", responses=GroupSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The caller's groups, oldest first."""
        return Response(GroupSerializer(groups.memberships(citizens.of(request.user)), many=True).data)

    @extend_schema(operation_id="group_found", request=FoundGroupSerializer, responses={201: WholeGroupSerializer})
    def post(self, request: Request) -> Response:
        """Found a group, with the caller as its owner."""
        own = groups.found(citizens.of(request.user), **_given(FoundGroupSerializer, request))
        return Response(WholeGroupSerializer(own).data, status=status.HTTP_201_CREATED)


class GroupJoin(APIView):
    @extend_schema(operation_id="group_join", request=JoinSerializer, responses=WholeGroupSerializer)
    def post(self, request: Request) -> Response:
        """Come in by an invitation's token or a group's code. Safe to repeat."""
        given, citizen = _given(JoinSerializer, request), citizens.of(request.user)
        own = (
            groups.join_by_token(citizen, given["token"])
            if "token" in given
            else groups.join_by_code(citizen, given["code"])
        )
        return Response(WholeGroupSerializer(own).data)


class Invitation(APIView):
    @extend_schema(operation_id="group_invitation", responses=InvitationSerializer)
    def get(self, request: Request, token: str) -> Response:
        """What an invitation leads to: shown, with what joining lets the others see, before one joins."""
        return Response(InvitationSerializer(groups.invited_to(token)).data)


class OneGroup(APIView):
    @extend_schema(operation_id="group", responses=WholeGroupSerializer)
    def get(self, request: Request, group_id: UUID) -> Response:
        """One of the caller's groups."""
        return Response(WholeGroupSerializer(_own(request, group_id)).data)

    @extend_schema(operation_id="group_rename", request=NameSerializer, responses=WholeGroupSerializer)
    def patch(self, request: Request, group_id: UUID) -> Response:
        """Give the group another name, as its owner or a keeper."""
        groups.rename(_own(request, group_id), _given(NameSerializer, request)["name"])
        return self.get(request, group_id)

    @extend_schema(operation_id="group_leave", responses={204: None})
    def delete(self, request: Request, group_id: UUID) -> Response:
        """Leave the group; its owner only as the last one, and the group ends then."""
        groups.leave(_own(request, group_id))
        return _done()


class GroupReport(APIView):
    @extend_schema(operation_id="group_report", request=None, responses={204: None})
    def post(self, request: Request, group_id: UUID) -> Response:
        """Report the group's name as unfit: the city desk looks at it."""
        groups.report_name(_own(request, group_id))
        return _done()


class GroupInvites(APIView):
    @extend_schema(operation_id="group_invite", request=None, responses={201: FreshInviteSerializer})
    def post(self, request: Request, group_id: UUID) -> Response:
        """A new link that lets people in. Any member of friends and teams makes one, else the owner or a keeper."""
        token = groups.invite(_own(request, group_id))
        url = request.build_absolute_uri(reverse("group_join", args=[token]))
        return Response(FreshInviteSerializer({"token": token, "url": url}).data, status=status.HTTP_201_CREATED)


class GroupInvite(APIView):
    @extend_schema(operation_id="group_invite_revoke", responses={204: None})
    def delete(self, request: Request, group_id: UUID, invite_id: UUID) -> Response:
        """Take an invitation back: one's own, or any as the owner or a keeper."""
        groups.revoke(_own(request, group_id), invite_id)
        return _done()


class GroupCode(APIView):
    @extend_schema(operation_id="group_code_open", request=None, responses=CodeSerializer)
    def post(self, request: Request, group_id: UUID) -> Response:
        """A new code by which people come in; the old one ends."""
        return Response(CodeSerializer({"code": groups.open_code(_own(request, group_id))}).data)

    @extend_schema(operation_id="group_code_close", responses={204: None})
    def delete(self, request: Request, group_id: UUID) -> Response:
        """Nobody comes in by a code any more."""
        groups.close_code(_own(request, group_id))
        return _done()


class GroupMember(APIView):
    @extend_schema(operation_id="group_member_role", request=RoleSerializer, responses={204: None})
    def patch(self, request: Request, group_id: UUID, member_id: int) -> Response:
        """The owner makes somebody a keeper, a member again, or the owner."""
        own, role = _own(request, group_id), _given(RoleSerializer, request)["role"]
        if role == Membership.Role.OWNER:
            groups.hand_over(own, member_id)
        else:
            groups.set_role(own, member_id, role)
        return _done()

    @extend_schema(operation_id="group_member_remove", responses={204: None})
    def delete(self, request: Request, group_id: UUID, member_id: int) -> Response:
        """Remove a member, as the owner or a keeper."""
        groups.remove(_own(request, group_id), member_id)
        return _done()
