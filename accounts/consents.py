"""What citizens agreed to: the texts in force, and the history of given and withdrawn."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Citizen, Consent, ConsentText, Partner
from config.problems import Problem

FRESH = timedelta(minutes=15)


class NoConsentText(Problem):
    status, code, title = 409, "no_consent_text", _("This partner cannot be linked yet.")


class ConsentStale(Problem):
    status, code, title = 409, "consent_stale", _("The consent text has changed. Please read it again.")


class NoConsent(Problem):
    status, code, title = 409, "no_consent", _("Your consent is missing or too old. Please start again.")


def current_text(partner: Partner) -> ConsentText:
    """The text in force; raises NoConsentText."""
    text = partner.consent_texts.order_by("-version").first()
    if text is None:
        raise NoConsentText
    return text


def give(citizen: Citizen, partner: Partner, version: int, channel: str) -> Consent:
    """Record the citizen's yes to the text they were shown; raises NoConsentText or ConsentStale."""
    text = current_text(partner)
    if text.version != version:
        raise ConsentStale
    return Consent.objects.create(citizen_id=citizen.pk, text=text, step=Consent.Step.GIVEN, channel=channel)


def withdraw(citizen_id: UUID, text: ConsentText, channel: str) -> Consent:
    """Record that what was given holds no longer."""
    return Consent.objects.create(citizen_id=citizen_id, text=text, step=Consent.Step.WITHDRAWN, channel=channel)


def require_usable(consent: Consent | None, citizen: Citizen, partner: Partner) -> Consent:
    """The consent, if it is this citizen's yes to this partner's text in force, fresh and used for no link yet.

    Raises NoConsent.
    """
    usable = (
        consent is not None
        and consent.step == Consent.Step.GIVEN
        and consent.citizen_id == citizen.pk
        and consent.text == current_text(partner)
        and consent.created_at > timezone.now() - FRESH
        and not consent.link_set.exists()
        and not _withdrawn_since(consent)
    )
    if consent is None or not usable:
        raise NoConsent
    return consent


def _withdrawn_since(consent: Consent) -> bool:
    later = Consent.objects.filter(citizen_id=consent.citizen_id, created_at__gt=consent.created_at)
    return later.filter(text__partner=consent.text.partner_id, step=Consent.Step.WITHDRAWN).exists()
