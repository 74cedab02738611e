"""The app's API: summary, series, activities and their export.

Masses are integers in mg of CO2e, distances in m, points whole; days are city days.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens
from activities.models import Activity, Scenario
from config import clock
from config.problems import Problem
from dashboard import entries, periods, statistics
from dashboard.history import exports
from dashboard.periods import Step, Window
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
    week_so_far_mg = serializers.IntegerField(help_text="Whole days of this week, up to yesterday; 0 on Mondays.")
    last_week_mg = serializers.IntegerField()
    last_week_so_far_mg = serializers.IntegerField(
        help_text="Last week up to the weekday of yesterday, to compare with `week_so_far_mg`."
    )
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
    known = periods.FIRST_DAY <= last <= periods.LAST_DAY
    if known and first is None:
        return periods.window(step, last)
    if not known or not first or not periods.FIRST_DAY <= first <= last <= first + BARS_MAX * DAYS_OF[step]:
        raise RangeUnfit(fields={"from": str(first or ""), "to": str(last)})
    return Window(step, periods.floor(first, step), periods.shift(periods.floor(last, step), step, 1))


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
    points = serializers.IntegerField(
        source="reduction.points",
        allow_null=True,
        default=None,
        help_text="Of the reduction; `bonus_points` come on top.",
    )
    bonus_points = serializers.IntegerField(help_text="Points that campaigns paid on top.")


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
        found = entries.activities_of(citizens.of(self.request.user).pk)
        if status := self.request.query_params.get("status"):
            found = found.filter(status=status)
        if scenario := self.request.query_params.get("scenario"):
            found = found.filter(scenario__code=scenario)
        return found

    def paginate_queryset(self, queryset: Any) -> list[Any] | None:
        some: Sequence[Activity] = super().paginate_queryset(queryset) or []
        return list(entries.with_reductions(citizens.of(self.request.user).pk, some))


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
        wanted = entries.Filter(
            scenario_id=scenario.pk if scenario else None,
            status=query.get("status", ""),
            partner=query.get("partner", ""),
        )
        return exports.answer(citizens.of(request.user).pk, kind, wanted)
