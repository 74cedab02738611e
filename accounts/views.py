"""The doors: sign-up and sign-in are one form, a password is for staff and merchants; and opening the account."""

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import i18n
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import citizens, registration
from accounts.forms import PasswordForm


class PasswordView(LoginView):
    template_name = "account/login_password.html"

    def get_form_class(self) -> type[PasswordForm]:
        return PasswordForm


sign_up = LoginView.as_view(template_name="account/signup.html")
sign_in_with_password = PasswordView.as_view()


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """Django's own switch; who is signed in gets messages in that language too."""
    answer = i18n.set_language(request)
    citizen = getattr(request.user, "citizen", None)
    chosen = answer.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    if citizen and chosen:
        with translation.override(chosen.value):
            citizens.keep_language(citizen)
    return answer


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def opening(request: HttpRequest) -> HttpResponse:
    """The first visit: being 14 or older is confirmed and the account opened, or the sign-in is forgotten at once."""
    user: Any = request.user
    if not citizens.may_open(user):
        return redirect(_next(request))
    if request.POST.get("answer") == "younger":
        registration.forget(user)
        logout(request)
        return render(request, "account/too_young.html")
    if request.POST.get("answer") == "old-enough":
        citizens.open_account(user)
        return redirect(_next(request))
    return render(request, "account/opening.html", {"next": _next(request)})


def _next(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else "home"
