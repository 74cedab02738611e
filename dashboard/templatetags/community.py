"""Scores as people read them."""

from django import template
from django.utils.translation import ngettext

from dashboard.models import Measure
from dashboard.templatetags.amounts import distance, mass

register = template.Library()


@register.filter
def score(value: int | None, measure: str) -> str:
    """A score by its measure: `1.27 kg`, `+0.4 kg`, `5 days`."""
    if value is None:
        return "–"
    if measure == Measure.GREEN_DAYS:
        return ngettext("%(count)d day", "%(count)d days", value) % {"count": value}
    return f"+{mass(value)}" if measure == Measure.IMPROVEMENT and value > 0 else mass(value)


@register.filter
def share(days: int, of: int) -> str:
    """Which part of the days were green: `64%`."""
    return f"{days * 100 // of}%"


@register.filter
def trip_span(span: tuple[int, int | None]) -> str:
    """The trip lengths of a band: `2.1 km – 4.0 km`, `8.5 km +`."""
    low, high = span
    return f"{distance(low)} – {distance(high)}" if high is not None else f"{distance(low)} +"
