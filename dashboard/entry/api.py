"""One activity in the app's API: its story, the proof of its figures, an appeal, an answer."""

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens
from activities.models import Appeal, Decision, Question, Reduction
from activities.review import appeals, questions
from dashboard.api import ActivitySerializer
from dashboard.entry import story


class CheckSerializer(serializers.Serializer[story.Check]):
    rule = serializers.CharField()
    verdict = serializers.CharField()
    says = serializers.CharField()
    other = serializers.UUIDField(allow_null=True, help_text="The own activity that it did not stand beside.")


class AwardSerializer(serializers.Serializer[story.Award]):
    carried_mg = serializers.IntegerField()
    sum_mg = serializers.IntegerField()
    mg_per_point = serializers.IntegerField()
    points = serializers.IntegerField()
    fixed_points = serializers.IntegerField(help_text="Of the points, those that do not follow from grams.")
    remainder_mg = serializers.IntegerField(help_text="What is left of the sum, and carried to the next entry.")
    unfunded_points = serializers.IntegerField(
        help_text="Counted, but the programme's points were used up: their grams are in the remainder."
    )


class QuantificationSerializer(serializers.Serializer[story.Story]):
    methodology = serializers.CharField(source="explanation.methodology")
    formula = serializers.CharField(source="explanation.formula")
    calculation = serializers.CharField(source="explanation.calculation")
    source_text = serializers.CharField(source="explanation.source")
    low_mg = serializers.IntegerField(
        source="explanation.low_mg", allow_null=True, help_text="Null: no range is known."
    )
    high_mg = serializers.IntegerField(source="explanation.high_mg", allow_null=True)


class BookingSerializer(serializers.Serializer[Reduction]):
    """A row: a credit, or with `reversal` what took the credit of its generation back."""

    id = serializers.UUIDField()
    generation = serializers.IntegerField()
    reversal = serializers.BooleanField()
    cause = serializers.ChoiceField(choices=Reduction.Cause.choices)
    reduction_mg = serializers.IntegerField()
    points = serializers.IntegerField()
    booked_at = serializers.DateTimeField(source="created_at")


class DecisionSerializer(serializers.Serializer[Decision]):
    kind = serializers.ChoiceField(choices=Decision.Kind.choices)
    verdict = serializers.CharField(help_text="accepted or rejected.")
    note = serializers.CharField(help_text="Why, in a person's words.")
    created_at = serializers.DateTimeField()


class AppealSerializer(serializers.Serializer[Appeal]):
    text = serializers.CharField(min_length=appeals.TEXT_MIN, max_length=appeals.TEXT_MAX)
    created_at = serializers.DateTimeField(read_only=True)
    decision = DecisionSerializer(read_only=True, allow_null=True, help_text="Null until it is decided.")


class QuestionSerializer(serializers.Serializer[Question]):
    question = serializers.CharField(read_only=True)
    asked_at = serializers.DateTimeField(read_only=True)
    answer = serializers.CharField(max_length=questions.ANSWER_MAX, help_text="Empty until it is answered.")
    answered_at = serializers.DateTimeField(read_only=True, allow_null=True)


class WordSerializer(serializers.Serializer[story.Word]):
    decisions = DecisionSerializer(many=True)
    questions = QuestionSerializer(many=True)
    appeal = AppealSerializer(allow_null=True)
    may_appeal = serializers.BooleanField(help_text="Whether an appeal can be filed now.")


class StorySerializer(serializers.Serializer[story.Story]):
    activity = ActivitySerializer(source="*")
    distance_basis = serializers.CharField(source="activity.distance_basis")
    received_at = serializers.DateTimeField(source="activity.delivery.received_at")
    door = serializers.CharField(source="activity.delivery.door")
    reason_text = serializers.CharField(source="reason", help_text="In words; empty where accepted.")
    checks = CheckSerializer(many=True, help_text="What rules found; empty where all passed.")
    quantification = serializers.SerializerMethodField()
    award = AwardSerializer(allow_null=True)
    restated_because = serializers.CharField(
        source="restatement.reason", default=None, help_text="Why a corrected methodology booked it anew, where it did."
    )
    history = BookingSerializer(source="rows", many=True, help_text="All that was booked for it, oldest first.")
    word = WordSerializer(help_text="What people have said about it.")

    @extend_schema_field(QuantificationSerializer(allow_null=True))
    def get_quantification(self, told: story.Story) -> dict[str, Any] | None:
        return dict(QuantificationSerializer(told).data) if told.explanation else None


class ActivityStory(APIView):
    @extend_schema(operation_id="activity", responses=StorySerializer)
    def get(self, request: Request, activity_id: UUID) -> Response:
        """One activity: who reported it, how it was checked, the formula with its numbers, its points."""
        return Response(StorySerializer(story.tell(citizens.of(request.user).pk, activity_id)).data)


class ActivityExplanation(APIView):
    @extend_schema(operation_id="explanation", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, activity_id: UUID) -> Response:
        """All that an entry's grams rest on, recomputed now: see docs/explanation.schema.json."""
        return Response(story.prove(citizens.of(request.user).pk, activity_id))


class ActivityAppeal(APIView):
    @extend_schema(operation_id="activity_appeal", request=AppealSerializer, responses=AppealSerializer)
    def put(self, request: Request, activity_id: UUID) -> Response:
        """Appeal against the verdict, also against what counts, once; the same text again is the same appeal."""
        citizen = citizens.of(request.user)
        given = AppealSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        activity = story.tell(citizen.pk, activity_id).activity
        return Response(AppealSerializer(appeals.file(citizen, activity, given.validated_data["text"])).data)


class ActivityAnswer(APIView):
    @extend_schema(operation_id="activity_answer", request=QuestionSerializer, responses=QuestionSerializer)
    def post(self, request: Request, activity_id: UUID) -> Response:
        """Answer the reviewer's open question."""
        citizen = citizens.of(request.user)
        given = QuestionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        activity = story.tell(citizen.pk, activity_id).activity
        return Response(QuestionSerializer(questions.answer(citizen, activity, given.validated_data["answer"])).data)
