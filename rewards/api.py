"""The mobile API of rewards: offers, and redemptions under ids made by the client."""

import base64
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import ListAPIView, get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens
from config.pagination import NewestFirst
from ledger import statements
from rewards import evidence, lotteries, nearness, offers, redemption, rotation, signing, vouchers
from rewards.models import Handover, Lottery, Offer, Planting, Redemption


class CheapestFirst(NewestFirst):
    """With `near` the nearest first."""

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return (("remoteness_m",) if "near" in request.query_params else ()) + ("price_points", "id")


class WishSerializer(serializers.Serializer[Any]):
    """What is looked for among the offers."""

    kind = serializers.ChoiceField(choices=Offer.Kind.choices, required=False)
    affordable = serializers.BooleanField(
        required=False, help_text="Only what the caller's points and level are enough for."
    )
    own_district = serializers.BooleanField(required=False, help_text="Only in the caller's district or everywhere.")
    near = serializers.CharField(
        required=False,
        help_text="Where the caller stands, in degrees, WGS 84: `30.274,120.155`. The nearest first. Never stored.",
    )


class NewestRedemptionFirst(NewestFirst):
    ordering: Any = ("-created_at", "-id")


class OfferSerializer(serializers.ModelSerializer[Offer]):
    """An offer in the request's language."""

    title = serializers.CharField()
    description = serializers.CharField()
    merchant = serializers.CharField(source="merchant.name")
    address = serializers.CharField(source="merchant.address", help_text="Empty where the merchant says none.")
    district = serializers.CharField(
        source="merchant.district.name", default=None, allow_null=True, help_text="Null: everywhere in the city."
    )
    latitude_e6 = serializers.IntegerField(
        source="merchant.latitude_e6", allow_null=True, help_text="Of the merchant, in millionths of a degree, WGS 84."
    )
    longitude_e6 = serializers.IntegerField(source="merchant.longitude_e6", allow_null=True)
    distance_m = serializers.IntegerField(
        default=None, allow_null=True, help_text="From `near`; null without it, and where the merchant has no place."
    )
    sponsor = serializers.CharField(
        source="sponsor_name", help_text="Who pays for it, where that is a sponsor; else empty."
    )
    min_level = serializers.IntegerField(
        source="min_level_id", allow_null=True, help_text="From this level on; null: for everybody. See /levels."
    )
    eligible = serializers.BooleanField(help_text="Whether the caller's level is high enough.")
    group = serializers.CharField(
        source="group.name", default=None, allow_null=True, help_text="Only for members of it, as the caller is."
    )
    affordable = serializers.BooleanField(help_text="Whether the caller's points pay for it and one is left.")

    class Meta:
        model = Offer
        fields = [
            "id",
            "kind",
            "allocation",
            "title",
            "description",
            "merchant",
            "address",
            "district",
            "latitude_e6",
            "longitude_e6",
            "distance_m",
            "sponsor",
            "price_points",
            "stock_total",
            "stock_left",
            "day_limit",
            "person_limit",
            "district_limit",
            "rotating",
            "pass_days",
            "tree_shares",
            "starts_at",
            "ends_at",
            "voucher_days",
            "min_level",
            "group",
            "eligible",
            "affordable",
        ]
        read_only_fields = fields


class PlantingSerializer(serializers.ModelSerializer[Planting]):
    """The evidence of trees, in the request's language."""

    species = serializers.CharField()
    place = serializers.CharField()
    photo = serializers.SerializerMethodField(help_text="Its address; asked for with the same token.")

    class Meta:
        model = Planting
        fields = [
            *("id", "trees", "planted_on", "species", "place", "latitude_e6", "longitude_e6", "certificate", "photo"),
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.URLField())
    def get_photo(self, planting: Planting) -> str:
        return settings.SITE_URL + reverse("api_planting_photo", args=[planting.pk])


class HandoverSerializer(serializers.ModelSerializer[Handover]):
    """What a cause confirms to have received, in the request's language."""

    use = serializers.CharField(help_text="What was done with it.")
    photo = serializers.SerializerMethodField(help_text="Its address; asked for with the same token.")

    class Meta:
        model = Handover
        fields = ["id", "gifts", "amount_fen", "received_on", "use", "receipt", "photo"]
        read_only_fields = fields

    @extend_schema_field(serializers.URLField())
    def get_photo(self, handover: Handover) -> str:
        return settings.SITE_URL + reverse("api_handover_photo", args=[handover.pk])


