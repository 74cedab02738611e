"""The app's API of notices: the inbox, and how one wants to be told."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens
from config.pagination import NewestFirst
from dashboard.notifications import inbox, kinds, wishes
from dashboard.notifications.kinds import KINDS
from dashboard.notifications.models import Channel, Notice


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """A notice in the request's language."""

    title = serializers.CharField(read_only=True)
    text = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True, help_text="The page it leads to.")

    class Meta:
        model = Notice
        fields = ["id", "kind", "title", "text", "url", "created_at", "read_at"]
        read_only_fields = fields

    def to_representation(self, instance: Notice) -> dict[str, Any]:
        words = kinds.words(instance.kind, instance.facts)
        for name in ("title", "text", "url"):
            setattr(instance, name, getattr(words, name))
        return super().to_representation(instance)


class UnreadSerializer(serializers.Serializer[Any]):
    unread = serializers.IntegerField()


class WishSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    title = serializers.CharField(read_only=True)
    email = serializers.BooleanField()
    push = serializers.BooleanField()

    def validate_kind(self, kind: str) -> str:
        if kind not in KINDS:
            raise serializers.ValidationError(_("There is no such kind of notice."))
        return kind


class WishesSerializer(serializers.Serializer[Any]):
    quiet_from = serializers.TimeField(help_text="City time; nothing is sent from then on.")
    quiet_to = serializers.TimeField()
    wishes = WishSerializer(many=True, help_text="By kind of notice; the inbox has them all.")


class NewestNoticeFirst(NewestFirst):
    ordering: Any = ("-created_at", "-id")


class Notices(ListAPIView[Notice]):
    """The caller's notices, newest first."""

    serializer_class = NoticeSerializer
    pagination_class = NewestNoticeFirst

    def get_queryset(self) -> QuerySet[Notice]:
        return inbox.of(citizens.of(self.request.user).pk)


class NoticesUnread(APIView):
    @extend_schema(operation_id="notices_unread", responses=UnreadSerializer)
    def get(self, request: Request) -> Response:
        """How many notices are unread."""
        return Response(UnreadSerializer({"unread": inbox.unread(citizens.of(request.user).pk)}).data)


class NoticesRead(APIView):
    @extend_schema(operation_id="notices_read", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Mark all as read. Safe to repeat."""
        inbox.mark_read(citizens.of(request.user).pk)
        return Response(status=status.HTTP_204_NO_CONTENT)


class NoticeRead(APIView):
    @extend_schema(operation_id="notice_read", request=None, responses={204: None})
    def post(self, request: Request, notice_id: UUID) -> Response:
        """Mark one as read. Safe to repeat; a stranger's is not found."""
        citizen = citizens.of(request.user)
        if not inbox.of(citizen.pk).filter(pk=notice_id).exists():
            raise Http404
        inbox.mark_read(citizen.pk, notice_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Wishes(APIView):
    @extend_schema(operation_id="notice_wishes", responses=WishesSerializer)
    def get(self, request: Request) -> Response:
        """By which channels the caller is told of what, and the quiet hours."""
        return self._answer(citizens.of(request.user).pk)

    @extend_schema(operation_id="notice_wishes_change", request=WishesSerializer, responses=WishesSerializer)
    def put(self, request: Request) -> Response:
        """Change them; kinds that are left out stay as they were. Notices are told in this request's language."""
        form = WishesSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given, citizen = form.validated_data, citizens.of(request.user)
        table = {(wish["kind"], channel.value): wish[channel.value] for wish in given["wishes"] for channel in Channel}
        quiet = given["quiet_from"], given["quiet_to"]
        wishes.save(citizen.pk, table, quiet)
        citizens.keep_language(citizen)
        return self._answer(citizen.pk)

    def _answer(self, citizen_id: UUID) -> Response:
        table, manner = wishes.wanted(citizen_id), wishes.manner(citizen_id)
        rows = [
            {"kind": kind.code, "title": kind.label, **{by.value: table[kind.code, by.value] for by in Channel}}
            for kind in KINDS.values()
        ]
        found = {"quiet_from": manner.quiet_from, "quiet_to": manner.quiet_to, "wishes": rows}
        return Response(WishesSerializer(found).data)
