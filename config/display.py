"""How a reader wants pages to look: theme, size of type, unit of mass.

It belongs to the device, not to the account: a cookie keeps it, and it holds before anybody signs in.
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

COOKIE = "tanpuhui_display"
COOKIE_SECONDS = 365 * 86_400

CHOICES: dict[str, list[tuple[str, Promise]]] = {
    "theme": [("system", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))],
    "type": [("normal", _("Normal")), ("large", _("Large"))],
    "mass": [("auto", _("Whichever fits")), ("g", _("Grams")), ("kg", _("Kilograms"))],
}


@dataclass(frozen=True, slots=True)
class Display:
    """One value of `CHOICES` each."""

    theme: str = "system"
    type: str = "normal"
    mass: str = "auto"


USUAL = Display()
_current: ContextVar[Display] = ContextVar("display", default=USUAL)


def current() -> Display:
    """What the reader of the page in work wants; the usual where there is no page."""
    return _current.get()


def choose(values: Mapping[str, str]) -> Display:
    """The display by names; what is missing or unknown is as usual."""
    known = {name: {value for value, _label in choices} for name, choices in CHOICES.items()}
    return Display(**{name: values[name] for name in known if values.get(name) in known[name]})


def _read(cookie: str) -> Display:
    names = [field.name for field in fields(Display)]
    return choose(dict(zip(names, cookie.split("."), strict=False)))


class DisplayMiddleware:
    """Makes `current()` that of the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _current.set(_read(request.COOKIES.get(COOKIE, "")))
        try:
            return self.get_response(request)
        finally:
            _current.reset(token)


def in_templates(request: HttpRequest) -> dict[str, Any]:
    """The context of every template."""
    return {"display": current(), "display_choices": CHOICES}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Shows and changes the display."""
    if request.method != "POST":
        return render(request, "display.html")
    wanted = choose(asdict(current()) | request.POST.dict())
    origin = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(origin, {request.get_host()}, require_https=request.is_secure())
    response = redirect(origin if safe else "display")
    response.set_cookie(
        COOKIE,
        ".".join(asdict(wanted).values()),
        COOKIE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
