"""The app's API: links to partners."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens, consents
from accounts.linking import links, tickets
from accounts.linking.models import Link, Ticket
from accounts.models import Consent, ConsentText, Partner


class LinkSerializer(serializers.ModelSerializer[Link]):
    class Meta:
        model = Link
        fields = ["id", "linked_at", "reads_from", "hint", "renewal_needed"]


class PartnerLinkSerializer(serializers.Serializer[Any]):
    partner = serializers.SlugField(source="partner.code")
    name = serializers.CharField(source="partner.name", help_text="In the language asked for.")
    kind = serializers.ChoiceField(choices=Partner.Kind.choices, source="partner.kind")
    reads = serializers.CharField(source="text.reads", help_text="What is read, in the language asked for.")
    link = LinkSerializer(allow_null=True, help_text="The citizen's live link, or null.")


class ConsentTextSerializer(serializers.ModelSerializer[ConsentText]):
    reads = serializers.CharField(help_text="What is read.")
    purpose = serializers.CharField(help_text="Why.")
    retention = serializers.CharField(help_text="For how long it is kept.")

    class Meta:
        model = ConsentText
        fields = ["version", "reads", "purpose", "retention", "published_at"]


class TicketRequestSerializer(serializers.Serializer[Any]):
    consent_version = serializers.IntegerField(min_value=1, help_text="The version of the text the citizen agreed to.")


class TicketSerializer(serializers.Serializer[Any]):
    url = serializers.URLField(help_text="To be opened in the system browser, once.")
    expires_in = serializers.IntegerField(help_text="Seconds.")


class CompletionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=64, help_text="From the deep link.")


class Links(APIView):
    @extend_schema(operation_id="links", responses=PartnerLinkSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All partners, each with the citizen's live link if there is one."""
        rows = links.overview(citizens.of(request.user))
        return Response(PartnerLinkSerializer(rows, many=True).data)


class LinkConsent(APIView):
    @extend_schema(operation_id="link_consent", responses=ConsentTextSerializer)
    def get(self, request: Request, partner: str) -> Response:
        """What the citizen is asked to agree to, in the language asked for."""
        text = consents.current_text(get_object_or_404(Partner, code=partner, active=True))
        return Response(ConsentTextSerializer(text).data)


class LinkTicket(APIView):
    @extend_schema(operation_id="link_ticket", request=TicketRequestSerializer, responses={201: TicketSerializer})
    def post(self, request: Request, partner: str) -> Response:
        """Agree to the text and get the address at which the partner is asked."""
        agreed = TicketRequestSerializer(data=request.data)
        agreed.is_valid(raise_exception=True)
        ticket = tickets.issue(
            citizens.of(request.user),
            get_object_or_404(Partner, code=partner, active=True),
            agreed.validated_data["consent_version"],
        )
        url = request.build_absolute_uri(reverse("link_from_app", args=[ticket.ticket]))
        answer = {"url": url, "expires_in": int(Ticket.LIFE.total_seconds())}
        return Response(TicketSerializer(answer).data, status=201)


class LinkCompletion(APIView):
    @extend_schema(operation_id="link_complete", request=CompletionSerializer, responses={201: LinkSerializer})
    def post(self, request: Request) -> Response:
        """Claim what the partner sent back with the code of the deep link."""
        sent = CompletionSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        link = tickets.claim(citizens.of(request.user), sent.validated_data["code"])
        return Response(LinkSerializer(link).data, status=201)


class LinkDetail(APIView):
    @extend_schema(operation_id="link_end", responses={204: None})
    def delete(self, request: Request, partner: str) -> Response:
        """End the link: data stops at once, points stay."""
        link = links.live(citizens.of(request.user), get_object_or_404(Partner, code=partner))
        links.end(link, Link.End.CITIZEN, Consent.Channel.APP)
        return Response(status=204)
