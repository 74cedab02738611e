"""The app's API: summary, series, activities with their story, ranks.

Masses are integers in mg of CO2e, distances in m, points whole; days are city days.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens
from activities.models import Activity, Appeal, Decision, Question, Reduction, Scenario
from activities.review import appeals, questions
from config import clock
from config.problems import Problem
from dashboard import exports, ranking, statistics, story
from dashboard.models import Measure, Period
from dashboard.statistics import Step, Window
from ledger.expiry import Expiring

BARS_MAX = 400
DAYS_OF = {step: timedelta(days=days) for step, days in zip(Step, (1, 7, 28, 365), strict=True)}


class RangeUnfit(Problem):
    code, title = "range_unfit", _("The range ends before it begins, or has too many bars.")


class ExpiringSerializer(serializers.Serializer[Expiring]):
    expires_on = serializers.DateField(help_text="The city day from whose beginning the points are gone.")
    points = serializers.IntegerField()


class SummarySerializer(serializers.Serializer[statistics.Summary]):
    balance_points = serializers.IntegerField(help_text="To spend.")
    held_points = serializers.IntegerField(help_text="Reserved for vouchers.")
    owed_points = serializers.IntegerField(help_text="Taken back after they were spent; the next points repay them.")
    expiring = ExpiringSerializer(
        many=True, help_text="What of the points to spend expires within 60 days, soonest first."
    )
    reduction_mg = serializers.IntegerField(help_text="Since the account was opened; an estimate.")
    points = serializers.IntegerField(help_text="Earned since the account was opened.")
    carried_mg = serializers.IntegerField(help_text="Not yet a whole point; counts toward the next.")
    today_mg = serializers.IntegerField()
    week_mg = serializers.IntegerField(help_text="Weeks begin on Monday.")
    last_week_mg = serializers.IntegerField()
    last_week_so_far_mg = serializers.IntegerField(help_text="Last week up to the same weekday.")
    month_mg = serializers.IntegerField()
    last_month_mg = serializers.IntegerField()
    year_mg = serializers.IntegerField()


class Summary(APIView):
    @extend_schema(operation_id="summary", responses=SummarySerializer)
    def get(self, request: Request) -> Response:
        """Balance and reductions of the current periods."""
        found = statistics.summary(citizens.of(request.user).pk, clock.city_today())
        return Response(SummarySerializer(found).data)


class SeriesQuery(serializers.Serializer[Any]):
    by = serializers.ChoiceField(choices=[(step.value, step.value) for step in Step], default=Step.DAY.value)
    scenario = serializers.SlugRelatedField(slug_field="code", queryset=Scenario.objects.all(), required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        fields["from"] = serializers.DateField(required=False, help_text="First city day.")
        fields["to"] = serializers.DateField(required=False, help_text="Last city day; today if left out.")
        return fields


class BarSerializer(serializers.Serializer[statistics.Bar]):
    start = serializers.DateField(help_text="First city day of the bar.")
    scenario = serializers.CharField()
    reduction_mg = serializers.IntegerField()
    points = serializers.IntegerField()
    activities = serializers.IntegerField()
    distance_m = serializers.IntegerField()


class SeriesSerializer(serializers.Serializer[Any]):
    by = serializers.CharField()
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    bars = BarSerializer(many=True, help_text="Oldest first; bars without activities are left out.")


class Series(APIView):
    @extend_schema(operation_id="series", parameters=[SeriesQuery], responses=SeriesSerializer)
    def get(self, request: Request) -> Response:
        """Reductions by day, week, month or year and by scenario."""
        query = SeriesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        span = _span(Step(wanted["by"]), wanted.get("from"), wanted.get("to") or clock.city_today())
        scenario = wanted.get("scenario")
        codes = dict(Scenario.objects.values_list("pk", "code"))
        bars = statistics.series(citizens.of(request.user).pk, span, scenario.pk if scenario else None)
        document = {
            "by": span.step.value,
            "first_day": span.start,
            "last_day": span.last_day,
            "bars": [_bar(bar, codes) for bar in bars],
        }
        return Response(SeriesSerializer(document).data)


def _bar(bar: statistics.Bar, codes: dict[int, str]) -> dict[str, Any]:
    return {
        "start": bar.start,
        "scenario": codes[bar.scenario_id],
        "reduction_mg": bar.reduction_mg,
        "points": bar.points,
        "activities": bar.activities,
        "distance_m": bar.distance_m,
    }


def _span(step: Step, first: date | None, last: date) -> Window:
    """Whole bars that hold the days from `first` to `last`. Raises RangeUnfit."""
    known = statistics.FIRST_DAY <= last <= statistics.LAST_DAY
    if known and first is None:
        return statistics.window(step, last)
    if not known or not first or not statistics.FIRST_DAY <= first <= last <= first + BARS_MAX * DAYS_OF[step]:
        raise RangeUnfit(fields={"from": str(first or ""), "to": str(last)})
    return Window(step, statistics.floor(first, step), statistics.shift(statistics.floor(last, step), step, 1))


class ActivitySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="activity.pk")
    scenario = serializers.CharField(source="activity.scenario.code")
    partner = serializers.CharField(source="activity.feed.partner.code")
    started_at = serializers.DateTimeField(source="activity.started_at")
    ended_at = serializers.DateTimeField(source="activity.ended_at", allow_null=True)
    city_day = serializers.DateField(source="activity.city_day")
    distance_m = serializers.IntegerField(source="activity.distance_m", allow_null=True)
    quantity = serializers.IntegerField(source="activity.quantity", allow_null=True, help_text="Steps, items or fen.")
    status = serializers.ChoiceField(source="activity.status", choices=Activity.Status.choices)
    reason = serializers.CharField(source="activity.reason", help_text="The rule's code; empty where accepted.")
    reduction_mg = serializers.IntegerField(source="reduction.reduction_mg", allow_null=True, default=None)
    points = serializers.IntegerField(source="reduction.points", allow_null=True, default=None)


class Activities(ListAPIView[Activity]):
    """The citizen's activities, latest to arrive first."""

    serializer_class = ActivitySerializer

    @extend_schema(
        operation_id="activities",
        parameters=[
            OpenApiParameter("status", str, enum=Activity.Status.values),
            OpenApiParameter("scenario", str, description="A scenario's code."),
        ],
    )
    def get(self, request: Request) -> Response:
        return super().get(request)

    def get_queryset(self) -> QuerySet[Activity]:
        if getattr(self, "swagger_fake_view", False):
            return Activity.objects.none()
        found = statistics.activities_of(citizens.of(self.request.user).pk)
        if status := self.request.query_params.get("status"):
            found = found.filter(status=status)
        if scenario := self.request.query_params.get("scenario"):
            found = found.filter(scenario__code=scenario)
        return found

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        some: Sequence[Activity] = super().paginate_queryset(queryset) or []
        return list(statistics.with_reductions(citizens.of(self.request.user).pk, some))


