"""The city's time: instants are aware, and a "day" is the city's day."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def city_zone() -> ZoneInfo:
    return ZoneInfo(settings.CITY_TIME_ZONE)


def city_day(instant: datetime) -> date:
    """The calendar day in the city on which an aware instant falls."""
    return instant.astimezone(city_zone()).date()


def city_today() -> date:
    return city_day(timezone.now())


def day_start(day: date) -> datetime:
    """The first instant of the city's day."""
    return datetime.combine(day, time.min, city_zone())


def day_end(day: date) -> datetime:
    """The first instant after the city's day."""
    return day_start(day + timedelta(days=1))
