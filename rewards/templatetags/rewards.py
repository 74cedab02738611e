"""How rewards are written on pages: moments in the city's time, codes in groups, fen as yuan."""

from datetime import date, datetime, timedelta

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext

from config import clock
from config.templatetags.interface import city_moment
from rewards import redemption, settlement, vouchers

register = template.Library()

register.filter("group_code", vouchers.group)
register.filter("code_tail", vouchers.tail)
register.filter("yuan", settlement.yuan)
register.filter("money", settlement.money)
register.filter(city_moment)
register.filter("pass_until", redemption.pass_until)
register.filter("runs", redemption.runs)


@register.filter
def far(distance_m: int) -> str:
    """A distance, no finer than it is known: `350 m`, `1.2 km`, `14 km`."""
    if distance_m < 1000:
        return gettext("%(number)s m") % {"number": max(50, round(distance_m / 50) * 50)}
    digits = 1 if distance_m < 10_000 else 0
    return gettext("%(number)s km") % {"number": f"{distance_m / 1000:.{digits}f}"}


@register.filter
def city_second(instant: datetime) -> str:
    """Day and time in the city to the second, by which two looks at a voucher are told apart."""
    return date_format(instant.astimezone(clock.city_zone()), pgettext("date format", "j M Y, H:i:s"), use_l10n=False)


@register.filter
def city_clock(instant: datetime) -> str:
    """The time of day in the city, to the second: `08:15:42`."""
    return date_format(instant.astimezone(clock.city_zone()), "H:i:s", use_l10n=False)


@register.filter
def written_day(day: date) -> str:
    """A day with its year: `22 Dec 2026`."""
    return date_format(day, pgettext("date format", "j M Y"), use_l10n=False)


@register.filter
def written_month(day: date) -> str:
    """The month of a day: `Dec 2026`."""
    return date_format(day, pgettext("date format", "M Y"), use_l10n=False)


@register.filter
def last_day(end: datetime) -> str:
    """The last city day before an end that is the first instant of the next: `22 Dec 2026`."""
    return written_day(clock.city_day(end - timedelta(microseconds=1)))
