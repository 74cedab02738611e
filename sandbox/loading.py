"""Loads the demo city's catalogue: districts, partners, scenarios with methodologies, feeds.

Runs after every `migrate`, and may run any number of times: what is published is left as it is.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from accounts.models import ConsentText, District, Partner
from activities.intake import formats
from activities.methodologies import versions
from activities.models import Feed, Methodology, PointsRate, Scenario

FOLDER = Path(__file__).parent / "catalogue"
WEBHOOK_SECRET = "whsec_c2FuZGJveC1vbmx5LXdlYmhvb2stc2VjcmV0LTMyYg=="
"""What the sandbox's partners sign with; no secret, since the sandbox never runs in production."""


@transaction.atomic
def load() -> None:
    """Load everything under sandbox/catalogue/."""
    for entry in _read("districts.yaml"):
        District.objects.update_or_create(code=entry.pop("code"), defaults=entry)
    for entry in _read("partners.yaml"):
        load_partner(entry)
    _load_scenarios(_read("scenarios.yaml"))
    for path in sorted((FOLDER / "feeds").glob("*.yaml")):
        load_feed(yaml.safe_load(path.read_text(encoding="utf-8")))


def load_partner(entry: dict[str, Any]) -> Partner:
    """A partner, and its consent text where it has one; a text's version never changes."""
    values = dict(entry)
    consent = values.pop("consent", None)
    issuer_url = values.pop("issuer_url", "")  # of a partner that is there, it is set where its server is started
    partner, _created = Partner.objects.update_or_create(
        code=values.pop("code"), defaults=values, create_defaults={**values, "issuer_url": issuer_url}
    )
    text = consent or {"version": 1, **{f"{part}_{tongue}": "" for part in _PARTS for tongue in ("zh", "en")}}
    ConsentText.objects.get_or_create(partner=partner, version=text.pop("version"), defaults=text)
    return partner


_PARTS = ("reads", "purpose", "retention")


def load_feed(entry: dict[str, Any]) -> Feed:
    """A feed with a checked format. Raises FormatInvalid."""
    formats.parse(entry["format"])
    partner = Partner.objects.get(code=entry["partner"])
    feed, created = Feed.objects.update_or_create(
        code=entry["code"], defaults={"partner": partner, "format": entry["format"]}
    )
    if created:
        feed.secrets = WEBHOOK_SECRET
        feed.save(update_fields=["secrets_encrypted"])
    return feed


def _load_scenarios(document: dict[str, Any]) -> None:
    rate = document["points_rate"]
    PointsRate.objects.get_or_create(valid_from=rate["valid_from"], defaults={"mg_per_point": rate["mg_per_point"]})
    for entry in document["scenarios"]:
        values = dict(entry)
        methodology = values.pop("methodology")
        scenario, _created = Scenario.objects.update_or_create(code=values.pop("code"), defaults=values)
        version = methodology.pop("version")
        if not Methodology.objects.filter(scenario=scenario, version=version).exists():
            versions.publish(Methodology(scenario=scenario, version=version, **methodology))


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def feeds() -> Iterator[str]:
    """The codes of the feeds that come with the sandbox."""
    return (path.stem for path in sorted((FOLDER / "feeds").glob("*.yaml")))
