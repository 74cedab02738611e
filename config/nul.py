"""NUL, the sign that PostgreSQL stores in no text: whoever sends it is refused at the door, not by the database.

Forms and serializers refuse it in their text fields; addresses, cookies, look-ups and fields read by hand do not.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import JSONParser

NUL = "\0"


class RefusesNul:
    """Answers 400. The body of a form is looked at where the protection against forged forms has read it anyway."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        query = request.META.get("QUERY_STRING", "")
        if "%00" in query or holds([query, request.path, request.COOKIES]):
            raise BadRequest("NUL in the address or in a cookie")
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_args: Any) -> None:
        if request.method == "POST" and not getattr(view, "csrf_exempt", False) and holds(dict(request.POST.lists())):
            raise BadRequest("NUL in a form")


class NulFreeJSONParser(JSONParser):
    def parse(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        read = super().parse(*args, **kwargs)
        if holds(read):
            raise ValidationError(_("Texts cannot hold the sign NUL."))
        return read


def holds(value: Any) -> bool:
    """Whether a text, or one within lists and mappings, has the sign."""
    if isinstance(value, str):
        return NUL in value
    if isinstance(value, Mapping):
        return holds(list(value.keys())) or holds(list(value.values()))
    return isinstance(value, list) and any(holds(each) for each in value)
