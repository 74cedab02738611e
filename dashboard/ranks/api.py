"""Ranks in the app's API."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens, groups
from config import clock
from dashboard.models import Measure, Period
from dashboard.ranks import boards, ladder, ranking

DAYS = "How many days of the period are counted so far: green days out of these are the share of green days."


class BoardQuery(serializers.Serializer[Any]):
    period = serializers.ChoiceField(choices=Period.choices, default=ranking.USUAL_PERIOD)
    day = serializers.DateField(required=False, help_text="A city day of the period; today if left out.")
    measure = serializers.ChoiceField(choices=Measure.choices, default=Measure.TOTAL)
    similar = serializers.BooleanField(default=False, help_text="Among commuters of similar trips only.")


class RanksQuery(BoardQuery):
    scope = serializers.ChoiceField(choices=[("city", "city"), ("district", "district")], default="city")


class StepSerializer(serializers.Serializer[ladder.Step]):
    place = serializers.IntegerField()
    people = serializers.IntegerField(help_text="How many share the place.")
    score = serializers.IntegerField(help_text="By the measure: mg, or days.")


class StandingSerializer(serializers.Serializer[ranking.Standing]):
    place = serializers.IntegerField()
    of = serializers.IntegerField()
    ahead_percent = serializers.IntegerField(help_text="How many of the others have less.")
    score = serializers.IntegerField(help_text="By the measure: mg, or days.")
    to_next = serializers.IntegerField(allow_null=True, help_text="Null for who leads.")
    reduction_mg = serializers.IntegerField()
    to_next_mg = serializers.IntegerField(allow_null=True, help_text="Null for who leads, and where days count.")
    refreshed_at = serializers.DateTimeField()
    around = StepSerializer(
        many=True, help_text="The places next to it and its own, best first; they name nobody. None in a group."
    )


class RowSerializer(serializers.Serializer[ranking.Row]):
    place = serializers.IntegerField()
    nickname = serializers.CharField()
    score = serializers.IntegerField(help_text="By the measure: mg, or days.")


class RanksSerializer(serializers.Serializer[Any]):
    period = serializers.CharField()
    period_start = serializers.DateField()
    closes_on = serializers.DateField(allow_null=True, help_text="From this city day on the period changes no more.")
    closed = serializers.BooleanField()
    days = serializers.IntegerField(allow_null=True, help_text=DAYS)
    refreshed_at = serializers.DateTimeField(allow_null=True)
    standing = StandingSerializer(allow_null=True, help_text="Null where the citizen has no place.")
    top = RowSerializer(many=True, help_text="Empty where fewer than ten take part.")


class GroupRowSerializer(RowSerializer):
    own = serializers.BooleanField(help_text="Whether it is the caller.")


class GroupRanksSerializer(serializers.Serializer[Any]):
    period = serializers.CharField()
    period_start = serializers.DateField()
    days = serializers.IntegerField(allow_null=True, help_text=DAYS)
    refreshed_at = serializers.DateTimeField(allow_null=True)
    people = serializers.IntegerField(help_text="How many are counted, named or not; 0 where there are too few.")
    standing = StandingSerializer(allow_null=True, help_text="The caller's own place. Null where there is none.")
    rows = GroupRowSerializer(
        many=True,
        help_text="Best first; empty among fewer than two, in a company or a school fewer than ten. There, only who is "
        "in the public ranks is named.",
    )


class GroupRanks(APIView):
    @extend_schema(operation_id="group_ranks", parameters=[BoardQuery], responses=GroupRanksSerializer)
    def get(self, request: Request, group_id: UUID) -> Response:
        """The order inside one of the caller's groups."""
        query = BoardQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted, citizen = query.validated_data, citizens.of(request.user)
        group = groups.membership(citizen, group_id).group
        period, day = Period(wanted["period"]), wanted.get("day") or clock.city_today()
        shot = ranking.snapshot(period, day)
        band = ranking.own_band(citizen, shot) if shot and wanted["similar"] else None
        circle = ranking.Circle(0, [], None)
        if shot and not (wanted["similar"] and band is None):
            circle = ranking.within(group, shot, Measure(wanted["measure"]), band, citizen.pk)
        document = {
            "period": period.value,
            "period_start": boards.period_start(period, day),
            "days": shot.days if shot else None,
            "refreshed_at": shot.refreshed_at if shot else None,
            "people": circle.people,
            "standing": circle.standing,
            "rows": [
                {"place": row.place, "nickname": row.nickname, "score": row.score, "own": row.citizen_id == citizen.pk}
                for row in circle.rows[: boards.TOP_MAX]
            ],
        }
        return Response(GroupRanksSerializer(document).data)


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
            "period_start": boards.period_start(period, day),
            "closes_on": shot.closes_on if shot else None,
            "closed": bool(shot and shot.closed_at),
            "days": shot.days if shot else None,
            "refreshed_at": shot.refreshed_at if shot else None,
            "standing": ranking.standing(
                citizen, period, day, in_district=in_district, measure=measure, similar=similar
            ),
            "top": [] if hidden else ranking.top(period, day, district_id, measure=measure, band=band),
        }
        return Response(RanksSerializer(document).data)
