"""Staff need a second factor, rate limits answer 429, and a first visit opens the carbon account."""

from collections.abc import Callable

from allauth.core.exceptions import RateLimited
from allauth.mfa.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts import citizens
from config import limits, problems

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


class TooManyTo429:
    """allauth lets RateLimited escape from its sign-up views, and answers the app without saying how long to wait."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 429 and request.path.startswith("/_allauth/") and "Retry-After" not in response:
            return self._answer(request, limits.TooMany())
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(limits.MINUTE_S))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, RateLimited):
            return self._answer(request, limits.TooMany())
        return self._answer(request, exception) if isinstance(exception, limits.TooMany) else None

    def _answer(self, request: HttpRequest, problem: limits.TooMany) -> HttpResponse:
        if request.path.startswith("/_allauth/"):
            return problems.respond(problem)
        answer = render(request, "429.html", status=429)
        answer["Retry-After"] = problem.headers["Retry-After"]
        return answer