class RedemptionSerializer(serializers.ModelSerializer[Redemption]):
    """A redemption with its voucher; `voucher_url` is what its QR code says."""

    kind = serializers.ChoiceField(source="offer.kind", choices=Offer.Kind.choices)
    title = serializers.CharField(source="offer.title")
    merchant = serializers.CharField(source="merchant.name")
    rotating = serializers.BooleanField(source="offer.rotating", help_text="Whether six changing digits are shown too.")
    pass_until = serializers.SerializerMethodField(help_text="The end of a transit pass that was used.")
    voucher_code = serializers.SerializerMethodField(
        help_text="In groups of four, as it is shown; null where it can neither be used nor is a pass that runs."
    )
    voucher_url = serializers.SerializerMethodField(help_text="Null where there is no `voucher_code`.")
    note = serializers.CharField(help_text="Why the merchant refunded it; else empty.")
    tree_shares = serializers.IntegerField(
        source="offer.tree_shares", allow_null=True, help_text="Trees: this is one of so many shares of a tree."
    )
    planting = PlantingSerializer(allow_null=True, help_text="Where the share was planted; null until then.")
    handover = HandoverSerializer(
        allow_null=True, help_text="Donations: what the cause confirmed for this gift and others; null until then."
    )

    class Meta:
        model = Redemption
        fields = [
            "id",
            "offer",
            "kind",
            "title",
            "merchant",
            "points",
            "state",
            "rotating",
            "voucher_code",
            "voucher_url",
            "created_at",
            "expires_at",
            "closed_at",
            "pass_until",
            "refunded_at",
            "note",
            "tree_shares",
            "planting",
            "handover",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_pass_until(self, made: Redemption) -> str | None:
        return serializers.DateTimeField().to_representation(until) if (until := redemption.pass_until(made)) else None

    def get_voucher_code(self, made: Redemption) -> str | None:
        return vouchers.group(made.voucher_code) if redemption.is_shown(made) else None

    @extend_schema_field(serializers.URLField(allow_null=True))
    def get_voucher_url(self, made: Redemption) -> str | None:
        return redemption.voucher_url(made) if redemption.is_shown(made) else None


class RedeemSerializer(serializers.Serializer[Any]):
    offer = serializers.UUIDField()


@extend_schema(parameters=[WishSerializer])
class OfferList(ListAPIView[Offer]):
    """What points can be traded for now, cheapest first, or with `near` the nearest first.

    Refused with `place_unclear` (400) where `near` is none.
    """

    serializer_class = OfferSerializer
    pagination_class = CheapestFirst
    queryset = Offer.objects.none()

    def get_queryset(self) -> Any:
        citizen = citizens.of(self.request.user)
        asked = WishSerializer(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        wish = dict(asked.validated_data)
        place = nearness.read(wish.pop("near")) if "near" in wish else None
        return offers.open_now(statements.balance(citizen.id), citizen, offers.Wish(**wish, place=place))


class OfferDetail(APIView):
    """One offer that is open now."""

    @extend_schema(operation_id="offers_retrieve", responses=OfferSerializer)
    def get(self, request: Request, offer_id: UUID) -> Response:
        citizen = citizens.of(request.user)
        found = offers.open_now(statements.balance(citizen.id), citizen)
        return Response(OfferSerializer(get_object_or_404(found, id=offer_id)).data)


class EntrySerializer(serializers.ModelSerializer[Redemption]):
    class Meta:
        model = Redemption
        fields = ["id", "state"]
        read_only_fields = fields


class DrawSerializer(serializers.Serializer[Any]):
    """A lottery: the hash of its seed from the beginning; seed, entries and winners once it is drawn.

    The winners are the entries whose HMAC-SHA256 under the seed is smallest: anybody can draw again.
    """

    seed_hash = serializers.CharField(help_text="SHA-256 of the seed.")
    drawn_after = serializers.DateTimeField()
    drawn_at = serializers.DateTimeField(allow_null=True)
    seed = serializers.CharField(help_text="Empty until it is drawn.")
    entries = serializers.ListField(child=serializers.UUIDField(), help_text="Empty until it is drawn.")
    winners = serializers.ListField(child=serializers.UUIDField(), help_text="In the order in which they were drawn.")
    own = EntrySerializer(many=True, help_text="The caller's entries.")


class OfferDraw(APIView):
    """The draw of an offer that is given by lot, before and after."""

    @extend_schema(operation_id="offers_draw", responses=DrawSerializer)
    def get(self, request: Request, offer_id: UUID) -> Response:
        lottery = get_object_or_404(Lottery.objects.select_related("offer"), offer_id=offer_id)
        shown = {
            "seed_hash": lottery.seed_hash,
            "drawn_after": lottery.offer.ends_at,
            "drawn_at": lottery.drawn_at,
            "seed": lottery.seed_shown,
            "entries": lottery.entries,
            "winners": lotteries.winners(lottery),
            "own": redemption.of_citizen(citizens.of(request.user)).filter(offer_id=offer_id),
        }
        return Response(DrawSerializer(shown).data)


class PlantingPhoto(APIView):
    """The photo of a planting: public evidence, for everybody who is signed in."""

    @extend_schema(operation_id="plantings_photo", responses={(200, "image/*"): bytes})
    def get(self, request: Request, planting_id: UUID) -> FileResponse:
        return evidence.open_photo(get_object_or_404(Planting, id=planting_id))


class HandoverPhoto(APIView):
    """The photo of a handover: public evidence, for everybody who is signed in."""

    @extend_schema(operation_id="handovers_photo", responses={(200, "image/*"): bytes})
    def get(self, request: Request, handover_id: UUID) -> FileResponse:
        return evidence.open_photo(get_object_or_404(Handover, id=handover_id))


class RedemptionList(ListAPIView[Redemption]):
    """The caller's redemptions, newest first."""

    serializer_class = RedemptionSerializer
    pagination_class = NewestRedemptionFirst
    queryset = Redemption.objects.none()

    def get_queryset(self) -> Any:
        return redemption.of_citizen(citizens.of(self.request.user))


class RedemptionDetail(APIView):
    """A redemption under an id that the client made."""

    commits_itself = True

    @extend_schema(operation_id="redemptions_retrieve", responses=RedemptionSerializer)
    def get(self, request: Request, redemption_id: UUID) -> Response:
        return Response(RedemptionSerializer(redemption.find(redemption_id, citizens.of(request.user))).data)

    @extend_schema(
        operation_id="redemptions_redeem",
        request=RedeemSerializer,
        responses={
            201: OpenApiResponse(RedemptionSerializer, "Redeemed."),
            200: OpenApiResponse(RedemptionSerializer, "The same request was carried out before."),
        },
    )
    def put(self, request: Request, redemption_id: UUID) -> Response:
        """Redeem an offer. Send the same request again until it is answered: it is carried out once.

        Refused with `offer_unknown` (404), `citizen_suspended`, `not_eligible` or `level_needed` (403), or with 409:
        `offer_not_begun`, `offer_over`, `offer_paused`, `merchant_suspended`, `sold_out`,
        `sold_out_today`, `sold_out_in_district`, `district_needed`,
        `person_limit_reached`, `points_not_enough`, `redemption_conflict`.
        """
        sent = RedeemSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        made, new = redemption.redeem(redemption_id, citizens.of(request.user), sent.validated_data["offer"])
        return Response(RedemptionSerializer(made).data, status=201 if new else 200)


class RotationSerializer(serializers.Serializer[Any]):
    """What makes the six digits: RFC 6238 with SHA-256."""

    secret = serializers.CharField(help_text="Base32.")
    step_s = serializers.IntegerField()
    digits = serializers.IntegerField()


class VoucherSerializer(serializers.Serializer[Any]):
    """All that a phone needs to show a voucher without a network."""

    id = serializers.UUIDField()
    title = serializers.CharField()
    merchant = serializers.CharField()
    voucher_code = serializers.CharField()
    voucher_url = serializers.URLField(help_text="What the QR code says, but for the digits of a rotating code.")
    token = serializers.CharField(help_text="Signed by the city; the keys are at /voucher-keys.json.")
    expires_at = serializers.DateTimeField(help_text="Until when it is shown.")
    rotation = RotationSerializer(allow_null=True)


class RedemptionVoucher(APIView):
    """A voucher that can be used, or a pass that runs, for showing it without a network."""

    @extend_schema(operation_id="redemptions_voucher", responses=VoucherSerializer)
    def get(self, request: Request, redemption_id: UUID) -> Response:
        made = redemption.find(redemption_id, citizens.of(request.user))
        redemption.require_shown(made)
        token = signing.sign(made)
        secret = base64.b32encode(rotation.secret(made.id)).decode().rstrip("=")
        rotating = {"secret": secret, "step_s": rotation.STEP_S, "digits": rotation.DIGITS}
        shown = {
            "id": made.id,
            "title": made.offer.title,
            "merchant": made.merchant.name,
            "voucher_code": vouchers.group(made.voucher_code),
            "voucher_url": f"{redemption.voucher_url(made)}#{token}",
            "token": token,
            "expires_at": redemption.pass_until(made) or made.expires_at,
            "rotation": rotating if made.offer.rotating else None,
        }
        return Response(VoucherSerializer(shown).data)


class RedemptionCancel(APIView):
    """Cancel a voucher that was not used: points and stock return."""

    @extend_schema(operation_id="redemptions_cancel", request=None, responses=RedemptionSerializer)
    def post(self, request: Request, redemption_id: UUID) -> Response:
        return Response(RedemptionSerializer(redemption.cancel(redemption_id, citizens.of(request.user))).data)
