"""Linking from the app: a ticket goes to the system browser, a code comes back by deep link and is claimed.

The browser signs nobody in: it only carries the partner's answer. Nothing is linked before the app of the
same citizen claims the code with its own token.
"""

import json
import secrets
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import citizens, consents
from accounts.linking import links, revocations
from accounts.linking.grants import Tokens
from accounts.linking.models import Link, Ticket
from accounts.models import Citizen, Consent, Partner
from config.problems import Problem


class TicketGone(Problem):
    status, code, title = 410, "ticket_gone", _("This page was opened already or has expired. Start again in the app.")


class CodeUnknown(Problem):
    status, code, title = 400, "link_code_unknown", _("The code is unknown, used or expired.")


def issue(citizen: Citizen, partner: Partner, version: int) -> Ticket:
    """A ticket to link the partner, with the consent that the app asked for.

    Raises CitizenSuspended, NotLinkable, NoConsentText or ConsentStale.
    """
    citizens.require_active(citizen)
    if not partner.linkable:
        raise links.NotLinkable
    with transaction.atomic():
        consent = consents.give(citizen, partner, version, Consent.Channel.APP)
        return Ticket.objects.create(citizen=citizen, partner=partner, consent=consent)


def find(ticket: str) -> Ticket:
    """The ticket if the browser may still open it; raises TicketGone."""
    found = Ticket.objects.select_related("partner", "consent__text").filter(ticket=ticket, opened_at=None).first()
    if found is None or not found.alive:
        raise TicketGone
    return found


def open_once(ticket: Ticket) -> None:
    """Let the browser through; raises TicketGone the second time."""
    if not Ticket.objects.filter(pk=ticket.pk, opened_at=None).update(opened_at=timezone.now()):
        raise TicketGone


def keep(ticket: Ticket, subject: str, tokens: Tokens) -> str:
    """Keep the partner's answer, encrypted, for the app to claim; returns the one-time code.

    Raises TicketGone for a ticket that has its answer already or has expired.
    """
    code = secrets.token_urlsafe(32)
    ends = tokens.expires_at.isoformat() if tokens.expires_at else None
    ticket.result = json.dumps({"subject": subject, "access": tokens.access, "refresh": tokens.refresh, "ends": ends})
    waiting = Ticket.objects.filter(pk=ticket.pk, code=None, completed_at=None, opened_at__isnull=False)
    if not ticket.alive or not waiting.update(code=code, result_encrypted=ticket.result_encrypted):
        raise TicketGone
    return code


def claim(citizen: Citizen, code: str) -> Link:
    """Link what came back with the code; raises CodeUnknown for others' codes, or what `links.establish` raises."""
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(of=("self",)).select_related("partner", "consent__text")
        found = ticket.filter(code=code, completed_at=None, citizen=citizen).first()
        if found is None or not found.alive:
            raise CodeUnknown
        subject, tokens = _read(found)
        link = links.establish(citizen, found.partner, subject, found.consent, tokens)
        _close(found)
        return link


def sweep() -> int:
    """Give back what nobody claimed, and what was claimed in vain; returns how many tickets were closed."""
    open_results = Ticket.objects.filter(completed_at=None, created_at__lt=timezone.now() - Ticket.LIFE)
    keys = list(open_results.exclude(result_encrypted="").values_list("pk", flat=True))
    return sum(_give_back(key) for key in keys)


def _give_back(key: int) -> bool:
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update().filter(pk=key, completed_at=None).first()
        if ticket is None:
            return False
        _subject, tokens = _read(ticket)
        revocations.queue(ticket.partner, "not claimed", refresh=tokens.refresh, access=tokens.access)
        _close(ticket)
        return True


def _read(ticket: Ticket) -> tuple[str, Tokens]:
    result = json.loads(ticket.result)
    expires_at = datetime.fromisoformat(result["ends"]) if result["ends"] else None
    return result["subject"], Tokens(result["access"], result["refresh"], expires_at)


def _close(ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(completed_at=timezone.now(), code=None, result_encrypted="")
