"""Loads the demo city's catalogue: districts, partners, levels, factors, scenarios with methodologies, feeds.

Runs after every `migrate`, and may run any number of times: what is published is left as it is.
"""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from accounts.models import Achievement, ConsentText, District, Level, Partner, User
from activities.intake import formats
from activities.integrity import registry
from activities.methodologies import factors, versions
from activities.models import Factor, Feed, Methodology, PointsRate, RuleSetting, Scenario
from config import clock

FOLDER = Path(__file__).parent / "catalogue"
WEBHOOK_SECRET = "whsec_c2FuZGJveC1vbmx5LXdlYmhvb2stc2VjcmV0LTMyYg=="
"""What the sandbox's partners sign with; no secret, since the sandbox never runs in production."""

TEXTS_PUBLISHED_ON = date(2025, 1, 1)
"""Before anybody of a simulated city agrees to them."""


@transaction.atomic
def load() -> None:
    """Load everything under sandbox/catalogue/."""
    for entry in _read("districts.yaml"):
        District.objects.update_or_create(code=entry.pop("code"), defaults=entry)
    for entry in _read("partners.yaml"):
        load_partner(entry)
    _load_levels(_read("levels.yaml"))
    _load_factors(_read("factors.yaml"))
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
    values = {"published_at": clock.day_start(TEXTS_PUBLISHED_ON), **text}
    ConsentText.objects.get_or_create(partner=partner, version=values.pop("version"), defaults=values)
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


def _load_levels(document: dict[str, Any]) -> None:
    for entry in document["levels"]:
        Level.objects.get_or_create(number=entry.pop("number"), defaults=entry)
    for position, entry in enumerate(document["achievements"], start=1):
        Achievement.objects.get_or_create(code=entry.pop("code"), defaults={"position": position, **entry})


def _load_factors(entries: list[dict[str, Any]]) -> None:
    """Published factors, older before newer; what is there stays as it is."""
    for entry in entries:
        values = dict(entry)
        key = {name: values.pop(name) for name in ("code", "region", "year", "status")}
        if Factor.objects.filter(**key).exists():
            continue
        if before := values.pop("supersedes", None):
            values["supersedes"] = Factor.objects.get(code=key["code"], region=key["region"], year=before)
        factor = Factor(**key, demo=True, **values)
        factor.full_clean()
        factors.publish(factor)


def _load_scenarios(document: dict[str, Any]) -> None:
    rate = document["points_rate"]
    PointsRate.objects.get_or_create(valid_from=rate["valid_from"], defaults={"mg_per_point": rate["mg_per_point"]})
    for entry in document["scenarios"]:
        values = dict(entry)
        versions_given, rules = values.pop("methodologies"), values.pop("rules", {})
        scenario, _created = Scenario.objects.update_or_create(code=values.pop("code"), defaults=values)
        load_rules(scenario, rules)
        for given in versions_given:
            if not scenario.methodologies.filter(version=given["version"]).exists():
                _adopt(scenario, given)


def load_rules(scenario: Scenario, rules: dict[str, Any]) -> None:
    """The settings of the rules that judge a scenario, where there are none yet. Raises SettingsInvalid."""
    for code, given in rules.items():
        registry.parse(code, given)
        RuleSetting.objects.get_or_create(scenario=scenario, rule=code, defaults={"settings": given})


def _adopt(scenario: Scenario, given: dict[str, Any]) -> None:
    values = dict(given)
    chosen = {
        path: Factor.objects.get(code=code, region=region, year=year)
        for path, (code, region, year) in values.pop("factors", {}).items()
    }
    values["valid_from"] = datetime.fromisoformat(values["valid_from"])
    versions.adopt(Methodology(scenario=scenario, **values), _account("author"), _account("approver"), chosen)


def _account(part: str) -> User:
    """An account nobody can sign in with, in whose name the catalogue was written or approved."""
    account, _created = User.objects.get_or_create(
        username=f"catalogue-{part}", defaults={"is_active": False, "email": f"catalogue-{part}@demo.invalid"}
    )
    return account


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def feeds() -> Iterator[str]:
    """The codes of the feeds that come with the sandbox."""
    return (path.stem for path in sorted((FOLDER / "feeds").glob("*.yaml")))
