"""Who enters the merchant's console, and the frame of its pages."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from rewards import members
from rewards.models import Member

CHOSEN = "merchant"

P = ParamSpec("P")


def members_only(
    view: Callable[Concatenate[HttpRequest, list[Member], P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Hands the view the user's memberships; for everybody else there is no such page. The camera is allowed."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        memberships = members.of(request.user)
        if not memberships:
            raise Http404
        answer = view(request, memberships, *args, **kwargs)
        answer["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
        return answer

    return login_required(never_cache(guarded))


def acting(request: HttpRequest, memberships: list[Member]) -> Member:
    """The membership that was chosen, or else the first."""
    return members.choose(memberships, request.session.get(CHOSEN))


def managing(request: HttpRequest, memberships: list[Member]) -> Member:
    """The membership of a manager or owner. Raises Http404 for a cashier."""
    member = acting(request, memberships)
    if not member.manages:
        raise Http404
    return member


def owning(request: HttpRequest, memberships: list[Member]) -> Member:
    """The membership of an owner. Raises Http404 for others."""
    member = acting(request, memberships)
    if not member.owns:
        raise Http404
    return member


def show(
    request: HttpRequest,
    template: str,
    memberships: list[Member],
    member: Member,
    context: Mapping[str, object],
    status: int = 200,
) -> HttpResponse:
    """A page of the console in its frame."""
    frame = {"memberships": memberships, "member": member}
    return render(request, f"rewards/{template}", {**frame, **context}, status=status)
