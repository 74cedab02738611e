"""What citizens agreed to: the texts in force, and the history of given and withdrawn."""

from datetime import timedelta
from typing import Any
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


class NoReceipt(Problem):
    status, code, title = 404, "no_receipt", _("There is no such consent.")


def history(citizen_id: UUID) -> list[Consent]:
    """Every consent that was given or withdrawn, newest first. One query."""
    return list(
        Consent.objects.filter(citizen_id=citizen_id).select_related("text__partner").order_by("-created_at", "-id")
    )


def receipt(citizen_id: UUID, consent_id: UUID) -> dict[str, Any]:
    """One step of the history with the text it was about, in both languages. Raises NoReceipt for a stranger's."""
    own = Consent.objects.filter(citizen_id=citizen_id, pk=consent_id).select_related("text__partner").first()
    if own is None:
        raise NoReceipt
    text = own.text
    return {
        "receipt": str(own.pk),
        "account": str(citizen_id),
        "step": own.step,
        "at": own.created_at.isoformat(),
        "channel": own.channel,
        "partner": {"code": text.partner.code, "name_zh": text.partner.name_zh, "name_en": text.partner.name_en},
        "text": {
            "version": text.version,
            "published_at": text.published_at.isoformat(),
            **{
                f"{part}_{language}": getattr(text, f"{part}_{language}")
                for part in ("reads", "purpose", "retention")
                for language in ("zh", "en")
            },
        },
    }
