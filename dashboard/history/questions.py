"""What History is asked for, read from the address; nonsense is read as the usual."""

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.http import HttpRequest

from activities.models import Activity
from dashboard import periods
from dashboard.entries import EVERYTHING, Filter
from dashboard.periods import Comparison, Step, Window
from dashboard.statistics import Scene


@dataclass(frozen=True, slots=True)
class Question:
    """`bar`: the one bar whose entries are wanted."""

    scenes: Sequence[Scene]
    scene: Scene | None
    span: Window
    bar: Window | None
    comparison: Comparison | None
    status: str
    partner: str
    today: date

    @classmethod
    def of(cls, request: HttpRequest, scenes: Sequence[Scene], partners: Container[str], today: date) -> "Question":
        step = _step(request.GET.get("by", ""))
        bar = _day(request.GET.get("bar", ""), today)
        partner = request.GET.get("source", "")
        status, comparison = request.GET.get("status", ""), request.GET.get("compare", "")
        return cls(
            scenes=scenes,
            scene=next((scene for scene in scenes if scene.code == request.GET.get("scenario")), None),
            span=periods.window(step, _day(request.GET.get("last", ""), today) or today),
            bar=periods.bar(step, periods.floor(bar, step)) if bar else None,
            comparison=Comparison(comparison) if comparison in list(Comparison) else None,
            status=status if status in Activity.Status.values else "",
            partner=partner if partner in partners else "",
            today=today,
        )

    def other(self) -> Window | None:
        """The window it is compared with."""
        return periods.compared(self.span, self.comparison) if self.comparison else None

    def wanted(self, *, everything: bool = False) -> Filter:
        """The entries that belong to it; `everything` for those of all times."""
        span = self.bar or (None if everything else self.span)
        return replace(self.of_all_times(), span=span)

    def of_all_times(self) -> Filter:
        return Filter(None, self.scene.id if self.scene else None, self.status, self.partner)

    @property
    def is_filtered(self) -> bool:
        return self.of_all_times() != EVERYTHING


def _step(text: str) -> Step:
    return Step(text) if text in list(Step) else Step.DAY


def _day(text: str, today: date) -> date | None:
    """The day asked for, today at the latest; None for no day."""
    try:
        return max(min(date.fromisoformat(text), today), periods.FIRST_DAY)
    except ValueError:
        return None
