"""The app's API of challenges. Masses are integers in mg of CO2e, days are city days."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens, groups
from accounts.models import Membership
from dashboard.community import challenges
from dashboard.models import Challenge, Team


class TeamSerializer(serializers.ModelSerializer[Team]):
    people = serializers.SerializerMethodField(help_text="Null where there are too few to be counted.")
    reduction_mg = serializers.SerializerMethodField(help_text="Null where there are too few to be counted.")

    class Meta:
        model = Team
        fields = ["name", "people", "reduction_mg", "shown"]

    def get_people(self, team: Team) -> int | None:
        return team.people if team.shown else None

    def get_reduction_mg(self, team: Team) -> int | None:
        return team.reduction_mg if team.shown else None


class ChallengeSerializer(serializers.ModelSerializer[Challenge]):
    closes_on = serializers.DateField(read_only=True, help_text="From this city day on the result stays as it is.")

    class Meta:
        model = Challenge
        fields = ["id", "name", "starts_on", "ends_on", "closes_on", "goal_mg", "counted_at", "closed_at"]
        read_only_fields = ["id", "counted_at", "closed_at"]


class ResultSerializer(serializers.Serializer[challenges.Result]):
    challenge = ChallengeSerializer()
    reached_mg = serializers.IntegerField(help_text="Of all teams that are counted.")
    percent = serializers.IntegerField(help_text="Of the goal, at most 100.")
    reached = serializers.BooleanField()
    own_mg = serializers.IntegerField(allow_null=True, help_text="What the citizen brought.")
    own_percent = serializers.IntegerField(help_text="Of what all have reached.")
    teams = TeamSerializer(many=True, help_text="The best first.")


class FoundSerializer(serializers.ModelSerializer[Challenge]):
    group = serializers.UUIDField(help_text="A group that the citizen owns or keeps.")

    class Meta:
        model = Challenge
        fields = ["group", "name", "starts_on", "ends_on", "goal_mg"]


class EnterSerializer(serializers.Serializer[Any]):
    group = serializers.UUIDField(help_text="A group that the citizen owns or keeps.")
    code = serializers.CharField(max_length=12)


def _own(request: Request, given: dict[str, Any]) -> Membership:
    return groups.membership(citizens.of(request.user), given["group"])


class Challenges(APIView):
    @extend_schema(operation_id="challenges", responses=ChallengeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Challenges of the citizen's groups, the last to end first."""
        return Response(ChallengeSerializer(challenges.of(citizens.of(request.user)), many=True).data)

    @extend_schema(operation_id="challenge_found", request=FoundSerializer, responses={201: ChallengeSerializer})
    def post(self, request: Request) -> Response:
        """Start a challenge with a group that the citizen keeps."""
        form = FoundSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        made = challenges.found(
            _own(request, given), given["name"], given["starts_on"], given["ends_on"], given["goal_mg"]
        )
        return Response(ChallengeSerializer(made).data, status=status.HTTP_201_CREATED)


class ChallengeEnter(APIView):
    @extend_schema(operation_id="challenge_enter", request=EnterSerializer, responses=ChallengeSerializer)
    def post(self, request: Request) -> Response:
        """Bring a group in by the challenge's code. Safe to repeat."""
        form = EnterSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        return Response(ChallengeSerializer(challenges.enter(_own(request, given), given["code"])).data)


class ChallengeResult(APIView):
    @extend_schema(operation_id="challenge", responses=ResultSerializer)
    def get(self, request: Request, challenge_id: UUID) -> Response:
        """One challenge: how far all are, each team, and the citizen's own part."""
        return Response(ResultSerializer(challenges.read(citizens.of(request.user), challenge_id)).data)
