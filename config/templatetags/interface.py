"""What every page draws with: icons from our own sprite, whole numbers, and moments."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.conf import settings
from django.template import Context
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from config import clock

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """A decorative icon of `static/icons.svg`; the text beside it carries the meaning."""
    return _drawn(name)


@lru_cache
def _drawn(name: str) -> SafeString:
    sprite = static("icons.svg")
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', sprite, name
    )


@register.simple_tag
def city_help() -> str:
    """Where people get help: the city's telephone number or address."""
    return settings.CITY_HELP


@register.simple_tag(takes_context=True)
def current(context: Context, *pages: str) -> SafeString:
    """Marks a link of the navigation on the pages (by their addresses' names) to which it leads."""
    here = getattr(context["request"].resolver_match, "url_name", None) if "request" in context else None
    return SafeString(' aria-current="page"' if here in pages else "")


@register.filter
def whole(value: int | None) -> str:
    """A whole number in groups of three, as both languages write it (Django's own Chinese format has no groups)."""
    return "–" if value is None else f"{value:,}"


@register.filter
def city_moment(instant: datetime) -> str:
    """Day and time in the city, with the year where it is not this one: `22 Nov, 08:15`, `22 Nov 2025, 08:15`."""
    if _this_year(instant):
        return _in_city(instant, pgettext("date format", "j M, H:i"))
    return _in_city(instant, pgettext("date format", "j M Y, H:i"))


@register.filter
def city_date(instant: datetime) -> str:
    """The day in the city, with the year where it is not this one: `22 Nov`, `22 Nov 2025`."""
    if _this_year(instant):
        return _in_city(instant, pgettext("date format", "j M"))
    return _in_city(instant, pgettext("date format", "j M Y"))


def _this_year(instant: datetime) -> bool:
    return clock.city_day(instant).year == clock.city_today().year


def _in_city(instant: datetime, pattern: str) -> str:
    return date_format(instant.astimezone(clock.city_zone()), pattern, use_l10n=False)


@register.filter
def written_in(text: str) -> str:
    """The language of a text that was written in one only, such as a source: Chinese where it has such a letter."""
    return "zh-Hans" if any("\u4e00" <= letter <= "\u9fff" for letter in text) else "en"