class Export(APIView):
    @extend_schema(
        operation_id="export_activities",
        parameters=[
            OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=sorted(exports.TYPES)),
            OpenApiParameter("status", str, enum=Activity.Status.values),
            OpenApiParameter("scenario", str, description="A scenario's code."),
            OpenApiParameter("partner", str, description="A partner's code."),
        ],
        responses={(200, "application/octet-stream"): bytes},
    )
    def get(self, request: Request, kind: str) -> StreamingHttpResponse:
        """All of the citizen's activities as one file, newest first."""
        query = request.query_params
        scenario = Scenario.objects.filter(code=query["scenario"]).first() if query.get("scenario") else None
        if query.get("scenario") and scenario is None:
            raise Http404
        wanted = statistics.Filter(
            scenario_id=scenario.pk if scenario else None,
            status=query.get("status", ""),
            partner=query.get("partner", ""),
        )
        return exports.answer(citizens.of(request.user).pk, kind, wanted)


class CheckSerializer(serializers.Serializer[story.Check]):
    rule = serializers.CharField()
    verdict = serializers.CharField()
    says = serializers.CharField()


class AwardSerializer(serializers.Serializer[story.Award]):
    carried_mg = serializers.IntegerField()
    sum_mg = serializers.IntegerField()
    mg_per_point = serializers.IntegerField()
    points = serializers.IntegerField()
    remainder_mg = serializers.IntegerField()
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
        """Appeal against the verdict, once; the same text again is the same appeal."""
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


class RanksQuery(serializers.Serializer[Any]):
    period = serializers.ChoiceField(choices=Period.choices, default=ranking.USUAL_PERIOD)
    day = serializers.DateField(required=False, help_text="A city day of the period; today if left out.")
    scope = serializers.ChoiceField(choices=[("city", "city"), ("district", "district")], default="city")
    measure = serializers.ChoiceField(choices=Measure.choices, default=Measure.TOTAL)
    similar = serializers.BooleanField(default=False, help_text="Among commuters of similar trips only.")


class StandingSerializer(serializers.Serializer[ranking.Standing]):
    place = serializers.IntegerField()
    of = serializers.IntegerField()
    ahead_percent = serializers.IntegerField(help_text="How many of the others have less.")
    score = serializers.IntegerField(help_text="By the measure: mg, or days.")
    to_next = serializers.IntegerField(allow_null=True, help_text="Null for who leads.")
    reduction_mg = serializers.IntegerField()
    to_next_mg = serializers.IntegerField(allow_null=True, help_text="Null for who leads, and where days count.")
    refreshed_at = serializers.DateTimeField()


class RowSerializer(serializers.Serializer[ranking.Row]):
    place = serializers.IntegerField()
    nickname = serializers.CharField()
    score = serializers.IntegerField(help_text="By the measure: mg, or days.")


class RanksSerializer(serializers.Serializer[Any]):
    period = serializers.CharField()
    period_start = serializers.DateField()
    closes_on = serializers.DateField(allow_null=True, help_text="From this city day on the period changes no more.")
    closed = serializers.BooleanField()
    refreshed_at = serializers.DateTimeField(allow_null=True)
    standing = StandingSerializer(allow_null=True, help_text="Null where the citizen has no place.")
    top = RowSerializer(many=True, help_text="Empty where fewer than ten take part.")


class Ranks(APIView):
    @extend_schema(operation_id="ranks", parameters=[RanksQuery], responses=RanksSerializer)
    def get(self, request: Request) -> Response:
        """The citizen's place and the best of the city or of the citizen's district."""
        query = RanksQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted, citizen = query.validated_data, citizens.of(request.user)
        period, measure = Period(wanted["period"]), Measure(wanted["measure"])
        day = wanted.get("day") or clock.city_today()
        shot = ranking.snapshot(period, day)
        in_district, similar = wanted["scope"] == "district", wanted["similar"]
        band = ranking.own_band(citizen, shot) if similar and shot else None
        hidden = (in_district and citizen.district_id is None) or (similar and band is None)
        district_id = citizen.district_id if in_district else None
        document = {
            "period": period.value,
            "period_start": ranking.period_start(period, day),
            "closes_on": shot.closes_on if shot else None,
            "closed": bool(shot and shot.closed_at),
            "refreshed_at": shot.refreshed_at if shot else None,
            "standing": ranking.standing(
                citizen, period, day, in_district=in_district, measure=measure, similar=similar
            ),
            "top": [] if hidden else ranking.top(period, day, district_id, measure=measure, band=band),
        }
        return Response(RanksSerializer(document).data)
