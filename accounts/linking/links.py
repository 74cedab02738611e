"""Tying a partner account to a citizen, and untying it. One account belongs to one citizen."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import citizens, consents
from accounts.linking import grants
from accounts.linking.grants import Tokens
from accounts.linking.models import Link, digest_subject
from accounts.models import Citizen, Consent, ConsentText, Partner
from config import clock
from config.problems import Problem

HINT_LENGTH = 4


class LinkedToOther(Problem):
    status, code, title = 409, "linked_to_other_citizen", _("This partner account is linked by somebody else already.")


class SecondAccount(Problem):
    status, code = 409, "already_linked_another_account"
    title = _("You have linked another account of this partner. Disconnect that one first.")


class NotLinkable(Problem):
    status, code, title = 409, "partner_not_linkable", _("This partner cannot be linked at present.")


class NotLinked(Problem):
    status, code, title = 404, "not_linked", _("This partner is not linked.")


@dataclass(frozen=True)
class Row:
    """A partner as the citizen's list shows it: what would be read, and the live link if there is one."""

    partner: Partner
    text: ConsentText
    link: Link | None


def overview(citizen: Citizen) -> list[Row]:
    """Every partner that can be linked, and those that are (first); one query each for partners, texts and links."""
    live = {link.partner_id: link for link in Link.objects.filter(citizen=citizen, ended_at=None)}
    newest: dict[int, ConsentText] = {}
    for text in ConsentText.objects.order_by("version"):
        newest[text.partner_id] = text
    partners = [partner for partner in Partner.objects.all() if partner.linkable or partner.pk in live]
    rows = [Row(partner, newest[partner.pk], live.get(partner.pk)) for partner in partners if partner.pk in newest]
    return sorted(rows, key=lambda row: row.link is None)


def live(citizen: Citizen, partner: Partner) -> Link:
    """The citizen's live link; raises NotLinked."""
    link = Link.objects.filter(citizen=citizen, partner=partner, ended_at=None).select_related("partner").first()
    if link is None:
        raise NotLinked
    return link


def establish(
    citizen: Citizen,
    partner: Partner,
    subject: str,
    consent: Consent | None,
    tokens: Tokens | None = None,
    *,
    reads_from: datetime | None = None,
) -> Link:
    """Tie the partner account `subject` to the citizen; the same account again renews its grant and consent.

    `reads_from` is the earliest activity that counts: without it, the start of the city's day, or the end of the
    account's last link where that is later, so that no activity counts for two citizens. Raises
    CitizenSuspended, NotLinkable, NoConsent, LinkedToOther or SecondAccount; nothing is written then.
    """
    try:
        with transaction.atomic():
            citizen = citizens.require_active(Citizen.objects.select_for_update().get(pk=citizen.pk))
            if not partner.active:
                raise NotLinkable
            consent = consents.require_usable(consent, citizen, partner)
            link = _renewable(citizen, partner, subject)
            if link:
                Link.objects.filter(pk=link.pk).update(consent=consent, renewal_needed=False)
                link.refresh_from_db()
            else:
                link = _draft(citizen, partner, subject, consent, reads_from or _unread_since(partner, subject))
                link.save(force_insert=True)
            if tokens:
                grants.store(link, tokens)
            return link
    except IntegrityError:  # somebody linked it in this moment: the unique keys refuse
        raise LinkedToOther from None


def _renewable(citizen: Citizen, partner: Partner, subject: str) -> Link | None:
    digest = digest_subject(partner.code, subject)
    of_account = Link.objects.filter(partner=partner, subject_digest=digest, ended_at=None).first()
    if of_account and of_account.citizen_id != citizen.pk:
        raise LinkedToOther
    if of_account is None and Link.objects.filter(partner=partner, citizen=citizen, ended_at=None).exists():
        raise SecondAccount
    return of_account


def _unread_since(partner: Partner, subject: str) -> datetime:
    ended = Link.objects.filter(
        partner=partner, subject_digest=digest_subject(partner.code, subject), ended_at__isnull=False
    )
    last = ended.aggregate(last=Max("ended_at"))["last"]
    today = clock.day_start(clock.city_today())
    return max(today, last) if last else today


def _draft(citizen: Citizen, partner: Partner, subject: str, consent: Consent, reads_from: datetime) -> Link:
    link = Link(citizen=citizen, partner=partner, consent=consent, reads_from=reads_from)
    link.subject_digest = digest_subject(partner.code, subject)
    link.subject = subject
    link.hint = subject[-HINT_LENGTH:]
    return link


def open_many(
    partner: Partner,
    pairs: Iterable[tuple[Citizen, str]],
    *,
    reads_from: datetime,
    channel: str = Consent.Channel.SANDBOX,
    at_opening: bool = False,
    batch_size: int = 2000,
) -> list[Link]:
    """Tie many accounts at once, each `(citizen, subject)` with a consent to the text in force, without tokens.

    They are tied now, or `at_opening` of each citizen's carbon account, and nothing of a day before is read then.
    For enrolling pseudonymous people of a file: all or nothing. Raises NoConsentText, or IntegrityError where
    an account or a citizen is linked already.
    """
    text = consents.current_text(partner)
    pairs = list(pairs)
    now = timezone.now()
    given = [
        Consent(
            citizen_id=citizen.pk,
            text=text,
            step=Consent.Step.GIVEN,
            channel=channel,
            created_at=citizen.created_at if at_opening else now,
        )
        for citizen, _ in pairs
    ]
    links = [
        _draft(citizen, partner, subject, consent, reads_from)
        for (citizen, subject), consent in zip(pairs, given, strict=True)
    ]
    for link in links:
        link.linked_at = link.consent.created_at
        if at_opening:
            link.reads_from = max(reads_from, clock.day_start(clock.city_day(link.linked_at)))
    with transaction.atomic():
        Consent.objects.bulk_create(given, batch_size=batch_size)
        return Link.objects.bulk_create(links, batch_size=batch_size)


def end(link: Link, by: str, channel: str) -> bool:
    """Untie at once: intake looks at live links only. Tokens go to be revoked, the consent is withdrawn.

    Returns whether it was live. `by` is a Link.End, `channel` a Consent.Channel.
    """
    with transaction.atomic():
        live = Link.objects.filter(pk=link.pk, ended_at=None)
        if not live.update(ended_at=timezone.now(), ended_by=by):
            return False
        grants.drop(link, f"ended by {by}")
        consents.withdraw(link.citizen_id, link.consent.text, channel)
        return True


def end_all(citizen_id: UUID, by: str, channel: str) -> Sequence[Link]:
    """Untie whatever the citizen has linked, as erasing an account does."""
    links = list(Link.objects.filter(citizen_id=citizen_id, ended_at=None).select_related("partner", "consent__text"))
    with transaction.atomic():
        return [link for link in links if end(link, by, channel)]
