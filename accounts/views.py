"""The doors: sign-up and sign-in are one form, a password is for staff and merchants."""

from allauth.account.views import LoginView

from accounts.forms import PasswordForm


class PasswordView(LoginView):
    template_name = "account/login_password.html"

    def get_form_class(self) -> type[PasswordForm]:
        return PasswordForm


sign_up = LoginView.as_view(template_name="account/signup.html")
sign_in_with_password = PasswordView.as_view()
