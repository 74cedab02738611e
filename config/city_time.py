"""The city desk reads and writes the city's time."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from config.clock import city_zone


class CityTime:
    """Middleware: times typed and shown in the admin are those of the city."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/admin/"):
            return self.get_response(request)
        with timezone.override(city_zone()):
            return self.get_response(request)
