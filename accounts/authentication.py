"""How the API knows who calls: the app's session token, or the browser's session."""

from typing import Any

from allauth.headless.contrib.rest_framework.authentication import XSessionTokenAuthentication
from allauth.headless.internal import sessionkit
from allauth.headless.tokens.strategies.sessions import SessionTokenStrategy
from django.contrib.sessions.backends.base import SessionBase
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from config import problems


class SessionTokens(SessionTokenStrategy):
    """allauth asks whether a session is there and then for the session: one query is enough."""

    def lookup_session(self, session_token: str) -> SessionBase | None:
        found: SessionBase | None = sessionkit.lookup_session(session_token)
        return found


class SessionToken(XSessionTokenAuthentication):
    """`X-Session-Token`, handed out by allauth.headless; a dead token is an error, not an anonymous caller."""

    def authenticate(self, request: Request) -> Any:
        if not self.get_session_token(request):
            return None
        found = super().authenticate(request)
        if found is None:
            raise AuthenticationFailed(problems.TITLES["authentication_failed"][1])
        return found

    def authenticate_header(self, request: Request) -> str:
        return 'X-Session-Token realm="api"'


class BrowserSession(SessionAuthentication):
    """The web page's own calls, with its cookie and CSRF token."""


class SessionTokenScheme(OpenApiAuthenticationExtension):
    target_class = SessionToken
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "X-Session-Token"}


class BrowserSessionScheme(OpenApiAuthenticationExtension):
    target_class = BrowserSession
    name = "browserSession"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "tanpuhui_session"}
