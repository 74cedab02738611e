"""Factor watch: which factors have grown old, and what moving to the newer value would change."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Q

from activities.methodologies import effects, factors
from activities.models import Factor, Methodology
from config import clock


@dataclass(frozen=True, slots=True)
class Use:
    """A published version that uses a factor, and what the newer value would do to its recent reductions."""

    version: Methodology
    path: str
    before_mg: int
    after_mg: int

    @property
    def change(self) -> Decimal | None:
        return _change(Decimal(self.before_mg), Decimal(self.after_mg))

    @property
    def change_shown(self) -> str:
        return _show(self.change)

    @property
    def before_shown(self) -> str:
        return f"{self.before_mg / 1000:,.0f} g"

    @property
    def after_shown(self) -> str:
        return f"{self.after_mg / 1000:,.0f} g"


@dataclass(frozen=True, slots=True)
class Aged:
    """A factor that is past its best-before date, superseded, or both."""

    factor: Factor
    newer: Factor | None
    expired: bool
    uses: list[Use]

    @property
    def change(self) -> Decimal | None:
        """How much larger the newer value is, as a share."""
        if self.newer is None:
            return None
        by = factors.scale(self.newer.unit, self.factor.unit) or Decimal(1)
        return _change(self.factor.value, self.newer.value * by)

    @property
    def change_shown(self) -> str:
        return _show(self.change)


def _change(before: Decimal, after: Decimal) -> Decimal | None:
    return None if before == 0 else (after / before - 1).quantize(Decimal("0.0001"))


def _show(change: Decimal | None) -> str:
    return "–" if change is None else f"{change:+.1%}"


def newest(factor: Factor) -> Factor | None:
    """The published factor at the end of the chain that supersedes this one; None where there is none."""
    found = None
    following = Factor.objects.filter(supersedes=factor, published_at__isnull=False).first()
    while following is not None:
        found = following
        following = Factor.objects.filter(supersedes=found, published_at__isnull=False).first()
    return found


def aged(today: date, days: int = 30) -> list[Aged]:
    """Expired and superseded factors, with the effect of moving to the newer one on the last `days` days."""
    found = Factor.objects.filter(published_at__isnull=False).filter(
        Q(best_before__lt=today) | Q(superseded_by__published_at__isnull=False)
    )
    report = []
    for factor in found:
        newer = newest(factor)
        report.append(Aged(factor, newer, factor.best_before < today, list(_uses(factor, newer, today, days))))
    return report


def _uses(factor: Factor, newer: Factor | None, today: date, days: int) -> Iterator[Use]:
    """Versions that still hold, superseded or not, and those that held within the last `days`."""
    held = Methodology.objects.filter(published_at__isnull=False).select_related("scenario")
    running = Q(valid_until__isnull=True) | Q(valid_until__gte=clock.day_start(today - timedelta(days=days)))
    for version in held.filter(running).exclude(factors={}):
        for path, frozen in version.factors.items():
            if frozen["factor"] == factor.pk:
                value = frozen["value"] if newer is None else _value(newer, version, path)
                moved = effects.replace(version, path, value)
                yield Use(version, path, *effects.compare(version, moved, today - timedelta(days=days)))


def _value(newer: Factor, version: Methodology, path: str) -> str:
    return str(factors.freeze(newer, version.family, path, version.region)["value"])
