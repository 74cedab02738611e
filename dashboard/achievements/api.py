"""The app's API of levels and achievements: the caller's own. Reductions in mg, months by their first day."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens
from accounts.models import Achievement, Level, Standing
from config import clock
from dashboard.achievements import levels


class LevelSerializer(serializers.Serializer[Level]):
    number = serializers.IntegerField()
    name = serializers.CharField()
    icon = serializers.CharField()
    min_reduction_mg = serializers.IntegerField(help_text="The month's reduction from which it is reached.")


class PastLevelSerializer(serializers.Serializer[Standing]):
    month = serializers.DateField()
    level = serializers.IntegerField(source="level_id", allow_null=True)
    reduction_mg = serializers.IntegerField()


class LevelsSerializer(serializers.Serializer[Any]):
    month = serializers.DateField(source="progress.month")
    reduction_mg = serializers.IntegerField(source="progress.reduction_mg")
    level = LevelSerializer(source="progress.level", allow_null=True, help_text="Null: none yet this month.")
    next = LevelSerializer(source="progress.following", allow_null=True, help_text="Null on the highest level.")
    to_next_mg = serializers.IntegerField(source="progress.missing_mg", allow_null=True)
    last_month = LevelSerializer(source="progress.last", allow_null=True, help_text="Counts for offers this month too.")
    refreshed_at = serializers.DateTimeField(allow_null=True)
    levels = LevelSerializer(many=True)
    past = PastLevelSerializer(many=True, help_text="Newest first.")


class Levels(APIView):
    @extend_schema(operation_id="levels", responses=LevelsSerializer)
    def get(self, request: Request) -> Response:
        """The caller's level of the month, the way to the next, and the months before."""
        citizen_id, today = citizens.of(request.user).pk, clock.city_today()
        told = {
            "progress": levels.progress(citizen_id, today),
            "refreshed_at": levels.refreshed_at(today),
            "levels": levels.catalogue(),
            "past": levels.past(citizen_id, today),
        }
        return Response(LevelsSerializer(told).data)


class AchievementSerializer(serializers.Serializer[levels.Badge]):
    code = serializers.CharField(source="achievement.code")
    name = serializers.CharField(source="achievement.name")
    description = serializers.CharField(source="achievement.description")
    icon = serializers.CharField(source="achievement.icon")
    measure = serializers.ChoiceField(source="achievement.measure", choices=Achievement.Measure.choices)
    scenario = serializers.CharField(source="achievement.scenario", help_text="Empty: all.")
    threshold = serializers.IntegerField(source="achievement.threshold", help_text="By the measure: mg, or a number.")
    once = serializers.BooleanField(source="achievement.once")
    value = serializers.IntegerField(help_text="This month so far, by the measure.")
    months = serializers.ListField(child=serializers.DateField(), help_text="In which it was earned, newest first.")


class Achievements(APIView):
    @extend_schema(operation_id="achievements", responses=AchievementSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All achievements with what the caller earned and how far this month is."""
        found: Any = levels.badges(citizens.of(request.user).pk, clock.city_today())
        return Response(AchievementSerializer(found, many=True).data)
