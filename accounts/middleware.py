"""Staff need a second factor, rate limits answer 429, and a first visit opens the carbon account."""

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import citizens
from config import problems

Handler = Callable[[HttpRequest], HttpResponse]


class StaffSecondFactor:
    """Sends staff without a second factor to set one up before they enter the admin."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        entering = request.path.startswith("/admin/") and user.is_authenticated and user.is_staff
        if settings.STAFF_SECOND_FACTOR and entering and not get_adapter().is_mfa_enabled(user):
            return redirect("mfa_index")
        return self.get_response(request)


class OpensAccounts:
    """Any page that needs a carbon account leads who has none to where one is opened, and back again."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, citizens.AgeUnconfirmed):
            return redirect_to_login(request.get_full_path(), reverse("account_opening"))
        if isinstance(exception, citizens.NoCarbonAccount):
            return render(request, "account/no_account.html", {"problem": exception}, status=exception.status)
        return None


class RateLimitedTo429:
    """allauth lets RateLimited escape from its sign-up views, which would be a 500."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, RateLimited):
            return None
        if request.path.startswith("/_allauth/"):
            document = problems.body(429, "too_many_requests", "Too many requests. Try again later.")
            return JsonResponse(document, status=429, content_type=problems.CONTENT_TYPE)
        return render(request, "429.html", status=429)
