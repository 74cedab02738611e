"""What every page draws with: icons from our own sprite, whole numbers, and moments."""

from datetime import datetime
from functools import lru_cache

from django import template
from django.conf import settings
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
    return _drawn(static("icons.svg"), name)


@lru_cache
def _drawn(sprite: str, name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>', sprite, name
    )


@register.simple_tag
def city_help() -> str:
    """Where people get help: the city's telephone number or address."""
    return settings.CITY_HELP


@register.filter
def whole(value: int | None) -> str:
    """A whole number in groups of three, as both languages write it (Django's own Chinese format has no groups)."""
    return "–" if value is None else f"{value:,}"


@register.filter
def city_moment(instant: datetime) -> str:
    """Day and time in the city: `22 Nov, 08:15`."""
    return date_format(instant.astimezone(clock.city_zone()), pgettext("date format", "j M, H:i"), use_l10n=False)
