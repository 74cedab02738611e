"""The app's API of one's rights: a copy of all that is held, and the end of the account."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import citizens, privacy
from accounts.freshness import require_fresh_sign_in
from accounts.models import Departure, Export


class CopySerializer(serializers.ModelSerializer[Export]):
    class Meta:
        model = Export
        fields = ["id", "percent", "created_at", "ready_at", "expires_at"]


class LossesSerializer(serializers.Serializer[privacy.Losses]):
    points = serializers.IntegerField(help_text="To spend, and reserved for vouchers.")
    links = serializers.IntegerField()
    groups = serializers.IntegerField()


class DepartureSerializer(serializers.ModelSerializer[Departure]):
    class Meta:
        model = Departure
        fields = ["asked_at", "due_at"]


class LeavingSerializer(serializers.Serializer[Any]):
    departure = DepartureSerializer(allow_null=True, help_text="Null where nobody has asked for it.")
    losses = LossesSerializer(help_text="What would be lost.")


class Copy(APIView):
    @extend_schema(operation_id="copy", responses=CopySerializer)
    def get(self, request: Request) -> Response:
        """How far the newest copy of the caller's data is; it can be downloaded from `ready_at` until `expires_at`."""
        export = privacy.latest_export(citizens.of(request.user))
        if export is None:
            raise privacy.NoExport
        return Response(CopySerializer(export).data)

    @extend_schema(operation_id="copy_request", request=None, responses={202: CopySerializer})
    def post(self, request: Request) -> Response:
        """Ask for a copy; the worker makes it."""
        export = privacy.request_export(citizens.of(request.user))
        return Response(CopySerializer(export).data, status=status.HTTP_202_ACCEPTED)


class CopyFile(APIView):
    @extend_schema(operation_id="copy_file", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: UUID) -> FileResponse:
        """The copy itself: one table a file."""
        file = privacy.open_export(citizens.of(request.user), export_id)
        answer = FileResponse(file, as_attachment=True, filename="tanpuhui.zip", content_type="application/zip")
        answer["Cache-Control"] = "private, no-store"
        return answer


class Leaving(APIView):
    @extend_schema(operation_id="departure", responses=LeavingSerializer)
    def get(self, request: Request) -> Response:
        """Whether the account is about to be deleted, and what would be lost."""
        return self._answer(request)

    @extend_schema(operation_id="departure_request", request=None, responses={202: LeavingSerializer})
    def post(self, request: Request) -> Response:
        """Delete the account after seven days, unless it is called off. Needs a sign-in of the last minutes."""
        require_fresh_sign_in(request)
        privacy.request_departure(citizens.of(request.user))
        return self._answer(request, status.HTTP_202_ACCEPTED)

    @extend_schema(operation_id="departure_call_off", responses={204: None})
    def delete(self, request: Request) -> Response:
        """The account stays. Where nothing was asked for, nothing happens."""
        privacy.call_off(citizens.of(request.user))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _answer(self, request: Request, code: int = status.HTTP_200_OK) -> Response:
        citizen = citizens.of(request.user)
        found = {"departure": privacy.departure(citizen), "losses": privacy.losses(citizen)}
        return Response(LeavingSerializer(found).data, status=code)
