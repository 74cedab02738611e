"""Pages that only a citizen sees."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django import forms
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts import citizens
from config.problems import Problem

Made = TypeVar("Made")
Page = Callable[..., HttpResponseBase]


def citizen_page(view: Page) -> Page:
    """Hands the view the signed-in citizen; accounts.middleware answers who has no carbon account."""

    @login_required
    @wraps(view)
    def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return view(request, citizens.of(request.user), **kwargs)

    return wrapped


def form_on(name: str) -> Callable[[Page], Page]:
    """For a view that takes a form of the page `name`, and shows it again where something is wrong with what was sent.

    The browser then stands at the view's own address: reloading it, or coming back to it in another language, opens
    that page.
    """

    def decorate(view: Page) -> Page:
        @require_http_methods(["GET", "HEAD", "POST"])
        @wraps(view)
        def wrapped(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
            return view(request, **kwargs) if request.method == "POST" else redirect(name, **kwargs)

        return wrapped

    return decorate


def tried(form: forms.Form, deed: Callable[[], Made]) -> Made | None:
    """What the deed gave, or its refusal as the form's error."""
    try:
        return deed()
    except Problem as problem:
        form.add_error(None, str(problem.detail))
        return None
