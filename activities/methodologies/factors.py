"""The factor library: publishing factors, and fitting them to a version's parameters."""

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from activities.methodologies import families, texts
from activities.methodologies.families import Ranges
from activities.methodologies.parameters import bounds_at
from activities.models import Factor, Methodology
from config.problems import Problem


class FactorUnfit(Problem):
    status, code, title = 422, "factor_unfit", _("This factor does not fit.")


class OwnFactor(Problem):
    status, code, title = 403, "own_factor", _("A factor is published by somebody who did not write it.")


def publish(factor: Factor, by: User | None = None) -> Factor:
    """Publish a draft; from then on it never changes. `by` is nobody for a catalogue decided elsewhere.

    Raises OwnFactor, TextMissing, and FactorUnfit where it supersedes something else.
    """
    if by is not None and factor.author_id == by.pk:
        raise OwnFactor(_("%(factor)s was written by you: somebody else must publish it.") % {"factor": factor})
    texts.demand(factor)
    before = factor.supersedes
    if before and (before.code, before.region) != (factor.code, factor.region):
        raise FactorUnfit(
            _("%(factor)s cannot supersede %(before)s: code and region must be the same.")
            % {"factor": factor, "before": before}
        )
    if before and scale(before.unit, factor.unit) is None:
        raise FactorUnfit(
            _("%(factor)s cannot supersede %(before)s: the units differ in kind.")
            % {"factor": factor, "before": before}
        )
    factor.publisher, factor.published_at = by, timezone.now()
    factor.save()
    return factor


def scale(unit: str, wanted: str) -> Decimal | None:
    """What a value in `unit` is multiplied by to be in `wanted`; None where it is another kind of unit."""
    if unit == wanted:
        return Decimal(1)
    (mass, _slash, per), (wanted_mass, _slash2, wanted_per) = unit.partition("/"), wanted.partition("/")
    grams = {"g": Decimal(1), "kg": Decimal(1000)}
    if per != wanted_per or mass not in grams or wanted_mass not in grams:
        return None
    return grams[mass] / grams[wanted_mass]


def covers(region: str, inner: str) -> bool:
    """Whether what holds in `region` may be used in `inner`: the same or a part of it."""
    return f"{inner}-".startswith(f"{region}-")


def fitting(unit: str, region: str) -> QuerySet[Factor]:
    """The published factors that could stand for a parameter in this unit, in a version for this region."""
    units = [each for each, _label in Factor._meta.get_field("unit").flatchoices if scale(each, unit) is not None]
    parts = region.split("-")
    regions = ["-".join(parts[:length]) for length in range(1, len(parts) + 1)]
    return Factor.objects.filter(published_at__isnull=False, unit__in=units, region__in=regions)


def freeze(factor: Factor, family: str, path: str, region: str) -> dict[str, Any]:
    """What a version remembers of a factor at a parameter, in the parameter's unit.

    Raises FactorUnfit, naming the parameter, where unit or region are wrong, or the factor is no published one.
    """
    bounds = bounds_at(families.FAMILIES[family].parameters, path)
    if bounds is None:
        raise FactorUnfit(_("%(path)s is no number of this family.") % {"path": path}, fields={path: "unknown"})
    by = scale(factor.unit, bounds.unit)
    if by is None:
        raise FactorUnfit(
            _("%(path)s is in %(wanted)s; the factor %(factor)s is in %(unit)s.")
            % {"path": path, "wanted": bounds.unit or "1", "factor": factor, "unit": factor.unit},
            fields={path: factor.unit},
        )
    if not covers(factor.region, region):
        raise FactorUnfit(
            _("%(path)s: the factor %(factor)s holds in %(region)s, not in %(wanted)s.")
            % {"path": path, "factor": factor, "region": factor.region, "wanted": region},
            fields={path: factor.region},
        )
    if factor.published_at is None:
        raise FactorUnfit(_("%(path)s: %(factor)s is not published.") % {"path": path, "factor": factor})
    return {
        "factor": factor.pk,
        "code": factor.code,
        "region": factor.region,
        "year": factor.year,
        "status": factor.status,
        "provenance": factor.provenance,
        "published": f"{factor.value.normalize():f} {factor.unit}",
        "source_zh": factor.source_zh,
        "source_en": factor.source_en,
        "unit": bounds.unit,
        **{
            name: None if number is None else f"{(number * by).normalize():f}"
            for name, number in (("value", factor.value), ("low", factor.low), ("high", factor.high))
        },
    }


def apply(version: Methodology, chosen: dict[str, Factor]) -> None:
    """Put factors into a draft: their frozen description into `factors`, their value into the parameters."""
    version.factors = {}
    for path, factor in sorted(chosen.items()):
        frozen = freeze(factor, version.family, path, version.region)
        version.factors[path] = frozen
        put(version.parameters, path, frozen["value"])


def chosen(version: Methodology) -> dict[str, Factor]:
    """The factors of a version by the path of their parameter."""
    found = Factor.objects.in_bulk([each["factor"] for each in version.factors.values()])
    return {path: found[each["factor"]] for path, each in version.factors.items()}


def put(parameters: Any, path: str, value: Any) -> None:
    """Set the number at a dotted path, which must lie inside what is given. Raises FactorUnfit."""
    *steps, last = path.split(".")
    place = parameters
    try:
        for step in steps:
            place = place[int(step)] if step.isdigit() else place[step]
        place[last] = value
    except (KeyError, IndexError, TypeError):
        raise FactorUnfit(_("%(path)s is no number of this family.") % {"path": path}) from None


def ranges(version: Methodology) -> Ranges:
    """What is known of the uncertainty of a version's parameters, for `families.estimate`."""
    return {path: (each["low"], each["high"]) for path, each in version.factors.items() if each.get("low") is not None}
