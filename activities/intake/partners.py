"""Partners, contracts and feeds from a file: what would change, and the change. Doing it twice changes nothing."""

import json
import os
import secrets
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import ConsentText, Partner
from activities.intake import declarations
from activities.intake.declarations import Secret
from activities.intake.formats.errors import FormatInvalid, suggest
from activities.intake.formats.vocabulary import Format
from activities.models import Contract, Feed, Scenario, Supervision
from config.problems import Problem


class PublishedTextChanged(Problem):
    status, code, title = 409, "consent_text_published", _("A published consent text cannot be changed.")


@dataclass
class Change:
    """What differs in one thing: (path, before, after); `before` is None for what is new."""

    thing: str
    lines: list[tuple[str, Any, Any]] = field(default_factory=list)


@dataclass
class Applied:
    """The changes, and the secrets that were made; these are shown once and kept nowhere in clear."""

    changes: list[Change] = field(default_factory=list)
    made: dict[str, str] = field(default_factory=dict)


def apply(declaration: Any, *, dry_run: bool = False) -> Applied:
    """Write what the file declares. A partner or feed that the file does not name stays as it is.

    Raises FormatInvalid with a path, PublishedTextChanged. Nothing is written where anything is wrong.
    """
    document, applied = declarations.parse(declaration), Applied()
    raw = json.loads(json.dumps(declaration))
    with transaction.atomic():
        for number, partner in enumerate(document.partners):
            _apply_partner(partner, f"partners[{number}]", applied)
        for number, feed in enumerate(document.feeds):
            _apply_feed(feed, raw["feeds"][number], f"feeds[{number}]", applied)
        if dry_run:
            transaction.set_rollback(True)
            applied.made.clear()
    applied.changes = [change for change in applied.changes if change.lines]
    return applied


def _apply_partner(declared: declarations.Partner, path: str, applied: Applied) -> None:
    partner = Partner.objects.filter(code=declared.code).first() or Partner(code=declared.code)
    values = {name: getattr(declared, name) for name in ("kind", "name_zh", "name_en", "active", "client_id", "scope")}
    if declared.issuer_url is not None:
        values["issuer_url"] = declared.issuer_url
    change = Change(f"partner {declared.code}")
    applied.changes.append(change)
    secret = _read_secret(declared.client_secret, f"{path}.client_secret", partner.client_secret)
    if secret is not None:
        partner.client_secret = secret
        change.lines.append(("client_secret", None, "(set)"))
        _remember(applied, declared.client_secret, f"{declared.code} client_secret", secret)
    _update(partner, values, change)
    if declared.consent is not None:
        _apply_consent(partner, declared.consent, path, change)
    elif not partner.consent_texts.exists():
        raise FormatInvalid(f"{path}.consent", "is missing: a new partner needs the text that citizens are asked")
    for contract in declared.contracts:
        values = msgspec.structs.asdict(contract) | {"valid_until": contract.valid_until or None}
        number = values.pop("number")
        kept = Contract.objects.filter(partner=partner, number=number).first()
        _update(kept or Contract(partner=partner, number=number), values, change, f"contract {number}.")
    if declared.supervision is not None:
        kept_supervision = Supervision.objects.filter(partner=partner).first() or Supervision(partner=partner)
        _update(kept_supervision, msgspec.structs.asdict(declared.supervision), change, "supervision.")


def _apply_consent(partner: Partner, declared: declarations.ConsentText, path: str, change: Change) -> None:
    values = msgspec.structs.asdict(declared)
    version = values.pop("version")
    kept = ConsentText.objects.filter(partner=partner, version=version).first()
    if kept is None:
        _update(ConsentText(partner=partner, version=version), values, change, f"consent v{version}.")
        return
    for name, value in values.items():
        if getattr(kept, name) != value:
            raise PublishedTextChanged(
                _("%(path)s: version %(version)s is published with another text; give it the version %(next)s.")
                % {"path": f"{path}.consent.{name}", "version": version, "next": version + 1}
            )


def _check_scenarios(declared: Format, path: str) -> None:
    """A scenario that is misspelt would cost every row."""
    known = list(Scenario.objects.values_list("code", flat=True))
    for number, case in enumerate(declared.cases):
        for code in case.scenarios:
            if code not in known:
                said = f"there is no scenario {code!r}{suggest(code, known)}"
                raise FormatInvalid(f"{path}.cases[{number}].scenario", said)


def _apply_feed(declared: declarations.Feed, raw: dict[str, Any], path: str, applied: Applied) -> None:
    partner = Partner.objects.filter(code=declared.partner).first()
    if partner is None:
        known = list(Partner.objects.values_list("code", flat=True))
        hint = suggest(declared.partner, known)
        raise FormatInvalid(f"{path}.partner", f"there is no partner {declared.partner!r}{hint}")
    _check_scenarios(declared.format, f"{path}.format")
    feed = Feed.objects.select_related("partner").filter(code=declared.code).first() or Feed(code=declared.code)
    change = Change(f"feed {declared.code}")
    applied.changes.append(change)
    for name, declared_secret, current in (
        ("secret", declared.secret, feed.secrets.split("\n")[0]),
        ("key", declared.key, feed.key),
    ):
        secret = _read_secret(declared_secret, f"{path}.{name}", current)
        if secret is not None:
            _keep_secret(feed, name, secret)
            change.lines.append((name, "(another)" if current else None, "(set)"))
            _remember(applied, declared_secret, f"{declared.code} {name}", secret)
    values = {"partner": partner, "active": declared.active, "format": raw["format"]}
    values |= {"pull": raw.get("pull"), "store": raw.get("store")}
    if declared.format.evidence:
        values["evidence"] = declared.format.evidence
    _update(feed, values, change)


def _keep_secret(feed: Feed, name: str, secret: str) -> None:
    """A new webhook secret stands in front of the last one, which stays good until the next."""
    if name == "secret":
        feed.secrets = "\n".join([secret, *feed.secrets.split()[:1]])
    else:
        feed.key = secret


def _read_secret(declared: Secret | None, path: str, current: str) -> str | None:
    """The secret to set, None where the one that is there stays. Raises FormatInvalid."""
    if declared is None:
        return None
    if bool(declared.env) == declared.generate:
        raise FormatInvalid(path, "give either `env: NAME_OF_THE_VARIABLE` or `generate: true`")
    if declared.generate:
        return None if current else f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    value = os.environ.get(declared.env, "")
    if not value:
        raise FormatInvalid(f"{path}.env", f"the environment has no {declared.env}")
    return None if value == current else value


def _remember(applied: Applied, declared: Secret | None, what: str, secret: str) -> None:
    if declared is not None and declared.generate:
        applied.made[what] = secret


def _update(row: models.Model, values: dict[str, Any], change: Change, prefix: str = "") -> None:
    """Set the values on a row and save it where anything differs; a new row is always saved."""
    new = row._state.adding
    before = {name: None if new else _plain(getattr(row, name)) for name in values}
    for name, value in values.items():
        setattr(row, name, value)
        change.lines += list(_differences(f"{prefix}{name}", before[name], _plain(value)))
    if new or change.lines:
        row.save()


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return str(getattr(value, "code", value.pk))
    return value if isinstance(value, dict | list | bool | int | None) else str(value)


def _differences(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Every leaf that differs."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _differences(f"{path}.{key}", before.get(key), after.get(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{path}[{number}]", old, new)
    else:
        yield path, before, after
