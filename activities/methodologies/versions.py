"""The road of a methodology version, draft to published, and which one is in force when.

The row of the scenario is the lock: whatever is done with the versions of one scenario follows one after the other.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.methodologies import factors, families, texts
from activities.models import Methodology, MethodologyStep, Scenario
from config.clock import city_zone
from config.problems import Problem

State, Step = Methodology.State, MethodologyStep.Step


class VersionFixed(Problem):
    status, code, title = 409, "version_fixed", _("This version cannot be changed any more.")


class OwnDraft(Problem):
    status, code, title = 403, "own_draft", _("A version is approved by somebody who did not write it.")


class StepNotPermitted(Problem):
    status, code, title = 403, "step_not_permitted", _("You may not do this with a methodology version.")


class ValidityOverlaps(Problem):
    status, code, title = 409, "validity_overlaps", _("Another published version holds in this period.")


class RegionMismatch(Problem):
    status, code, title = 422, "region_mismatch", _("This version is for another region than the city's.")


@transaction.atomic
def write(version: Methodology, by: User | None, chosen: dict[str, Any] | None = None) -> Methodology:
    """Save a draft; `chosen` are factors by the path of the parameter whose number they give. `by` becomes its author.

    Raises VersionFixed, FactorUnfit, ParametersInvalid, ValidityOverlaps.
    """
    if version.pk and _locked(version).state != State.DRAFT:
        raise VersionFixed(_("%(version)s is no draft any more: copy it to a new draft.") % {"version": version})
    examine(version, chosen)
    version.version = version.version or _next_number(version.scenario)
    version.author = by
    version.save()
    _record(version, Step.WRITTEN, by)
    return version


def examine(version: Methodology, chosen: dict[str, Any] | None = None) -> None:
    """Put factors into a draft and look whether it could be published, without saving. Raises what `write` raises."""
    factors.apply(version, factors.chosen(version) if chosen is None else chosen)
    version.layer = version.corrects.layer + 1 if version.corrects else 0
    _check(version)


def copy(version: Methodology, by: User | None) -> Methodology:
    """A new draft with the content of a version, to begin after all that is published of its scenario."""
    last = version.scenario.methodologies.filter(published_at__isnull=False).aggregate(last=Max("valid_from"))["last"]
    draft = Methodology(
        scenario=version.scenario,
        family=version.family,
        parameters=version.parameters,
        factors=version.factors,
        region=version.region,
        valid_from=max(timezone.now(), (last or version.valid_from) + timedelta(days=1)),
        source_zh=version.source_zh,
        source_en=version.source_en,
        conservativeness_zh=version.conservativeness_zh,
        conservativeness_en=version.conservativeness_en,
    )
    return write(draft, by)


@transaction.atomic
def submit(version: Methodology, by: User, note: str = "") -> Methodology:
    """Hand a draft in: its numbers stand from here on. Raises StepNotPermitted, TextMissing and what `write` raises."""
    _demand(by, "submit")
    return _submit(version, by, note)


@transaction.atomic
def give_back(version: Methodology, by: User, note: str = "") -> Methodology:
    """Return what was submitted or approved to its author as a draft. Raises StepNotPermitted, VersionFixed."""
    _demand(by, "approve")
    locked = _expect(version, State.SUBMITTED, State.APPROVED)
    locked.state, locked.approver = State.DRAFT, None
    return _move(locked, Step.RETURNED, by, note)


@transaction.atomic
def approve(version: Methodology, by: User, note: str = "") -> Methodology:
    """Approve what another person wrote. Raises OwnDraft, StepNotPermitted, VersionFixed."""
    _demand(by, "approve")
    return _approve(version, by, note)


@transaction.atomic
def publish(version: Methodology, by: User, note: str = "") -> Methodology:
    """Publish an approved version from its `valid_from` on; from then on it never changes.

    An open version of the same layer ends where this one begins. Raises StepNotPermitted, VersionFixed,
    ValidityOverlaps, TextMissing, RegionMismatch.
    """
    _demand(by, "publish")
    return _publish(version, by, note)


@transaction.atomic
def adopt(version: Methodology, author: User, approver: User, chosen: dict[str, Any] | None = None) -> Methodology:
    """The whole road at once, for a catalogue decided elsewhere: written by one account, approved by another."""
    write(version, author, chosen)
    _submit(version, author, "")
    _approve(version, approver, "")
    return _publish(version, approver, "")


def overlapping(version: Methodology) -> list[Methodology]:
    """Published versions whose validity this one would cut, beyond ending an open one that began before."""
    others = Methodology.objects.filter(
        scenario=version.scenario, layer=version.layer, state__in=[State.PUBLISHED, State.SUPERSEDED]
    ).exclude(pk=version.pk)
    if version.valid_until is not None:
        others = others.filter(valid_from__lt=version.valid_until)
    others = others.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=version.valid_from))
    return [other for other in others if other.valid_until is not None or other.valid_from >= version.valid_from]


class Calendar:
    """The versions that hold or held, to look up which is in force at an instant. Read once a batch."""

    def __init__(self) -> None:
        self.versions: dict[int, list[Methodology]] = {}
        self.by_id: dict[int, Methodology] = {}
        held = Methodology.objects.filter(state__in=[State.PUBLISHED, State.SUPERSEDED])
        for version in held.order_by("-layer", "-valid_from"):
            self.versions.setdefault(version.scenario_id, []).append(version)
            self.by_id[version.pk] = version

    def in_force(self, scenario_id: int, at: datetime) -> Methodology | None:
        """The version of the highest layer whose validity holds `at`; None where there is none."""
        for version in self.versions.get(scenario_id, []):
            if version.valid_from <= at and (version.valid_until is None or at < version.valid_until):
                return version
        return None


def _submit(version: Methodology, by: User, note: str) -> Methodology:
    locked = _expect(version, State.DRAFT)
    examine(locked)
    texts.demand(locked)
    locked.save()
    locked.state = State.SUBMITTED
    return _move(locked, Step.SUBMITTED, by, note)


def _approve(version: Methodology, by: User, note: str) -> Methodology:
    locked = _expect(version, State.SUBMITTED)
    wrote = locked.steps.filter(step__in=[Step.WRITTEN, Step.SUBMITTED], by=by)
    if locked.author_id == by.pk or wrote.exists():
        raise OwnDraft(_("%(version)s was written by you: somebody else must approve it.") % {"version": locked})
    locked.state, locked.approver = State.APPROVED, by
    return _move(locked, Step.APPROVED, by, note)


def _publish(version: Methodology, by: User, note: str) -> Methodology:
    locked = _expect(version, State.APPROVED)
    _check(locked)
    texts.demand(locked)
    if not factors.covers(locked.region, settings.CITY_REGION):
        raise RegionMismatch(
            _("%(version)s is for %(region)s; the city lies in %(city)s.")
            % {"version": locked, "region": locked.region, "city": settings.CITY_REGION}
        )
    for before in Methodology.objects.filter(
        scenario=locked.scenario,
        layer=locked.layer,
        state=State.PUBLISHED,
        valid_until__isnull=True,
        valid_from__lt=locked.valid_from,
    ):
        before.state, before.valid_until = State.SUPERSEDED, locked.valid_from
        _move(before, Step.SUPERSEDED, by, str(locked))
    locked.state, locked.published_at = State.PUBLISHED, timezone.now()
    return _move(locked, Step.PUBLISHED, by, note)


def _demand(by: User, step: str) -> None:
    if not by.has_perm(f"activities.{step}_methodology"):
        raise StepNotPermitted(_("The right to %(step)s methodology versions is missing.") % {"step": step})


def _locked(version: Methodology) -> Methodology:
    """The version as it is now, its scenario locked."""
    Scenario.objects.select_for_update().get(pk=version.scenario_id)
    return Methodology.objects.select_related("scenario", "corrects").get(pk=version.pk)


def _expect(version: Methodology, *states: str) -> Methodology:
    locked = _locked(version)
    if locked.state not in states:
        raise VersionFixed(
            _("%(version)s is %(state)s; this can be done with: %(states)s.")
            % {
                "version": locked,
                "state": locked.get_state_display(),
                "states": ", ".join(str(State(state).label) for state in states),
            }
        )
    return locked


def _check(version: Methodology) -> None:
    families.parse(version.family, version.parameters)
    if version.valid_until is not None and version.valid_until <= version.valid_from:
        raise ValidityOverlaps(_("The end of the validity must come after its start."), fields={"valid_until": "order"})
    for other in overlapping(version):
        raise ValidityOverlaps(
            _("%(other)s holds from %(start)s to %(end)s: choose another start or end, or correct it.")
            % {"other": other, "start": _say(other.valid_from), "end": _say(other.valid_until)},
            fields={"valid_from": other.reference},
        )


def _say(at: datetime | None) -> str:
    return "…" if at is None else f"{at.astimezone(city_zone()):%Y-%m-%d %H:%M}"


def _next_number(scenario: Scenario) -> int:
    Scenario.objects.select_for_update().get(pk=scenario.pk)
    return (scenario.methodologies.aggregate(last=Max("version"))["last"] or 0) + 1


def _move(version: Methodology, step: str, by: User | None, note: str) -> Methodology:
    version.save(update_fields=["state", "approver", "published_at", "valid_until"])
    return _record(version, step, by, note)


def _record(version: Methodology, step: str, by: User | None, note: str = "") -> Methodology:
    MethodologyStep.objects.create(methodology=version, step=step, by=by, note=note[:500])
    return version
