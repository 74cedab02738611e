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


def month_of(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)


def month_later(day: date, months: int) -> date:
    """The first day of the month so many months later, or earlier where the number is below zero."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)
