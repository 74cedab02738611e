"""Every call to a partner's OpenID Connect server: discovery, refresh, revocation. Short timeouts, no redirects."""

from dataclasses import dataclass
from typing import Any

import requests
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from accounts.models import Partner
from config.problems import Problem

DISCOVERY_SECONDS = 3600
NEEDED = {"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"}


class PartnerUnavailable(Problem):
    status, code, title = 502, "partner_unavailable", _("The partner does not answer. Please try again later.")


class GrantRefused(Exception):  # noqa: N818  nobody but grants.py sees it
    """The partner does not know our grant any more (`invalid_grant`)."""


@dataclass(frozen=True)
class Client:
    """The city at a partner. Made apart from the database row, as allauth's provider has only the parts."""

    issuer_url: str
    client_id: str
    client_secret: str

    @classmethod
    def of(cls, partner: Partner) -> "Client":
        return cls(partner.issuer_url, partner.client_id, partner.client_secret)

    def discover(self) -> dict[str, Any]:
        """The partner's configuration, kept for an hour. Raises PartnerUnavailable, also for another's document."""
        key = f"oidc-discovery:{self.issuer_url}"
        document: dict[str, Any] | None = cache.get(key)
        if document is None:
            document = self._fetch_discovery()
            cache.set(key, document, DISCOVERY_SECONDS)
        return document

    def refresh(self, refresh_token: str) -> dict[str, Any]:
        """New tokens. Raises GrantRefused or PartnerUnavailable."""
        answer = self._post(self.discover()["token_endpoint"], grant_type="refresh_token", refresh_token=refresh_token)
        body = _json(answer)
        if answer.status_code == 200 and body.get("access_token"):
            return body
        if body.get("error") == "invalid_grant":
            raise GrantRefused
        raise PartnerUnavailable

    def revoke(self, token: str, hint: str) -> None:
        """Make a token invalid at the partner. Raises PartnerUnavailable with what went wrong."""
        endpoint = self.discover().get("revocation_endpoint")
        if not endpoint:
            raise PartnerUnavailable("The partner has no revocation endpoint.")
        answer = self._post(endpoint, token=token, token_type_hint=hint)
        if answer.status_code != 200:
            raise PartnerUnavailable(f"The partner answered {answer.status_code}.")

    def _fetch_discovery(self) -> dict[str, Any]:
        answer = self._send("GET", f"{self.issuer_url.rstrip('/')}/.well-known/openid-configuration")
        document = _json(answer)
        if answer.status_code != 200 or not document.keys() >= NEEDED:
            raise PartnerUnavailable("The partner's configuration is incomplete.")
        if document["issuer"].rstrip("/") != self.issuer_url.rstrip("/"):
            raise PartnerUnavailable("The partner's configuration names another issuer.")
        return document

    def _post(self, url: str, **form: str) -> requests.Response:
        return self._send("POST", url, data=form, auth=(self.client_id, self.client_secret))

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        try:
            return requests.request(
                method, url, timeout=settings.SOCIALACCOUNT_REQUESTS_TIMEOUT, allow_redirects=False, **options
            )
        except requests.RequestException as error:
            raise PartnerUnavailable(f"The partner does not answer ({type(error).__name__}).") from error


def _json(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}
