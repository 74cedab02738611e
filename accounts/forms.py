"""The forms of signing in: one field for phone or e-mail, then a code."""

from typing import Any

from allauth.account.forms import LoginForm
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts import addresses, registration
from accounts.models import User


class SignInForm(LoginForm):
    """Asks where to send the code. Who is new gets a sign-in here, so that one door serves all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Phone number or e-mail"),
            max_length=254,
            error_messages={"required": _("Enter your phone number or e-mail address.")},
            widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
        )
        self.order_fields(["login", "password"])

    def clean_login(self) -> str:
        login = addresses.clean(self.cleaned_data["login"])
        if not (addresses.is_phone(login) or addresses.is_email(login)):
            raise forms.ValidationError(_("This is neither a phone number nor an e-mail address."), code="invalid")
        return login

    def _login_by_code(self, request: HttpRequest, redirect_url: str, credentials: dict[str, str]) -> HttpResponse:
        self.user: User | None = self.user or registration.open_user(**credentials)
        return super()._login_by_code(request, redirect_url, credentials)


class PasswordForm(SignInForm):
    """For staff and merchants, who may have a password."""

    def _setup_password_field(self) -> None:
        self.fields["password"].help_text = ""

    def _login_with_password(
        self, request: HttpRequest, redirect_url: str, credentials: dict[str, str]
    ) -> HttpResponse:
        """allauth lets the session live for two weeks after the adapter has said how long."""
        answer: HttpResponse = super()._login_with_password(request, redirect_url, credentials)
        if isinstance(request.user, User) and request.user.is_staff:
            request.session.set_expiry(settings.STAFF_SESSION_SECONDS)
        return answer
