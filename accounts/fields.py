"""What the sign-up forms of allauth are made of. Apart from forms.py, because allauth's forms import this."""

from typing import Any

from allauth.account.fields import PhoneField
from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import addresses
from accounts.models import User


class ForgivingPhoneField(PhoneField):
    """Takes `138 0013 8000` as well as E.164."""

    def to_python(self, value: Any) -> str:
        return addresses.clean_phone(super().to_python(value) or "")


class OneAddress(forms.Form):
    """The base of allauth's sign-up form (used by the app): a phone number or an e-mail address, never both."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.has_error("email", "email_taken"):  # told by mail, not to whoever asks
            del self.errors["email"]
            cleaned["email"] = addresses.clean(self.data["email"])
            self.account_already_exists = True
        if not self.errors and bool(cleaned.get("phone")) == bool(cleaned.get("email")):
            raise forms.ValidationError(_("Give either a phone number or an e-mail address."), code="one_address")
        return cleaned

    def signup(self, request: HttpRequest, user: User) -> None:
        """allauth asks for this method; there is nothing more to save."""
