"""Who is signed in, read together with the carbon account, and its end where one was asked for: pages need both."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from accounts.models import User


class CitizenBackend(AuthenticationBackend):
    def get_user(self, user_id: Any) -> User | None:
        user: User | None = User.objects.select_related("citizen__departure").filter(pk=user_id).first()
        return user if user and self.user_can_authenticate(user) else None
