"""How the desk spells measures of a partner's data."""

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activities.models import Supervision

register = template.Library()
NAMES = {
    "unread": gettext_lazy("deliveries that could not be read"),
    "refused_max_pct": gettext_lazy("deliveries that could not be read"),
    "quarantined": gettext_lazy("quarantined"),
    "duplicates": gettext_lazy("duplicates"),
    "lateness": gettext_lazy("lateness"),
    "volume_drift": gettext_lazy("drift of the volume"),
    "distance_drift": gettext_lazy("drift of the mean distance"),
    "quarantine_max_pct": gettext_lazy("quarantined"),
    "duplicates_max_pct": gettext_lazy("duplicates"),
    "volume_drift_max_pct": gettext_lazy("drift of the volume"),
    "distance_drift_max_pct": gettext_lazy("drift of the mean distance"),
}


@register.filter
def measure_name(name: str) -> str:
    return str(NAMES.get(name, name))


@register.filter
def mood(score: int | None) -> str:
    """The class of a score's colour."""
    if score is None:
        return ""
    return "good" if score >= 90 else "fair" if score >= 70 else "bad"


@register.filter
def span(seconds: int | None) -> str:
    """A duration in the largest unit that fits."""
    if seconds is None:
        return "–"
    if seconds >= 172_800:
        return _("%(days)s days") % {"days": round(seconds / 86_400, 1)}
    if seconds >= 7200:
        return _("%(hours)s h") % {"hours": round(seconds / 3600, 1)}
    return _("%(minutes)s min") % {"minutes": round(seconds / 60)}


@register.filter
def drift(percent: int | None) -> str:
    return "–" if percent is None else f"{percent:+d} %"


@register.filter
def breach(supervision: Supervision) -> str:
    """Why a partner is suspended."""
    reason = supervision.suspended_for or {}
    if "deliveries" in reason:
        return _("%(measure)s: %(value)s %%, above %(bound)s %% (of %(deliveries)s deliveries)") % {
            **reason,
            "measure": measure_name(reason["measure"]),
        }
    return _("%(measure)s: %(value)s %%, above %(bound)s %% (of %(rows)s rows)") % {
        "measure": measure_name(reason.get("measure", "")),
        **{name: reason.get(name, "") for name in ("value", "bound", "rows")},
    }
