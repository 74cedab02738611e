"""The app's API: who I am."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import addresses, citizens, registration
from accounts.models import Citizen, District


class DistrictSerializer(serializers.ModelSerializer[District]):
    name = serializers.CharField(read_only=True, help_text="In the language asked for.")

    class Meta:
        model = District
        fields = ["code", "name", "name_zh", "name_en"]


class MeSerializer(serializers.ModelSerializer[Citizen]):
    district = serializers.SlugRelatedField[District](slug_field="code", read_only=True)
    phone = serializers.SerializerMethodField(help_text="Masked; empty where there is none.")
    email = serializers.SerializerMethodField(help_text="Masked; empty where there is none.")

    class Meta:
        model = Citizen
        fields = ["id", "nickname", "district", "ranked", "weekly_goal_mg", "phone", "email", "created_at"]

    def get_phone(self, citizen: Citizen) -> str:
        return addresses.mask_phone(citizen.user.phone or "") if citizen.user else ""

    def get_email(self, citizen: Citizen) -> str:
        return addresses.mask_email(citizen.user.email) if citizen.user else ""


class ProfileSerializer(serializers.Serializer[Citizen]):
    nickname = serializers.CharField(
        required=False, allow_blank=True, max_length=80, help_text="2 to 20 characters, or empty."
    )
    district = serializers.SlugRelatedField(
        slug_field="code", queryset=District.objects.all(), required=False, allow_null=True
    )
    ranked = serializers.BooleanField(
        required=False,
        help_text="Whether to be shown in ranks; needs a nickname. Others then see nickname, reduction, improvement "
        "and green days, and on the board of the district who lives there: the app must say so.",
    )
    weekly_goal_mg = serializers.IntegerField(
        required=False, allow_null=True, help_text="The citizen's own goal for a week; null for none."
    )


class OpeningSerializer(serializers.Serializer[Citizen]):
    fourteen_or_older = serializers.BooleanField(help_text="What the person said; no date of birth is asked.")


class Me(APIView):
    @extend_schema(operation_id="me", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """The citizen's own account."""
        return Response(MeSerializer(citizens.of(request.user)).data)

    @extend_schema(operation_id="open_me", request=OpeningSerializer, responses={200: MeSerializer, 204: None})
    def put(self, request: Request) -> Response:
        """Open the carbon account; may be repeated. Who says to be younger is forgotten, and 204 is the answer."""
        said = OpeningSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        user: Any = request.user
        if not citizens.may_open(user):
            return Response(MeSerializer(citizens.of(user)).data)
        if not said.validated_data["fourteen_or_older"]:
            registration.forget(user)
            return Response(status=204)
        return Response(MeSerializer(citizens.open_account(user)).data)

    @extend_schema(operation_id="change_me", request=ProfileSerializer, responses=MeSerializer)
    def patch(self, request: Request) -> Response:
        """Change nickname, district, whether to be ranked, or the goal; what is left out stays."""
        profile = ProfileSerializer(data=request.data, partial=True)
        profile.is_valid(raise_exception=True)
        with transaction.atomic():
            citizen = citizens.of(request.user)
            if "weekly_goal_mg" in profile.validated_data:
                citizens.set_goal(citizen, profile.validated_data.pop("weekly_goal_mg"))
            citizen = citizens.change(citizen, **profile.validated_data)
        return Response(MeSerializer(citizen).data)


class Districts(ListAPIView[District]):
    """The districts of the city."""

    serializer_class = DistrictSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[District]:
        return District.objects.all()
