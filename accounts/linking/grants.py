"""The tokens of links: kept encrypted, refreshed one at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.linking import revocations
from accounts.linking.models import Grant, Link
from accounts.linking.partner_http import Client, GrantRefused
from config.problems import Problem

EARLY = timedelta(seconds=30)


class RenewalNeeded(Problem):
    status, code, title = 409, "renewal_needed", _("The partner withdrew its permission. Please link it again.")


@dataclass(frozen=True)
class Tokens:
    """What a partner hands out; `refresh` is "" and `expires_at` None where it gives none."""

    access: str
    refresh: str = ""
    expires_at: datetime | None = None

    @classmethod
    def read(cls, answer: dict[str, Any]) -> "Tokens":
        """From the body of a token endpoint (RFC 6749 5.1)."""
        seconds = answer.get("expires_in")
        expires_at = timezone.now() + timedelta(seconds=int(seconds)) if seconds else None
        return cls(answer["access_token"], answer.get("refresh_token") or "", expires_at)


def store(link: Link, tokens: Tokens) -> None:
    """Keep the tokens of a link; those it had before are revoked."""
    drop(link, "replaced")
    grant = Grant(link=link, expires_at=tokens.expires_at)
    grant.access_token, grant.refresh_token = tokens.access, tokens.refresh
    grant.save()


def drop(link: Link, reason: str) -> None:
    """Forget the tokens of a link and have them revoked."""
    grant = Grant.objects.select_for_update().filter(link=link).first()
    if grant:
        revocations.queue(link.partner, reason, refresh=grant.refresh_token, access=grant.access_token)
        grant.delete()


def access_token(link: Link, *, force: bool = False) -> str:
    """A token with which the link's data may be read now, refreshed if it is about to end (or by `force`).

    The row stays locked while the partner is asked, since a refresh token works once only. Raises
    RenewalNeeded where the partner withdrew the grant, which marks the link, or PartnerUnavailable.
    """
    try:
        with transaction.atomic():
            return _fresh(link, force)
    except GrantRefused:
        Link.objects.filter(pk=link.pk, ended_at=None).update(renewal_needed=True)
        raise RenewalNeeded from None


def _fresh(link: Link, force: bool) -> str:
    grant = Grant.objects.select_for_update(of=("self",)).filter(link=link, link__ended_at=None).first()
    if grant is None:
        raise RenewalNeeded
    lasts = grant.expires_at is None or grant.expires_at > timezone.now() + EARLY
    if lasts and not force:
        return grant.access_token
    if not grant.refresh_token:
        raise GrantRefused
    tokens = Tokens.read(Client.of(link.partner).refresh(grant.refresh_token))
    grant.access_token, grant.expires_at, grant.refreshed_at = tokens.access, tokens.expires_at, timezone.now()
    grant.refresh_token = tokens.refresh or grant.refresh_token
    grant.save()
    return tokens.access
