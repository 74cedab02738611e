"""Amounts as people read them: grams and kilograms, metres and kilometres, in their language's digits."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from activities.models import Activity
from config import clock, display
from config.templatetags.interface import city_date, city_moment, whole
from dashboard.periods import Step, Window

register = template.Library()
register.filter(whole)
register.filter(city_moment)

_KG_FROM_G = 1000
_T_FROM_KG = 10_000


def split_mass(amount_mg: int) -> tuple[str, str]:
    """The number and its unit, with three sensible digits: 4.2 g, 318 g, 1.27 kg, 24.3 kg, 512 kg, 12.3 t.

    A reader who chose one unit gets that.
    """
    return _split_mass(amount_mg, display.current().mass, get_language())


@lru_cache(8192)
def _split_mass(amount_mg: int, wanted: str, language: str | None) -> tuple[str, str]:
    """A chart, its drawing and its table say the same amounts."""
    grams = Decimal(amount_mg) / 1000
    units = _units(language)
    if wanted == "g":
        return _digits(grams, 0 if abs(grams) >= 10 else 1), units["g"]
    if wanted == "kg":
        return _digits(grams / 1000, 2 if abs(grams) < 100_000 else 1), units["kg"]
    if abs(grams) < 10:
        return _digits(grams, 1), units["g"]
    if abs(grams) < _KG_FROM_G - Decimal("0.5"):
        return _digits(grams, 0), units["g"]
    kilograms = grams / 1000
    if abs(kilograms) < 10:
        return _digits(kilograms, 2), units["kg"]
    if abs(kilograms) < 100:
        return _digits(kilograms, 1), units["kg"]
    if abs(kilograms) < _T_FROM_KG:
        return _digits(kilograms, 0), units["kg"]
    return _digits(kilograms / 1000, 1), units["t"]


@lru_cache
def _units(language: str | None) -> dict[str, str]:
    """Looked up once a language: a page has hundreds of amounts."""
    return {"g": pgettext("unit", "g"), "kg": pgettext("unit", "kg"), "t": pgettext("unit", "t")}


def _digits(value: Decimal, places: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    if rounded == 0:
        rounded, places = Decimal(0), 0
    return f"{rounded:,.{places}f}"


@register.filter
def mass(amount_mg: int | None) -> str:
    """A reduction in mg as text: `1.27 kg`."""
    if amount_mg is None:
        return "–"
    return "\u202f".join(split_mass(amount_mg))


@register.filter
def mass_figure(amount_mg: int) -> SafeString:
    """A reduction in mg as a large number with a small unit, for `.figure`."""
    number, unit = split_mass(amount_mg)
    return format_html('{} <span class="unit">{}</span>', number, unit)


@register.filter
def kilograms(amount_mg: int) -> str:
    """A mass as its source gives it, in kilograms with two decimals: `1,129.53 kg`."""
    return "\u202f".join([_digits(Decimal(amount_mg) / 1_000_000, 2), pgettext("unit", "kg")])


@register.filter
def coarse_figure(amount_mg: int) -> SafeString:
    """A rounded reduction as a large number, without the zeros that nobody has measured: `12 t`."""
    number, unit = split_mass(amount_mg)
    return format_html(
        '{} <span class="unit">{}</span>', number.rstrip("0").rstrip(".") if "." in number else number, unit
    )


@register.filter
def distance(distance_m: int | None) -> str:
    """Metres as text: `850 m`, `3.4 km`, `1,240 km`."""
    if distance_m is None:
        return "–"
    if distance_m < 1000:
        return "\u202f".join([_digits(Decimal(distance_m), 0), pgettext("unit", "m")])
    return "\u202f".join(
        [_digits(Decimal(distance_m) / 1000, 1 if distance_m < 1_000_000 else 0), pgettext("unit", "km")]
    )


@register.filter
def share_of(part: int, all_of_it: int) -> str:
    """A share with one decimal: `4.0%`; what is less than that is not nothing: `<0.1%`."""
    share = _digits(Decimal(part) * 100 / all_of_it, 1)
    return "<0.1%" if part > 0 and share == "0" else f"{share}%"


@register.filter
def change(now: int, before: int) -> str:
    """By how much something differs from before, without a sign: `12%`."""
    return f"{_digits(Decimal(abs(now - before)) * 100 / before, 0)}%"


def earned(points: int) -> str:
    """What an entry brought: `+7 points`."""
    return ngettext("+%(points)s point", "+%(points)s points", points) % {"points": points}


@register.filter
def tree_time(days: int) -> str:
    """How long one tree grows."""
    if days < 365:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}
    return _("%(years)s years") % {"years": _digits(Decimal(days) / 365, 1)}


@register.filter
def duration(span: timedelta | None) -> str:
    """A length of time in hours and minutes."""
    if span is None:
        return "–"
    minutes = max(1, round(span.total_seconds() / 60)) if span else 0
    if minutes < 60:
        return ngettext("%(count)d min", "%(count)d min", minutes) % {"count": minutes}
    return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}


def dated(day: date, pattern: str) -> str:
    """A day by a pattern in the reader's language; the days of a page are the days of everybody's pages."""
    return _dated(day, pattern, get_language())


@lru_cache(8192)
def _dated(day: date, pattern: str, language: str | None) -> str:
    return date_format(day, pattern)


@register.filter
def city_clock(instant: datetime) -> str:
    """The time of day in the city: `08:15`."""
    return date_format(instant.astimezone(clock.city_zone()), "H:i", use_l10n=False)


@register.filter
def entry_moment(activity: Activity) -> str:
    """When it happened; what has no end and begins at midnight is reported by the day, and has no time."""
    local = activity.started_at.astimezone(clock.city_zone())
    if activity.ended_at is None and local.time() == time():
        return city_date(activity.started_at)
    return city_moment(activity.started_at)


@register.filter
def status_name(status: str) -> str:
    """What a citizen reads of an entry; the desk has words of its own."""
    return {"accepted": _("counted"), "held": _("being checked"), "rejected": _("not counted")}[status]


@register.filter
def city_day(instant: datetime) -> date:
    """The city day of an instant."""
    return clock.city_day(instant)


@register.filter
def of_key(values: Mapping[Any, Any], key: Any) -> Any:
    """The value under a key that is itself a variable."""
    return values.get(key)


@register.filter
def bar_label(start: date, step: Any) -> str:
    """What a bar is called below the axis and in the table."""
    return bar_name(start, Step(step))


@register.filter
def tick(start: date, step: Any) -> str:
    """What a bar is called below the axis, where there is little room."""
    return tick_name(start, Step(step))


@register.filter
def weekday_letter(day: date) -> str:
    """The weekday in one or two letters, where there is little room."""
    letters = (
        pgettext("weekday, short", "Mo"),
        pgettext("weekday, short", "Tu"),
        pgettext("weekday, short", "We"),
        pgettext("weekday, short", "Th"),
        pgettext("weekday, short", "Fr"),
        pgettext("weekday, short", "Sa"),
        pgettext("weekday, short", "Su"),
    )
    return letters[day.weekday()]


@register.filter
def window_name(span: Window) -> str:
    """From when to when a chart goes."""
    if span.step == Step.YEAR:
        opening = ending = pgettext("date format", "Y")
    elif span.step == Step.MONTH:
        opening = ending = pgettext("date format", "M Y")
    else:
        opening, ending = pgettext("first date of two", "j M"), pgettext("last date of two", "j M Y")
    return " – ".join([dated(span.start, opening), dated(span.last_day, ending)])


@register.filter
def day_name(day: date) -> str:
    """A day with its year."""
    return _day_name(day, get_language())


@lru_cache(8192)
def _day_name(day: date, language: str | None) -> str:
    return date_format(day, pgettext("date format", "j M Y"))


def tick_name(start: date, step: Step) -> str:
    """What a bar is called below the axis, where there is little room."""
    if step == Step.YEAR:
        return dated(start, pgettext("date format", "Y"))
    if step == Step.MONTH:
        return dated(start, pgettext("date format", "M"))
    return dated(start, pgettext("date format", "j/n"))


@register.filter
def month_name(day: date) -> str:
    """The month as briefly as it is named below an axis."""
    return tick_name(day, Step.MONTH)


def bar_name(start: date, step: Step) -> str:
    if step == Step.YEAR:
        return dated(start, pgettext("date format", "Y"))
    if step == Step.MONTH:
        return dated(start, pgettext("date format", "M Y"))
    if step == Step.WEEK:
        end = start + timedelta(days=6)
        return _("%(start)s to %(end)s") % {
            "start": dated(start, pgettext("date format", "j M")),
            "end": dated(end, pgettext("date format", "j M")),
        }
    return dated(start, pgettext("date format", "j M, D"))
