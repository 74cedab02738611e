"""Links: a partner account tied to a citizen."""

from collections.abc import Iterable
from datetime import datetime

from accounts.linking.models import Link, digest_subject
from accounts.models import Citizen, Consent, ConsentText, Partner


def open_many(
    partner: Partner, pairs: Iterable[tuple[Citizen, str]], *, reads_from: datetime, channel: Consent.Channel
) -> int:
    text = ConsentText.objects.filter(partner=partner).order_by("-version").first()
    links, consents = [], []
    for citizen, subject in pairs:
        consent = Consent(citizen_id=citizen.id, text=text, step="given", channel=channel)
        consents.append(consent)
        link = Link(
            citizen=citizen,
            partner=partner,
            subject_digest=digest_subject(partner.code, subject),
            hint=subject[-4:],
            consent=consent,
            reads_from=reads_from,
        )
        link.subject = subject
        links.append(link)
    Consent.objects.bulk_create(consents, batch_size=5000)
    Link.objects.bulk_create(links, batch_size=5000)
    return len(links)
