"""What the platform tells allauth about its users."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import Login
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import sms
from accounts.fields import ForgivingPhoneField
from accounts.models import User
from config import secrecy


class AccountAdapter(DefaultAccountAdapter):
    """Sign-in by a code sent to phone or e-mail."""

    def get_phone(self, user: User) -> tuple[str, bool] | None:
        return (user.phone, user.phone_verified) if user.phone else None

    def set_phone(self, user: User, phone: str, verified: bool) -> None:
        user.phone, user.phone_verified = phone, verified
        user.save(update_fields=["phone", "phone_verified"])

    def set_phone_verified(self, user: User, phone: str) -> None:
        self.set_phone(user, phone, True)

    def get_user_by_phone(self, phone: str) -> User | None:
        return User.objects.filter(phone=phone).first()

    def send_verification_code_sms(self, user: User, phone: str, code: str, **kwargs: Any) -> None:
        sms.send(phone, _("%(code)s is your Tanpuhui code. Tell it to nobody.") % {"code": code})

    def send_unknown_account_sms(self, phone: str, **kwargs: Any) -> None:
        sms.send(phone, _("There is no Tanpuhui account for this number yet. Please sign up first."))

    def send_account_already_exists_sms(self, phone: str) -> None:
        sms.send(phone, _("This number has a Tanpuhui account already. Please sign in."))

    def phone_form_field(self, **kwargs: Any) -> ForgivingPhoneField:
        return ForgivingPhoneField(**kwargs)

    def is_login_by_code_required(self, login: Login) -> bool:
        """Who signs up by e-mail in the app confirms it by code too; a phone has its own stage for that."""
        phone = login.phone or (login.user and login.user.phone)
        return bool(login.signup and not phone) or super().is_login_by_code_required(login)

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        if user.is_staff:
            request.session.set_expiry(settings.STAFF_SESSION_SECONDS)
        elif hasattr(getattr(request, "allauth", None), "headless"):
            request.session.set_expiry(settings.APP_SESSION_SECONDS)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        if request.user.is_staff:
            return reverse("admin:index")
        return super().get_login_redirect_url(request)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """allauth keys failed attempts by e-mail only: five bad guesses by phone would lock everybody out."""
        if phone := credentials.get("phone"):
            return f"phone:{phone}"
        return super()._get_login_attempts_cache_key(request, **credentials)


class MFAAdapter(DefaultMFAAdapter):
    """Second-factor secrets are encrypted at rest."""

    def encrypt(self, text: str) -> str:
        return secrecy.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrecy.decrypt(encrypted_text)
