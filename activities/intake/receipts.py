"""What became of a delivery, told to its partner: counts, state and bad rows, under the signature of the webhook.

What rules say of a person's activities follows from what others reported, too. A partner therefore reads no reasons
of rules, and verdicts only as sums over several activities.
"""

from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from activities.intake import webhook
from activities.models import Delivery, Feed, QuarantinedRow
from activities.outcome import Outcome
from config.problems import Problem

LINES_AT_ONCE = 500
VERDICTS_FROM = 10
"""Of how many activities at least verdicts are told."""
SIGNED = [
    OpenApiParameter(
        "webhook-timestamp",
        int,
        OpenApiParameter.HEADER,
        required=True,
        description="Seconds since 1970; at most five minutes off.",
    ),
    OpenApiParameter(
        "webhook-signature",
        str,
        OpenApiParameter.HEADER,
        required=True,
        description="As of a webhook with an empty body, whose `webhook-id` is the delivery's id.",
    ),
]


class DeliveryUnknown(Problem):
    status, code, title = 404, "delivery_unknown", _("The feed has no such delivery.")


class AfterSerializer(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        default=0, min_value=0, max_value=2**63 - 1, help_text="Bad rows behind this line."
    )


class RefusalSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    field = serializers.CharField()
    detail = serializers.CharField()


class RowCountsSerializer(serializers.Serializer[Any]):
    rows = serializers.IntegerField()
    quarantined = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    corrected = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    unlinked = serializers.IntegerField()
    skipped = serializers.IntegerField()


class VerdictsSerializer(serializers.Serializer[Any]):
    accepted = serializers.IntegerField()
    held = serializers.IntegerField()
    rejected = serializers.IntegerField()


class BadRowSerializer(serializers.ModelSerializer[QuarantinedRow]):
    class Meta:
        model = QuarantinedRow
        fields = ["line", "code", "field", "detail"]


class ReceiptSerializer(serializers.Serializer[Any]):
    delivery = serializers.UUIDField()
    feed = serializers.SlugField()
    door = serializers.ChoiceField(Delivery.Door.choices)
    external_id = serializers.CharField(help_text="The webhook's id, the file's name, or the page.")
    state = serializers.ChoiceField(Delivery.State.choices)
    received_at = serializers.DateTimeField()
    digested_at = serializers.DateTimeField(allow_null=True)
    refusal = RefusalSerializer(allow_null=True, help_text="Why the whole body was refused.")
    counts = RowCountsSerializer(help_text="Of rows, so far.")
    verdicts = VerdictsSerializer(
        allow_null=True, help_text=f"Of activities, so far; null where they are fewer than {VERDICTS_FROM}."
    )
    quarantined = BadRowSerializer(many=True, help_text=f"Bad rows by line, at most {LINES_AT_ONCE}.")
    next = serializers.CharField(allow_null=True, help_text="The address at which the bad rows go on.")


class Receipt(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="delivery", parameters=[*SIGNED, AfterSerializer], responses=ReceiptSerializer)
    def get(self, request: Request, feed_code: str, delivery_id: UUID) -> Response:
        """For partners: what became of a delivery of their feed.

        Refused with `signature_invalid` (401), `feed_unknown` or `delivery_unknown` (404).
        """
        feed = webhook.find_feed(feed_code)
        webhook.verify(feed, b"", {**request.headers, "Webhook-Id": str(delivery_id)})
        delivery = Delivery.objects.filter(feed=feed, pk=delivery_id).first()
        if delivery is None:
            raise DeliveryUnknown
        asked = AfterSerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return Response(ReceiptSerializer(_describe(delivery, feed, asked.validated_data["after"])).data)


def _describe(delivery: Delivery, feed: Feed, after: int) -> dict[str, Any]:
    lines = list(delivery.quarantined.filter(line__gt=after).order_by("line")[:LINES_AT_ONCE])
    counts = Outcome.from_json(delivery.counts)
    going_on = f"{reverse('receipt', args=[feed.code, delivery.pk])}?after={lines[-1].line}" if lines else None
    return {
        **{name: getattr(delivery, name) for name in ("door", "external_id", "state", "received_at", "digested_at")},
        "delivery": delivery.pk,
        "feed": feed.code,
        "refusal": delivery.refusal,
        "counts": counts,
        "verdicts": counts if counts.accepted + counts.held + counts.rejected >= VERDICTS_FROM else None,
        "quarantined": lines,
        "next": going_on if len(lines) == LINES_AT_ONCE else None,
    }
